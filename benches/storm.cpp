// 100 000 watchdogs that are all due at one instant: how long until the last callback has
// begun, from that instant and from the first callback.
#include "child.h"
#include "measure.h"
#include "peers/peer.h"

namespace {

void measure(std::string const &name, std::size_t count, int round) {
    auto peer = need_peer(name);
    peer->create(1);
    peer->destroy();
    expirations.reset(count);
    Nanos due = peer->create_at_once(count, smoke ? 300 : 600);
    if (now() > due) fail("not ready when it was due");
    sleep_until(due - 10 * MS);
    while (expirations.count < count) {
        peer->serve();
        // Who waits must not take the processor from who works.
        if (name == "libwatchdog" && expirations.count < count) sleep_until(now() + MS);
        if (now() > due + 20 * SECOND) fail("did not come");
    }
    double rate = static_cast<double>(count) * 1e3;
    sample("storm", name, round, rate / static_cast<double>(expirations.last - due));
    sample("storm_drain", name, round, rate / static_cast<double>(expirations.last - expirations.first));
    sample("storm_first_us", name, round, static_cast<double>(expirations.first - due) / 1e3);
    peer->destroy();
}

} // namespace

void measure_storm() {
    std::size_t count = smoke ? 10'000 : 100'000;
    for (int round = 0; round < rounds(7); round++)
        for (auto &name : peer_names())
            if (need_peer(name)->storms()) in_child(name, [&] { measure(name, count, round); });
}
