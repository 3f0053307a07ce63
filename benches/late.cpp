// By how much a callback comes after its timeout, of 20 to 200 ms, next to a thread that
// sleeps as exactly as the system lets it. Everyone in a thread of its own at the same
// time, with timeouts in no order: what disturbs the machine disturbs all alike.
#include "measure.h"
#include "peers/peer.h"

#include <sys/prctl.h>

#include <cstdio>
#include <random>
#include <thread>

namespace {

struct Runner {
    std::string name;
    std::vector<double> late;
    int early = 0;
};

unsigned timeouts() { return smoke ? 10 : 200; }

void run(Runner &runner, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<unsigned> length(20, smoke ? 40 : 200);
    bool sleeps = runner.name == "sleep";
    std::unique_ptr<Peer> peer = sleeps ? nullptr : need_peer(runner.name);
    if (sleeps) prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    for (unsigned i = 0; i < timeouts(); i++) {
        unsigned ms = length(random);
        Nanos late = 0;
        if (sleeps) {
            Nanos until = now() + ms * MS;
            sleep_until(until);
            late = now() - until;
        } else {
            late = peer->lateness(ms);
        }
        runner.late.push_back(static_cast<double>(late));
        runner.early += late < 0;
    }
}

} // namespace

void measure_late() {
    for (int round = 0; round < rounds(7); round++) {
        std::vector<Runner> all = {{"sleep", {}, 0}};
        for (auto &name : peer_names())
            if (need_peer(name)->tells_lateness()) all.push_back({name, {}, 0});
        std::vector<std::thread> running;
        unsigned seed = static_cast<unsigned>(round) * 100;
        for (auto &runner : all) running.emplace_back([&runner, seed] { run(runner, seed); }), seed++;
        for (auto &thread : running) thread.join();
        for (auto &runner : all) {
            sample("late_p50", runner.name, round, quantile(runner.late, 0.5), quantile(all[0].late, 0.5));
            sample("late_p99", runner.name, round, quantile(runner.late, 0.99), quantile(all[0].late, 0.99));
            sample("early", runner.name, round, runner.early);
        }
    }
}
