// How late the others' callbacks are while 1, then 64 callbacks block for 3 s, against
// the same before with none blocked.
#include "measure.h"
#include "peers/peer.h"

#include <watchdog.h>

#include <thread>

namespace {

constexpr int PROBES = 8;

unsigned block_ms() { return smoke ? 300 : 3000; }

std::atomic<int> blocking{0};

void block(void *) {
    blocking++;
    sleep_until(now() + block_ms() * MS);
    blocking--;
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

std::vector<double> probe_beside(int blocked) {
    std::vector<wd_watchdog *> blockers;
    for (int i = 0; i < blocked; i++) {
        wd_watchdog *wd = wd_new(50, 0);
        wd_set_callback(wd, block, nullptr);
        wd_start_thread(wd, 1);
        blockers.push_back(wd);
    }
    // From before the first blocks: what is due while the workers pile up counts too.
    Nanos from = now();
    auto late = probe_until(from + block_ms() * MS + 50 * MS);
    for (wd_watchdog *wd : blockers) wd_free(wd);
    return late;
}

} // namespace

void measure_blocked() {
    for (int round = 0; round < rounds(4); round++) {
        double free = quantile(probe_beside(0), 0.99);
        double one = quantile(probe_beside(1), 0.99);
        double many = quantile(probe_beside(64), 0.99);
        sample("unblocked_p99", "libwatchdog", round, free);
        sample("blocked_1_p99", "libwatchdog", round, one, free);
        sample("blocked_64_p99", "libwatchdog", round, many, free);
    }
    for (auto &name : peer_names()) {
        auto peer = need_peer(name);
        if (peer->has_one_thread())
            sample("blocked_1_p99", name, 0, static_cast<double>(peer->lateness_behind(block_ms())));
    }
}
