// Runs a measurement in a child process: memory and threads start afresh.
#pragma once

#include "support.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

class Child {
  public:
    template <class Work> Child(std::string const &what, Work work) : what_(what) {
        std::fflush(stdout);
        process_ = fork();
        if (process_ < 0) fail("no child process");
        if (process_ == 0) {
            work();
            std::fflush(stdout);
            std::_Exit(0);
        }
    }
    Child(Child const &) = delete;
    Child &operator=(Child const &) = delete;

    void wait() {
        int status = 0;
        if (waitpid(process_, &status, 0) != process_ || status != 0) fail(what_ + ": broke off");
    }

  private:
    std::string what_;
    pid_t process_;
};

template <class Work> void in_child(std::string const &what, Work work) { Child(what, work).wait(); }

// A number that a child process finds out while this one goes on.
class Answer {
  public:
    template <class Find> Answer(std::string const &what, Find find) : pipe_(), child_(what, [&] { tell(find()); }) {
        close(pipe_.ends[1]);
    }

    double get() {
        double value = 0;
        bool told = read(pipe_.ends[0], &value, sizeof value) == sizeof value;
        close(pipe_.ends[0]);
        child_.wait();
        if (!told) fail("a child process did not answer");
        return value;
    }

  private:
    struct Pipe {
        int ends[2];
        Pipe() {
            if (pipe(ends) != 0) fail("no pipe");
        }
    };

    void tell(double value) {
        if (write(pipe_.ends[1], &value, sizeof value) != sizeof value) fail("could not answer");
    }

    Pipe pipe_; // before the child, who inherits it
    Child child_;
};
