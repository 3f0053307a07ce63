// measure [--smoke] TOPIC: measures one topic and prints its samples, a line each (see
// `sample` in support.h). ./bench runs it for all topics, each in a process of its own.
#include "measure.h"
#include "peers/peer.h"

#include <watchdog.h>

#include <cstdio>
#include <cstring>

namespace {

void tell_versions() {
    fact("libwatchdog", wd_version());
#ifdef HAS_LIBUV
    fact("libuv", libuv_version());
#endif
#ifdef HAS_LIBEVENT
    fact("libevent", libevent_version());
#endif
#ifdef HAS_ASIO
    fact("Boost.Asio", asio_version());
#endif
}

struct Topic {
    char const *name;
    void (*run)();
};

constexpr Topic TOPICS[] = {
    {"versions", tell_versions}, {"feed", measure_feed},   {"scale", measure_scale},
    {"million", measure_million}, {"idle", measure_idle},   {"late", measure_late},
    {"blocked", measure_blocked}, {"storm", measure_storm}, {"stop", measure_stop},
};

} // namespace

int main(int count, char **arguments) {
    for (int i = 1; i < count; i++) {
        if (std::strcmp(arguments[i], "--smoke") == 0) {
            smoke = true;
            continue;
        }
        for (auto &topic : TOPICS)
            if (std::strcmp(arguments[i], topic.name) == 0) {
                topic.run();
                return 0;
            }
        fail(std::string("no topic ") + arguments[i]);
    }
    std::puts("measure [--smoke] TOPIC; the topics are:");
    for (auto &topic : TOPICS) std::puts(topic.name);
    return 2;
}
