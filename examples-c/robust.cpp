/* Recovers what it watches, at most three times in a row; then shuts down in good order. */
#include "common.h"
#include "support/processes.h"

#include <watchdog.hpp>

#include <stdexcept>
#include <string>

static const char HELP[] =
    "Usage: robust --check COMMAND --recover COMMAND [OPTION...]\n"
    "\n"
    "Runs a check again and again and feeds a watchdog when it succeeds. When none has\n"
    "for the timeout, runs the recovery, which has succeeded when its exit code is 0 and\n"
    "the check succeeds after it. After the last attempt that failed it shuts down.\n"
    "Commands are lines of shell, on Windows of cmd.exe:\n"
    "\n"
    "    robust --check 'nc -z localhost 80' --recover 'service nginx restart'\n"
    "    robust --check \"sc query W3SVC | find \\\"RUNNING\\\"\" --recover \"net start W3SVC\"\n"
    "\n"
    "  --check COMMAND     succeeds as long as all is well\n"
    "  --recover COMMAND   repairs it\n"
    "  --shutdown COMMAND  what is to be done at last (nothing)\n"
    "  --attempts NUMBER   so many recoveries may fail in a row (3)\n"
    "  --timeout TIME      so long no check may have succeeded (60s)\n"
    "  --interval TIME     so long from one attempt to the next (15s)\n"
    "  --preset NAME       both by name: realtime, service, batch, background\n"
    "  --every TIME        so often the check is run (5s)\n"
    "  --limit TIME        so long a command may take (10s)\n"
    "\n"
    "Exit code: 4 emergency shutdown; 130 Ctrl-C; 2 wrong arguments; 1 any failure.\n";

namespace {

constexpr int EXIT_EMERGENCY = 4;

struct Settings {
    const char *check = nullptr, *recover = nullptr, *shutdown = nullptr;
    uint64_t attempts = 3, every_ms = 5000, limit_ms = 10000;
    struct times times = {WD_PRESET_SERVICE_TIMEOUT_MS, WD_PRESET_SERVICE_INTERVAL_MS};
};

class RecoveryFailed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Robust {
public:
    explicit Robust(const Settings &settings)
        : settings_(settings), dog_(wd::milliseconds(settings.times.timeout_ms),
                                    wd::milliseconds(settings.times.interval_ms))
    {
        dog_.set_name("robust");
        dog_.set_callback([this] { on_expiry(); });
    }

    void watch()
    {
        dog_.start_thread();
        bool was_healthy = false;
        do {
            bool healthy = check();
            if (healthy) {
                dog_.feed();
                failed_attempts_ = 0;
            }
            if (healthy != was_healthy && !leaving()) {
                say(healthy ? "healthy" : "the check fails");
            }
            was_healthy = healthy;
        } while (!wait_ms(static_cast<int64_t>(settings_.every_ms)));
    }

private:
    /* Runs on a thread of the library, again and again until a feed. */
    void on_expiry()
    {
        int attempt = failed_attempts_ + 1, most = static_cast<int>(settings_.attempts);
        if (leaving()) {
            return;
        }
        say("RECOVERY: attempt %d of %d", attempt, most);
        try {
            recover();
            dog_.feed();
            failed_attempts_ = 0;
            say("RECOVERED at attempt %d", attempt);
        } catch (const RecoveryFailed &failure) {
            failed_attempts_ = attempt;
            say("attempt %d failed: %s", attempt, failure.what());
            if (attempt >= most) {
                shut_down();
            }
        }
    }

    void recover()
    {
        int code = run_command(settings_.recover, settings_.limit_ms);
        if (code == COMMAND_NOT_DONE) {
            throw RecoveryFailed("the recovery did not end in time");
        }
        if (code != 0) {
            throw RecoveryFailed("the recovery has exit code " + std::to_string(code));
        }
        if (!check()) {
            throw RecoveryFailed("the check still fails");
        }
    }

    bool check() const { return run_command(settings_.check, settings_.limit_ms) == 0; }

    void shut_down()
    {
        say("EMERGENCY: %d attempts failed, shutting down", failed_attempts_.load());
        dog_.stop(); /* called by its own callback it does not wait for that */
        if (settings_.shutdown != nullptr) {
            int code = run_command(settings_.shutdown, settings_.limit_ms);
            say(code == 0 ? "shut down" : "the shutdown failed");
        }
        leave(EXIT_EMERGENCY);
    }

    const Settings settings_;
    atomic_int failed_attempts_{0};
    wd::Watchdog dog_; /* last, so that its callback ends before the rest is destroyed */
};

} // namespace

int main(int argc, char **argv)
{
    Settings settings;
    const struct argument arguments[] = {
        {"--check", TEXT, &settings.check, 0, 0},
        {"--recover", TEXT, &settings.recover, 0, 0},
        {"--shutdown", TEXT, &settings.shutdown, 0, 0},
        {"--attempts", NUMBER, &settings.attempts, 1, 1000},
        {"--timeout", TIME, &settings.times.timeout_ms, 1, 0},
        {"--interval", TIME, &settings.times.interval_ms, 1, 0},
        {"--preset", PRESET, &settings.times, 0, 0},
        {"--every", TIME, &settings.every_ms, 1, 0},
        {"--limit", TIME, &settings.limit_ms, 1, 0},
    };
    BEGIN(HELP, arguments);
    if (settings.check == nullptr || settings.recover == nullptr) {
        usage_error("--check and --recover are needed");
    }
    try {
        Robust(settings).watch();
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return EXIT_ERROR;
    }
    return exit_code;
}
