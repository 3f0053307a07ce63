#include "support.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>

bool smoke = false;

void sleep_until(Nanos at) {
    timespec time = {at / SECOND, at % SECOND};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) != 0) {
    }
}

double quantile(std::vector<double> values, double share) {
    if (values.empty()) fail("nothing was measured");
    std::sort(values.begin(), values.end());
    auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    return values[std::max<std::size_t>(rank, 1) - 1];
}

void sample(char const *row, std::string const &who, int round, double value, double base) {
    std::printf("%s\t%s\t%d\t%.6g\t%.6g\n", row, who.c_str(), round, value, base);
    std::fflush(stdout);
}

void fact(char const *name, std::string const &value) {
    std::printf("fact\t%s\t%s\n", name, value.c_str());
    std::fflush(stdout);
}

void fail(std::string const &why) {
    std::fprintf(stderr, "measure: %s\n", why.c_str());
    std::_Exit(1);
}

std::vector<Thread> threads() {
    std::vector<Thread> found;
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks) fail("no /proc/self/task");
    while (dirent *entry = readdir(tasks)) {
        if (entry->d_name[0] == '.') continue;
        std::string id = entry->d_name, name;
        std::ifstream file("/proc/self/task/" + id + "/comm");
        if (std::getline(file, name)) found.push_back({name, id});
    }
    closedir(tasks);
    return found;
}

bool is_librarys(Thread const &thread) { return thread.name == "watchdog" || thread.name == "watchdog-call"; }

namespace {

// In nanoseconds where the kernel keeps them so, else in ticks.
Nanos cpu_of(std::string const &id) {
    Nanos nanos = 0;
    std::ifstream exact("/proc/self/task/" + id + "/schedstat");
    if (exact >> nanos) return nanos;
    std::ifstream coarse("/proc/self/task/" + id + "/stat");
    std::string line;
    std::getline(coarse, line);
    unsigned long user = 0, system = 0;
    auto rest = line.rfind(')');
    if (rest == std::string::npos ||
        std::sscanf(line.c_str() + rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                    &system) != 2)
        fail("cannot read a thread's processor time");
    return static_cast<Nanos>(user + system) * (SECOND / sysconf(_SC_CLK_TCK));
}

long sleeps_of(std::string const &id) {
    std::ifstream file("/proc/self/task/" + id + "/status");
    std::string word;
    long count = 0;
    while (file >> word)
        if (word == "voluntary_ctxt_switches:" && file >> count) return count;
    fail("cannot read how often a thread slept");
}

} // namespace

Nanos librarys_cpu() {
    Nanos sum = 0;
    for (auto &thread : threads())
        if (is_librarys(thread)) sum += cpu_of(thread.id);
    return sum;
}

long librarys_sleeps() {
    long sum = 0;
    for (auto &thread : threads())
        if (is_librarys(thread)) sum += sleeps_of(thread.id);
    return sum;
}

long others_sleeps() {
    long sum = 0;
    std::string me = std::to_string(syscall(SYS_gettid));
    for (auto &thread : threads())
        if (thread.id != me) sum += sleeps_of(thread.id);
    return sum;
}

long resident_bytes() {
    long all = 0, resident = 0;
    std::ifstream file("/proc/self/statm");
    if (!(file >> all >> resident)) fail("cannot read /proc/self/statm");
    return resident * sysconf(_SC_PAGESIZE);
}
