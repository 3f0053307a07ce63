// What a feed costs: alone, on two threads, and among 4096 watchdogs. In processor time
// of the feeding thread, next to the baseline that it is compared with.
#include "measure.h"
#include "peers/peer.h"

#include <thread>

namespace {

constexpr std::size_t MANY = 4096;
constexpr std::size_t BATCH = 1000;

Nanos sample_time() { return smoke ? 2 * MS : 30 * MS; }

// Nanoseconds a feed of `count` watchdogs in turn.
double cost(Peer &peer, std::size_t first, std::size_t count, Nanos for_so_long) {
    std::size_t rounds = count == 1 ? BATCH : 1, feeds = 0;
    Nanos from = cpu_now(), until = from;
    while (until - from < for_so_long) {
        peer.feed(first, count, rounds);
        feeds += rounds * count;
        until = cpu_now();
        // A clock read in between must not count.
        if (until - from < for_so_long / 20) rounds *= 2;
    }
    return static_cast<double>(until - from) / static_cast<double>(feeds);
}

// Two threads at once, one feeding watchdog 0, the other watchdog `second`. What both
// did until the time was up, so that neither ever feeds alone.
double cost_on_two_threads(Peer &peer, std::size_t second) {
    std::atomic<int> there{0};
    std::atomic<bool> over{false};
    double each[2] = {0, 0};
    auto body = [&](int which, std::size_t watchdog) {
        peer.feed(watchdog, 1, BATCH);
        there++;
        while (there < 2) {
        }
        std::size_t feeds = 0;
        Nanos from = cpu_now();
        do { // once at least: the other may keep this one from its turn
            peer.feed(watchdog, 1, 10 * BATCH);
            feeds += 10 * BATCH;
        } while (!over.load(std::memory_order_relaxed));
        each[which] = static_cast<double>(cpu_now() - from) / static_cast<double>(feeds);
    };
    std::thread one(body, 0, 0), other(body, 1, second);
    while (there < 2) sleep_until(now() + MS / 10);
    sleep_until(now() + sample_time());
    over = true;
    one.join();
    other.join();
    return (each[0] + each[1]) / 2;
}

struct Open {
    Open(std::string const &who, std::size_t count) : name(who), peer(need_peer(who)) { peer->create(count); }
    ~Open() { peer->destroy(); }
    std::string name;
    std::unique_ptr<Peer> peer;
};

using All = std::vector<std::unique_ptr<Open>>;

// Two where two threads can feed; where the loop's thread alone can, one.
All open_one_or_two() {
    All all;
    for (auto &name : peer_names())
        all.push_back(std::make_unique<Open>(name, need_peer(name)->is_thread_safe() ? 2 : 1));
    return all;
}

All open_many() {
    All all;
    for (auto &name : peer_names())
        if (need_peer(name)->most() >= MANY) all.push_back(std::make_unique<Open>(name, MANY));
    return all;
}

void alone_and_on_two_threads(Peer &clock) {
    auto all = open_one_or_two();
    for (int round = -1; round < rounds(15); round++)
        for (auto &it : all) {
            Nanos time = sample_time();
            double before = cost(clock, 0, 1, time / 2), one = cost(*it->peer, 0, 1, time);
            double after = cost(clock, 0, 1, time / 2);
            bool two = it->peer->is_thread_safe() && it->name != "timerfd";
            double apart = two ? cost_on_two_threads(*it->peer, 1) : 0;
            double together = two ? cost_on_two_threads(*it->peer, 0) : 0;
            double one_again = two ? cost(*it->peer, 0, 1, time) : 0;
            if (round < 0) continue; // caches, branch predictors and the clock frequency settle
            sample("feed", it->name, round, one, (before + after) / 2);
            if (!two) continue;
            sample("two_apart", it->name, round, apart, (one + one_again) / 2);
            sample("two_together", it->name, round, together, (one + one_again) / 2);
        }
}

void many_in_turn(Peer &clock) {
    auto all = open_many();
    for (int round = -1; round < rounds(10); round++)
        for (auto &it : all) {
            double base = cost(clock, 0, 1, sample_time() / 2), in_turn = cost(*it->peer, 0, MANY, sample_time());
            if (round >= 0) sample("in_turn", it->name, round, in_turn, base);
        }
}

} // namespace

void measure_feed() {
    Open clock("clock_gettime", 1);
    alone_and_on_two_threads(*clock.peer);
    many_in_turn(*clock.peer);
}
