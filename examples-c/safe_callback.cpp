/* A callback that throws every time: the watchdog goes on, and the failures are reported. */
#include "common.h"

#include <watchdog.hpp>

#include <string>
#include <system_error>

static const char HELP[] =
    "Usage: safe_callback [OPTION...]\n"
    "\n"
    "Feeds nothing, so that the callback runs again and again. It is to write a report,\n"
    "into a folder that does not exist: it throws every time. The exceptions are caught\n"
    "and reported, and never reach the library; the watchdog goes on.\n"
    "\n"
    "  --report FILE    where to write the report (no-such-folder/report.txt)\n"
    "  --runs NUMBER    so many runs of the callback (3)\n"
    "  --timeout TIME   so long it may stay unfed (2s)\n"
    "  --interval TIME  so often the callback is repeated (1s)\n"
    "  --preset NAME    both by name: realtime, service, batch, background\n"
    "\n"
    "Exit code: 0 all went as described; 130 Ctrl-C; 2 wrong arguments; 1 any failure.\n";

namespace {

/* What the callback is for. */
void write_report(const std::string &path, wd::milliseconds unfed)
{
    std::FILE *file = std::fopen(path.c_str(), "a");
    if (file == nullptr) {
        throw std::system_error(errno, std::generic_category(), "cannot write " + path);
    }
    std::fprintf(file, "not fed for %lld ms\n", static_cast<long long>(unfed.count()));
    std::fclose(file);
    say("reported to %s", path.c_str());
}

/* Runs on the thread of the callback that has thrown. */
void on_failure(const wd::Failure &failure)
{
    say("FAILURE %" PRIu64 ": the callback has thrown: %s", failure.count, failure.what);
}

bool watch(wd::Times times, const std::string &path, int wanted)
{
    atomic_int runs{0};
    wd::Watchdog dog(times);
    wd::set_failure_handler(on_failure);
    dog.set_callback([&runs, &path](wd::Handle expired) {
        ++runs;
        write_report(path, expired.since_feed());
    });
    dog.start_thread();
    say("monitoring: timeout %lld ms, nothing is fed", static_cast<long long>(times.timeout.count()));

    while (runs < wanted) {
        if (wait_ms(20)) {
            return true;
        }
    }
    bool goes_on = dog.is_running();
    say("the watchdog %s", goes_on ? "goes on" : "has stopped");
    dog.feed();
    dog.stop(); /* from here on nothing counts any more */
    say("done: %d runs, %" PRIu64 " failures", runs.load(), dog.failures());
    return goes_on;
}

} // namespace

int main(int argc, char **argv)
{
    struct times times = {2000, 1000};
    const char *path = "no-such-folder/report.txt";
    uint64_t runs = 3;
    const struct argument arguments[] = {
        {"--report", TEXT, &path, 0, 0},
        {"--runs", NUMBER, &runs, 1, 1000000},
        {"--timeout", TIME, &times.timeout_ms, 1, 0},
        {"--interval", TIME, &times.interval_ms, 1, 0},
        {"--preset", PRESET, &times, 0, 0},
    };
    BEGIN(HELP, arguments);
    try {
        if (!watch({wd::milliseconds(times.timeout_ms), wd::milliseconds(times.interval_ms)}, path,
                   static_cast<int>(runs))) {
            return EXIT_ERROR;
        }
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return EXIT_ERROR;
    }
    return exit_code;
}
