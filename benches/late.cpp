// By how much a callback comes after its timeout, of 20 to 200 ms, next to a thread that
// sleeps as exactly as the system lets it. Everyone at the same time, with timeouts in no
// order: what disturbs the machine disturbs all alike. And everyone in several threads, for a
// machine that is disturbed for a hundredth of its time leaves a 99th in 100 to chance.
#include "measure.h"
#include "peers/peer.h"

#include <sys/prctl.h>

#include <cstdio>
#include <random>
#include <thread>

namespace {

constexpr int LANES = 4;

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

// What the lanes of one have found.
Runner together(std::vector<Runner> const &lanes, std::string const &name) {
    Runner all{name, {}, 0};
    for (auto &lane : lanes) {
        if (lane.name != name) continue;
        all.late.insert(all.late.end(), lane.late.begin(), lane.late.end());
        all.early += lane.early;
    }
    return all;
}

} // namespace

void measure_late() {
    std::vector<std::string> names = {"sleep"};
    for (auto &name : peer_names())
        if (need_peer(name)->tells_lateness()) names.push_back(name);
    for (int round = 0; round < rounds(7); round++) {
        std::vector<Runner> lanes;
        for (int lane = 0; lane < LANES; lane++)
            for (auto &name : names) lanes.push_back({name, {}, 0});
        std::vector<std::thread> running;
        unsigned seed = static_cast<unsigned>(round) * 100;
        for (auto &lane : lanes) running.emplace_back([&lane, seed] { run(lane, seed); }), seed++;
        for (auto &thread : running) thread.join();
        Runner sleep = together(lanes, "sleep");
        for (auto &name : names) {
            Runner all = together(lanes, name);
            sample("late_p50", name, round, quantile(all.late, 0.5), quantile(sleep.late, 0.5));
            sample("late_p99", name, round, quantile(all.late, 0.99), quantile(sleep.late, 0.99));
            sample("early", name, round, all.early);
        }
    }
}
