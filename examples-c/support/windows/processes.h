/* Processes: Windows, where the process table is a snapshot of Toolhelp's. */
#ifndef EXAMPLES_WINDOWS_PROCESSES_H
#define EXAMPLES_WINDOWS_PROCESSES_H

#include <tlhelp32.h>
#include <wchar.h>

struct process {
    DWORD pid;     /* 0: none */
    HANDLE handle; /* as long as it is open no other process gets this pid; NULL: refused */
    HANDLE job;    /* ours: it, and all that it starts */
    bool ours;     /* started by this program */
};

/* Whether a file of the process table has this name; ".exe" may be left out. */
static inline bool process_has_name(const wchar_t *file, const wchar_t *name)
{
    size_t length = wcslen(name);
    return _wcsnicmp(file, name, length) == 0 &&
           (file[length] == L'\0' || _wcsicmp(file + length, L".exe") == 0);
}

/* Finds the process of this name, or, name NULL, of this pid in the process table. */
static inline bool process_entry(const wchar_t *name, DWORD pid, DWORD *found)
{
    PROCESSENTRY32W entry;
    HANDLE table = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    bool done = false;
    entry.dwSize = sizeof entry;
    if (table == INVALID_HANDLE_VALUE) {
        return false;
    }
    for (BOOL more = Process32FirstW(table, &entry); more && !done;
         more = Process32NextW(table, &entry)) {
        done = name == NULL ? entry.th32ProcessID == pid
                            : entry.th32ProcessID != GetCurrentProcessId() &&
                                  process_has_name(entry.szExeFile, name);
        *found = done ? entry.th32ProcessID : *found;
    }
    CloseHandle(table);
    return done;
}

/* Whether the process still runs. */
static inline bool process_exists(const struct process *process)
{
    DWORD pid;
    if (process->handle != NULL) {
        return WaitForSingleObject(process->handle, 0) == WAIT_TIMEOUT;
    }
    return process->pid != 0 && process_entry(NULL, process->pid, &pid);
}

/* Finds a process by name, not this one. */
static inline bool process_find(const char *name, struct process *found)
{
    wchar_t wide[MAX_PATH];
    struct process process = {0, NULL, NULL, false};
    if (MultiByteToWideChar(CP_ACP, 0, name, -1, wide, MAX_PATH) == 0 ||
        !process_entry(wide, 0, &process.pid)) {
        return false;
    }
    process.handle = OpenProcess(SYNCHRONIZE, FALSE, process.pid);
    *found = process;
    return true;
}

/* ---- starting ------------------------------------------------------------------ */

/* What errno calls a reason for which a program was not started. */
static inline int process_error(DWORD error)
{
    switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
        return ENOENT;
    case ERROR_ACCESS_DENIED:
    case 740: /* ERROR_ELEVATION_REQUIRED, which not all headers have */
        return EACCES;
    case ERROR_BAD_EXE_FORMAT:
        return ENOEXEC;
    case ERROR_FILENAME_EXCED_RANGE:
        return E2BIG;
    default:
        return error == ERROR_NOT_ENOUGH_MEMORY ? ENOMEM : EAGAIN;
    }
}

