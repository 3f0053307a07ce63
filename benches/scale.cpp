// What creating, feeding and freeing cost, and memory and threads, with 1 to 1 000 000
// watchdogs. Each sample in a process of its own.
#include "child.h"
#include "measure.h"
#include "peers/peer.h"

namespace {

struct Costs {
    double create = 0, feed = 0, free = 0;
};

// The time that reading the clock twice puts on what is measured in between.
double overhead() {
    std::vector<double> gaps;
    for (int i = 0; i < 1000; i++) {
        Nanos before = now();
        gaps.push_back(static_cast<double>(now() - before));
    }
    return quantile(gaps, 0.5);
}

// So few take so little time that it takes several to see it.
std::size_t repeats(std::size_t count, std::size_t most) {
    std::size_t enough = most <= 10'000 ? 200 : 5'000;
    return smoke ? 1 : std::max<std::size_t>(1, enough / count);
}

Costs once(Peer &peer, std::size_t count, double clock, bool last, double *bytes, std::size_t *thread_count) {
    double per = static_cast<double>(count);
    long before_memory = resident_bytes();
    Nanos a = now();
    peer.create(count);
    Nanos b = now();
    if (last) {
        *bytes = static_cast<double>(resident_bytes() - before_memory) / per;
        *thread_count = threads().size() - 1;
    }
    std::size_t rounds = std::max<std::size_t>(1, 100 / count);
    peer.feed(0, count, 1);
    Nanos c = now();
    peer.feed(0, count, rounds);
    Nanos d = now();
    peer.destroy();
    Nanos e = now();
    auto cost = [clock](Nanos from, Nanos until, double of) {
        return std::max(0.0, (static_cast<double>(until - from) - clock) / of);
    };
    return {cost(a, b, per), cost(c, d, per * static_cast<double>(rounds)), cost(d, e, per)};
}

void measure(std::string const &name, std::size_t count, int round) {
    auto peer = need_peer(name);
    // The first of its kind starts threads and fills tables.
    peer->create(1);
    peer->destroy();
    double clock = overhead();
    std::vector<double> create, feed, free;
    double bytes = 0;
    std::size_t thread_count = 0;
    std::size_t times = repeats(count, peer->most());
    for (std::size_t i = 0; i < times; i++) {
        Costs costs = once(*peer, count, clock, i == 0, &bytes, &thread_count);
        create.push_back(costs.create);
        feed.push_back(costs.feed);
        free.push_back(costs.free);
    }
    std::string suffix = "@" + std::to_string(count);
    sample(("create" + suffix).c_str(), name, round, quantile(create, 0.5));
    sample(("feed" + suffix).c_str(), name, round, quantile(feed, 0.5));
    sample(("free" + suffix).c_str(), name, round, quantile(free, 0.5));
    sample(("bytes" + suffix).c_str(), name, round, bytes - static_cast<double>(peer->bytes_of_handle()));
    sample(("threads" + suffix).c_str(), name, round, static_cast<double>(thread_count));
}

} // namespace

void measure_scale() {
    std::vector<std::string> names = {"libwatchdog", "libuv", "libevent", "Boost.Asio", "mutex and condvar"};
    std::size_t most = smoke ? 10'000 : 1'000'000;
    for (int round = 0; round < rounds(5); round++)
        for (std::size_t count = 1; count <= most; count *= 10)
            for (auto &name : names) {
                auto peer = make_peer(name);
                std::size_t limit = smoke && name == "mutex and condvar" ? 100 : SIZE_MAX;
                if (!peer || count > peer->most() || count > limit) continue;
                peer.reset();
                in_child(name, [&] { measure(name, count, round); });
            }
}
