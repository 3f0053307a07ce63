// How late the others' callbacks are while 1 or 64 callbacks block for 3 s, against the same
// where none blocks.
#include "child.h"
#include "measure.h"
#include "peers/peer.h"

#include <watchdog.h>

#include <thread>

namespace {

constexpr int PROBES = 8;

unsigned block_ms() { return smoke ? 300 : 3000; }

std::atomic<int> blocked_ever{0};

void block(void *) {
    blocked_ever++;
    sleep_until(now() + block_ms() * MS);
}

// The lateness of `PROBES` watchdogs, with timeouts of 20 to 60 ms again and again.
std::vector<double> probe_until(Nanos end) {
    std::vector<double> late[PROBES], all;
    std::vector<std::thread> probes;
    for (int i = 0; i < PROBES; i++)
        probes.emplace_back([&late, i, end] {
            auto peer = need_peer("libwatchdog");
            for (unsigned ms = 20 + static_cast<unsigned>(i) * 5; now() + ms * MS < end; ms = 20 + (ms + 13) % 41)
                late[i].push_back(static_cast<double>(peer->lateness(ms)));
        });
    for (auto &probe : probes) probe.join();
    for (auto &some : late) all.insert(all.end(), some.begin(), some.end());
    return all;
}

// The 99th in 100 from `settle` after the blockers were started on.
double probe_beside(int blocked, Nanos settle) {
    std::vector<wd_watchdog *> blockers;
    for (int i = 0; i < blocked; i++) {
        wd_watchdog *wd = wd_new(50, 0);
        if (wd_set_callback(wd, block, nullptr) != WD_OK || wd_start_thread(wd, 1) != WD_OK) fail("not started");
        blockers.push_back(wd);
    }
    Nanos from = now();
    sleep_until(from + settle);
    auto late = probe_until(from + block_ms() * MS + 50 * MS);
    if (blocked_ever != blocked) fail("not all have blocked");
    for (wd_watchdog *wd : blockers) wd_free(wd);
    return quantile(late, 0.99);
}

} // namespace

// Three processes at the same time: what disturbs the machine disturbs them alike, and one
// burst of a millisecond decides a 99th in 100. Where callbacks block, what is due while the
// workers pile up counts; the one without is spared what that costs the others.
void measure_blocked() {
    Nanos apart = (smoke ? 100 : 500) * MS;
    for (int round = 0; round < rounds(15); round++) {
        Answer many("64 blocked", [] { return probe_beside(64, 0); });
        Answer one("1 blocked", [] { return probe_beside(1, 0); });
        Answer none("0 blocked", [apart] { return probe_beside(0, apart); });
        double free = none.get();
        sample("unblocked_p99", "libwatchdog", round, free);
        sample("blocked_1_p99", "libwatchdog", round, one.get(), free);
        sample("blocked_64_p99", "libwatchdog", round, many.get(), free);
    }
    for (auto &name : peer_names()) {
        auto peer = need_peer(name);
        if (peer->has_one_thread())
            sample("blocked_1_p99", name, 0, static_cast<double>(peer->lateness_behind(block_ms())));
    }
}
