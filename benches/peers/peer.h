// A way to be called back when something was not fed in time: this library, others,
// and what a user would write. Each is used as its manual wants it, at its fastest.
#pragma once

#include "../support.h"

#include <memory>

// Timeouts of 10 to 60 s, in no order.
inline std::uint64_t timeout_ms(std::size_t i) { return 10'000 + i * 7919 % 50'000; }

class Peer {
  public:
    virtual ~Peer() = default;

    // May two threads feed at once? Else only the thread of its loop feeds.
    virtual bool is_thread_safe() const = 0;

    // How many there can be at once.
    virtual std::size_t most() const { return 1'000'000; }

    // Makes and starts watchdogs 0 to count - 1, with `timeout_ms` and the callback
    // `expired`.
    virtual void create(std::size_t count) = 0;

    // Memory that is the program's own: the pointer to a watchdog.
    virtual std::size_t bytes_of_handle() const { return 0; }

    // Feeds `count` of them, from `first` on, in turn; `rounds` times.
    virtual void feed(std::size_t first, std::size_t count, std::size_t rounds) = 0;

    // Stops and releases all.
    virtual void destroy() = 0;

    // Lends the thread to a loop that needs one, for what is due now.
    virtual void serve() {}

    // Starts one timeout, waits for its callback and tells by how much it was late.
    virtual bool tells_lateness() const { return false; }
    virtual Nanos lateness(unsigned /*ms*/) { fail("not measured"); }

    // One callback blocks for so long; how late is that of another, due meanwhile?
    virtual bool has_one_thread() const { return false; }
    virtual Nanos lateness_behind(unsigned /*blocked_ms*/) { fail("not measured"); }

    // Makes `count` that are due at one instant, which is returned.
    virtual bool storms() const { return false; }
    virtual Nanos create_at_once(std::size_t /*count*/, unsigned /*ms*/) { fail("not measured"); }
};

// The callback of them all.
struct Expired {
    std::atomic<std::size_t> count{0};
    std::size_t awaited = SIZE_MAX;
    Nanos first = 0, last = 0;
    void reset(std::size_t awaited_count) {
        count = 0;
        awaited = awaited_count;
        first = last = 0;
    }
};
extern Expired expirations;

inline void expired() {
    std::size_t before = expirations.count.fetch_add(1, std::memory_order_relaxed);
    if (before == 0) expirations.first = now();
    if (before + 1 == expirations.awaited) expirations.last = now();
}

// The peers that this program was compiled with.
std::vector<std::string> peer_names();
// Null when there is none of that name.
std::unique_ptr<Peer> make_peer(std::string const &name);
std::unique_ptr<Peer> need_peer(std::string const &name);

// One function a file, called by make_peer.
std::unique_ptr<Peer> make_watchdog();
std::unique_ptr<Peer> make_condvar(bool notifies);
std::unique_ptr<Peer> make_timerfd();
std::unique_ptr<Peer> make_clock();
std::unique_ptr<Peer> make_coarse_clock();
std::unique_ptr<Peer> make_counter();
std::unique_ptr<Peer> make_swap();
std::unique_ptr<Peer> make_libuv();
std::unique_ptr<Peer> make_libevent(bool precise);
std::unique_ptr<Peer> make_asio();
std::string libuv_version();
std::string libevent_version();
std::string asio_version();
