// What all measurements share: clocks, statistics, the threads of this process, and
// how a number leaves the program.
#pragma once

#include <semaphore.h>
#include <time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using Nanos = std::int64_t;

constexpr Nanos MS = 1'000'000;
constexpr Nanos SECOND = 1'000'000'000;

inline Nanos read_clock(clockid_t id) {
    timespec time;
    clock_gettime(id, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

inline Nanos now() { return read_clock(CLOCK_MONOTONIC); }

// The processor time of this thread: what others take from a busy machine is not in it.
inline Nanos cpu_now() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

void sleep_until(Nanos);

// The optimiser must take it that somebody reads the value.
template <class T> inline void keep(T const &value) { asm volatile("" : : "r,m"(value) : "memory"); }

// The value at a share of the order: 0.5 is the median.
double quantile(std::vector<double> values, double share);

// A run in a few minutes, or in seconds for a test that only asks whether it works.
extern bool smoke;
inline int rounds(int full) { return smoke ? 2 : full; }

// Prints "row TAB who TAB round TAB value TAB base"; base is what the value is to be
// divided by, measured next to it in time, or 0.
void sample(char const *row, std::string const &who, int round, double value, double base = 0);

// A machine's or library's version for the report.
void fact(char const *name, std::string const &value);

// Ends the program: a measurement that cannot be made must not look like one.
[[noreturn]] void fail(std::string const &why);

// ---- Threads of this process ----------------------------------------------------------

struct Thread {
    std::string name;
    std::string id;
};
std::vector<Thread> threads();
bool is_librarys(Thread const &);

// Processor time used by the library's threads, and how often they went to sleep.
Nanos librarys_cpu();
long librarys_sleeps();
// The same for all threads of the process but the calling one.
long others_sleeps();

long resident_bytes();

// ---- A bell: rung by a callback, waited for by who measures -----------------------------

class Bell {
  public:
    Bell() { sem_init(&rung_, 0, 0); }
    ~Bell() { sem_destroy(&rung_); }
    Bell(Bell const &) = delete;
    Bell &operator=(Bell const &) = delete;

    void ring() {
        at_.store(now(), std::memory_order_relaxed);
        sem_post(&rung_);
    }
    // When it was rung.
    Nanos wait() {
        while (sem_wait(&rung_) != 0) {
        }
        return at_.load(std::memory_order_relaxed);
    }

  private:
    sem_t rung_;
    std::atomic<Nanos> at_{0};
};
