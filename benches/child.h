// Runs a measurement in a child process: memory and threads start afresh.
#pragma once

#include "support.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

template <class Work> void in_child(std::string const &what, Work work) {
    std::fflush(stdout);
    pid_t child = fork();
    if (child < 0) fail("no child process");
    if (child == 0) {
        work();
        std::fflush(stdout);
        std::_Exit(0);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) fail(what + ": broke off");
}
