// 1 000 000 watchdogs of 10 to 60 s, each fed every second for longer than the shortest
// timeout: how many fire although fed, and what the watching costs.
#include "child.h"
#include "measure.h"
#include "peers/peer.h"

#include <sys/resource.h>

namespace {

constexpr std::size_t SLICES = 100;

// All of this library's fall due in that time, and are looked at.
int seconds(std::string const &name) { return name == "libwatchdog" ? 61 : 12; }

double process_cpu() { return static_cast<double>(read_clock(CLOCK_PROCESS_CPUTIME_ID)); }

void measure(std::string const &name, std::size_t count, int seconds) {
    auto peer = need_peer(name);
    peer->create(1);
    peer->destroy();
    expirations.reset(SIZE_MAX);
    peer->create(count);
    Nanos from = now(), longest = 0;
    double process = process_cpu(), feeder = static_cast<double>(cpu_now());
    Nanos library = librarys_cpu();
    for (int slice = 0; slice < seconds * static_cast<int>(SLICES); slice++) {
        Nanos due = from + slice * (SECOND / static_cast<Nanos>(SLICES));
        if (now() < due) sleep_until(due);
        longest = std::max(longest, now() - due);
        std::size_t part = count / SLICES;
        peer->feed(static_cast<std::size_t>(slice) % SLICES * part, part, 1);
        peer->serve();
    }
    double wall = static_cast<double>(now() - from);
    sample("million_fires", name, 0, static_cast<double>(expirations.count));
    sample("million_process_cpu", name, 0, 100 * (process_cpu() - process) / wall);
    sample("million_feeder_cpu", name, 0, 100 * (static_cast<double>(cpu_now()) - feeder) / wall);
    sample("million_behind_ms", name, 0, static_cast<double>(longest) / MS);
    if (name == "libwatchdog")
        sample("million_cpu", name, 0, 100 * static_cast<double>(librarys_cpu() - library) / wall);
}

} // namespace

void measure_million() {
    std::size_t count = smoke ? 20'000 : 1'000'000;
    for (auto name : {"libwatchdog", "libuv", "libevent", "Boost.Asio"})
        if (make_peer(name)) in_child(name, [&] { measure(name, count, smoke ? 2 : seconds(name)); });
}
