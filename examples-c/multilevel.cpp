/* One thing watched by three watchdogs: the longer it is silent, the higher the alert. */
#include "common.h"

#include <watchdog.hpp>

#include <mutex>
#include <vector>

static const char HELP[] =
    "Usage: multilevel [OPTION...]\n"
    "\n"
    "Every line on the standard input is a sign of life, for instance of a log:\n"
    "\n"
    "    tail -f /var/log/syslog | multilevel --warning 10s\n"
    "\n"
    "When none comes, the alert rises from level to level; with the next line all is\n"
    "well again. Ends when the input ends.\n"
    "\n"
    "  --warning TIME    silence until a warning (30s)\n"
    "  --critical TIME   until it is critical (60s)\n"
    "  --emergency TIME  until it is an emergency (120s)\n"
    "\n"
    "Exit code: 0 the input has ended; 130 Ctrl-C; 2 wrong arguments; 1 any failure.\n";

namespace {

constexpr const char *LEVELS[] = {"normal", "WARNING", "CRITICAL", "EMERGENCY"};

/* How bad it is. Only silence raises it, step by step; only a sign of life lowers it. */
class Alert {
public:
    void raise(int level, wd::milliseconds silence)
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (level > level_) {
            level_ = level;
            say("%s: no sign of life for %" PRId64 " ms", LEVELS[level],
                static_cast<std::int64_t>(silence.count()));
        }
    }

    void lower()
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (level_ > 0) {
            say("RECOVERED from %s", LEVELS[level_]);
            level_ = 0;
        }
    }

private:
    std::mutex mutex_;
    int level_ = 0;
};

class MultiLevel {
public:
    explicit MultiLevel(const std::vector<std::uint64_t> &times_ms)
    {
        int level = 0;
        for (std::uint64_t ms : times_ms) {
            /* Interval 0: each level is reached once, until the next feed. */
            wd::Watchdog dog(wd::milliseconds(ms), wd::milliseconds(0));
            dog.set_name(LEVELS[++level]);
            dog.set_callback([this, level](wd::Handle expired) {
                alert_.raise(level, expired.since_feed());
            });
            dog.start_thread();
            dogs_.push_back(std::move(dog)); /* runs on while it is moved */
        }
    }

    void feed()
    {
        for (const wd::Watchdog &dog : dogs_) {
            dog.feed();
        }
        alert_.lower();
    }

private:
    Alert alert_; /* before the watchdogs, so that it outlives their callbacks */
    std::vector<wd::Watchdog> dogs_;
};

/* Waits for lines; false when the input has ended, or it is time to leave. */
bool read_lines(int *lines)
{
    char text[4096];
    std::size_t size = read_input(text, sizeof text);
    for (std::size_t i = 0; i < size; i++) {
        *lines += text[i] == '\n';
    }
    return size > 0;
}

void watch(const std::vector<std::uint64_t> &times_ms)
{
    MultiLevel levels(times_ms);
    int seen = 0, lines = 0;
    while (!leaving() && read_lines(&lines)) {
        if (lines > seen) {
            levels.feed();
            say("%d line%s, fed", lines - seen, lines - seen == 1 ? "" : "s");
            seen = lines;
        }
    }
}

} // namespace

int main(int argc, char **argv)
{
    std::vector<std::uint64_t> times_ms = {30000, 60000, 120000};
    const struct argument arguments[] = {
        {"--warning", TIME, &times_ms[0], 1, 0},
        {"--critical", TIME, &times_ms[1], 1, 0},
        {"--emergency", TIME, &times_ms[2], 1, 0},
    };
    BEGIN(HELP, arguments);
    if (times_ms[0] >= times_ms[1] || times_ms[1] >= times_ms[2]) {
        usage_error("--warning must be shorter than --critical, and that than --emergency");
    }
    try {
        say("watching: warning after %" PRIu64 " ms, critical after %" PRIu64
            " ms, emergency after %" PRIu64 " ms", times_ms[0], times_ms[1], times_ms[2]);
        watch(times_ms);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return EXIT_ERROR;
    }
    if (!leaving()) {
        say("the input has ended");
    }
    return exit_code;
}
