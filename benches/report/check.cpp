// The smoke test: whether each row yields numbers. Times are not judged.
#include "report.h"

#include <cmath>
#include <cstdio>

namespace {

struct Row {
    char const *name;
    std::vector<char const *> who;
};

std::vector<Row> const ROWS = {
    {"feed", {"libwatchdog", "libuv", "libevent", "Boost.Asio", "mutex and condvar", "deadline swap", "timerfd"}},
    {"two_apart", {"libwatchdog", "mutex and condvar", "deadline swap"}},
    {"two_together", {"libwatchdog", "mutex and condvar", "deadline swap"}},
    {"in_turn", {"libwatchdog", "libuv", "libevent", "Boost.Asio", "mutex and condvar", "deadline swap"}},
    {"create@1", {"libwatchdog", "libuv", "libevent", "Boost.Asio", "mutex and condvar"}},
    {"create@10000", {"libwatchdog", "libuv", "libevent", "Boost.Asio"}},
    {"free@10000", {"libwatchdog", "libuv", "libevent", "Boost.Asio"}},
    {"feed@10000", {"libwatchdog", "libuv", "libevent", "Boost.Asio"}},
    {"bytes@10000", {"libwatchdog", "libuv", "libevent", "Boost.Asio"}},
    {"threads@10000", {"libwatchdog", "libuv", "libevent", "Boost.Asio"}},
    {"million_fires", {"libwatchdog", "libuv", "libevent", "Boost.Asio"}},
    {"million_cpu", {"libwatchdog"}},
    {"idle", {"libwatchdog", "mutex and condvar", "libuv, uv_async_send"}},
    {"late_p50", {"sleep", "libwatchdog", "libuv", "libevent", "Boost.Asio", "mutex and condvar"}},
    {"late_p99", {"sleep", "libwatchdog", "libuv", "libevent", "Boost.Asio", "mutex and condvar"}},
    {"early", {"libwatchdog"}},
    {"blocked_1_p99", {"libwatchdog", "libuv", "libevent", "Boost.Asio"}},
    {"blocked_64_p99", {"libwatchdog"}},
    {"storm", {"libwatchdog", "libuv", "libevent, precise", "Boost.Asio"}},
    {"stop_p50", {"libwatchdog", "mutex and condvar"}},
    {"stop_p99", {"libwatchdog", "mutex and condvar"}},
    {"size", {"libwatchdog"}},
};

struct Counts {
    int passed = 0, failed = 0, skipped = 0;
    void tell(bool ok, std::string const &name) {
        std::printf("%s - %s\n", ok ? "ok" : "not ok", name.c_str());
        (ok ? passed : failed)++;
    }
};

bool is_library(std::string const &who) {
    return who.rfind("libuv", 0) == 0 || who.rfind("libevent", 0) == 0 || who == "Boost.Asio";
}

std::string package(std::string const &who) { return who.substr(0, who.find(',')); }

// Times from a due moment on may be negative for those that are early; a cost may not.
bool is_number(Samples const &samples, char const *row, char const *who) {
    auto value = samples.value(row, who);
    return value && std::isfinite(value->least) && std::isfinite(value->most);
}

} // namespace

int check(Samples const &samples) {
    Counts counts;
    for (auto &row : ROWS) {
        std::string missing;
        for (auto who : row.who) {
            if (is_number(samples, row.name, who)) continue;
            if (is_library(who) && samples.fact(package(who)).empty()) {
                std::printf("skip - %s of %s: not installed\n", row.name, who);
                counts.skipped++;
            } else {
                missing += std::string(missing.empty() ? "" : ", ") + who;
            }
        }
        if (!missing.empty()) std::printf("# no number: %s\n", missing.c_str());
        counts.tell(missing.empty(), std::string(row.name) + " yields numbers");
    }
    auto most = [&](char const *row) {
        auto value = samples.value(row, "libwatchdog");
        return value ? value->most : 1e300;
    };
    counts.tell(most("early") == 0, "no callback was early");
    counts.tell(most("million_fires") == 0, "none fired although fed");
    counts.tell(most("idle") < 100, "feeds wake no thread of the library");
    counts.tell(most("threads@10000") <= 16, "the number of threads does not grow");
    counts.tell(!samples.fact("needed").empty(), "the library's needs were read");
    std::printf("%d passed, %d failed, %d skipped\n", counts.passed, counts.failed, counts.skipped);
    return counts.failed;
}
