/*
 * For tests under Wine 8 only, which has no bcryptprimitives.dll: the one function that
 * Rust's standard library imports from it, over what advapi32 has.
 */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
    return SystemFunction036(buffer, (ULONG)length);
}