static inline HANDLE process_inherit(DWORD which, HANDLE none)
{
    HANDLE file = GetStdHandle(which);
    bool good = file != NULL && file != INVALID_HANDLE_VALUE &&
                SetHandleInformation(file, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    return good ? file : none;
}

/* Starts a command line: in a process group of its own, so that Ctrl-C is for this program
 * alone, in a job, so that all that it starts can be ended with it, without input. Returns 0
 * or an error number. */
static inline int process_start_line(char *line, struct process *started)
{
    STARTUPINFOA how;
    PROCESS_INFORMATION what;
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    struct process process = {0, NULL, NULL, true};
    HANDLE none = CreateFileA("NUL", GENERIC_READ | GENERIC_WRITE,
                              FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0,
                              NULL);
    int refused = 0;
    memset(&how, 0, sizeof how);
    how.cb = sizeof how;
    how.dwFlags = STARTF_USESTDHANDLES;
    how.hStdInput = none;
    how.hStdOutput = process_inherit(STD_OUTPUT_HANDLE, none);
    how.hStdError = process_inherit(STD_ERROR_HANDLE, none);
    process.job = CreateJobObjectA(NULL, NULL);
    if (process.job == NULL ||
        !CreateProcessA(NULL, line, NULL, NULL, TRUE, CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP,
                        NULL, NULL, &how, &what)) {
        refused = process_error(GetLastError());
    } else if (!AssignProcessToJobObject(process.job, what.hProcess)) {
        refused = process_error(GetLastError()); /* unwatched it does not run */
        TerminateProcess(what.hProcess, 1);
        CloseHandle(what.hProcess);
        CloseHandle(what.hThread);
    } else {
        process.pid = what.dwProcessId;
        process.handle = what.hProcess;
        ResumeThread(what.hThread);
        CloseHandle(what.hThread);
        *started = process;
    }
    if (refused != 0 && process.job != NULL) {
        CloseHandle(process.job);
    }
    CloseHandle(none);
    return refused;
}

/* Writes an argument so that the C library of the program finds it whole: in quotes where it
 * must be, and there backslashes are doubled before a quote, nowhere else. Returns the end. */
static inline char *process_quote(char *at, const char *argument)
{
    size_t backslashes = 0;
    if (*argument != '\0' && strpbrk(argument, " \t\"") == NULL) {
        return at + strlen(strcpy(at, argument));
    }
    *at++ = '"';
    for (;; argument++) {
        if (*argument == '"' || *argument == '\0') {
            memset(at, '\\', backslashes);
            at += backslashes;
        }
        if (*argument == '\0') {
            break;
        }
        if (*argument == '"') {
            *at++ = '\\';
        }
        backslashes = *argument == '\\' ? backslashes + 1 : 0;
        *at++ = *argument;
    }
    *at++ = '"';
    *at = '\0';
    return at;
}

/* Starts a program. Returns 0 or an error number. */
static inline int process_start(char *const *command, struct process *started)
{
    size_t size = 1;
    for (char *const *argument = command; *argument != NULL; argument++) {
        size += 2 * strlen(*argument) + 3; /* every character, and the quotes and blank */
    }
    char *line = (char *)malloc(size), *at = line;
    if (line == NULL) {
        return ENOMEM;
    }
    for (char *const *argument = command; *argument != NULL; argument++) {
        if (at != line) {
            *at++ = ' ';
        }
        at = process_quote(at, *argument);
    }
    int refused = process_start_line(line, started);
    free(line);
    return refused;
}

/* The same for a line of shell, by cmd.exe, which strips the outer quotes and takes the rest as it is. */
static inline int process_start_shell(const char *line, struct process *started)
{
    static const char SHELL[] = "cmd.exe /d /s /c \"%s\"";
    size_t size = strlen(line) + sizeof SHELL;
    char *whole = (char *)malloc(size);
    if (whole == NULL) {
        return ENOMEM;
    }
    snprintf(whole, size, SHELL, line);
    int refused = process_start_line(whole, started);
    free(whole);
    return refused;
}

/* ---- ending -------------------------------------------------------------------- */

/* Whether a process has ended; of one of ours also how. */
static inline bool process_ended(struct process *process, int *code)
{
    DWORD number = 0;
    if (process_exists(process)) {
        return false;
    }
    if (process->ours && GetExitCodeProcess(process->handle, &number)) {
        *code = (int)number;
    }
    return true;
}

struct process_windows {
    DWORD pid;
    bool any;
};

static inline BOOL CALLBACK process_close_window(HWND window, LPARAM argument)
{
    struct process_windows *windows = (struct process_windows *)argument;
    DWORD owner = 0;
    GetWindowThreadProcessId(window, &owner);
    if (owner == windows->pid && PostMessageA(window, WM_CLOSE, 0, 0)) {
        windows->any = true;
    }
    return TRUE;
}

/* By closing its windows and, where it shares this program's console, by Ctrl-Break. False
 * when it cannot be asked. */
static inline bool process_ask_to_end(const struct process *process)
{
    struct process_windows windows = {process->pid, false};
    if (!process_exists(process)) {
        return false;
    }
    EnumWindows(process_close_window, (LPARAM)&windows);
    return (process->ours && GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, process->pid)) ||
           windows.any;
}

static inline void process_kill(const struct process *process)
{
    if (process->ours) {
        TerminateJobObject(process->job, 1);
    } else if (process_exists(process)) {
        HANDLE handle = OpenProcess(PROCESS_TERMINATE, FALSE, process->pid);
        if (handle != NULL) {
            TerminateProcess(handle, 1);
            CloseHandle(handle);
        }
    }
}

/* From here on it is nobody's process. */
static inline void process_forget(struct process *process)
{
    if (process->handle != NULL) {
        CloseHandle(process->handle);
    }
    if (process->job != NULL) {
        CloseHandle(process->job);
    }
    process->pid = 0;
    process->handle = process->job = NULL;
    process->ours = false;
}

#endif
