// How long it takes to end the monitoring of a running watchdog with an interval of 20 s,
// none of whose callbacks runs; and to end a thread of its own that watches.
#include "measure.h"
#include "peers/peer.h"

#include <watchdog.h>

namespace {

void tell(std::string const &name, int round, std::vector<double> const &took) {
    sample("stop_p50", name, round, quantile(took, 0.5));
    sample("stop_p99", name, round, quantile(took, 0.99));
}

std::vector<double> stop_watchdog(int times) {
    wd_watchdog *wd = wd_new(60'000, 20'000);
    wd_set_callback(wd, [](void *) { expired(); }, nullptr);
    std::vector<double> took;
    for (int i = 0; i < times; i++) {
        if (wd_start_thread(wd, 1) != WD_OK) fail("wd_start_thread");
        sleep_until(now() + MS); // it has been running for a while
        Nanos before = now();
        wd_status status = wd_stop(wd, -1);
        took.push_back(static_cast<double>(now() - before));
        if (status != WD_OK) fail("wd_stop");
    }
    wd_free(wd);
    return took;
}

std::vector<double> stop_thread(int times) {
    std::vector<double> took;
    auto peer = need_peer("mutex and condvar");
    for (int i = 0; i < times; i++) {
        peer->create(1);
        sleep_until(now() + MS);
        Nanos before = now();
        peer->destroy();
        took.push_back(static_cast<double>(now() - before));
    }
    return took;
}

} // namespace

void measure_stop() {
    for (int round = 0; round < rounds(5); round++) {
        tell("libwatchdog", round, stop_watchdog(smoke ? 50 : 500));
        tell("mutex and condvar", round, stop_thread(smoke ? 50 : 500));
    }
}
