/* Time, threads, waiting and Ctrl-C, as the system at hand has them. */
#ifndef EXAMPLES_SYSTEM_H
#define EXAMPLES_SYSTEM_H

#ifdef _WIN32
#include "windows/system.h"
#else
#include "unix/system.h"
#endif

#endif
