#include "peer.h"

Expired expirations;

std::vector<std::string> peer_names() {
    return {"libwatchdog",
#ifdef HAS_LIBUV
            "libuv",
#endif
#ifdef HAS_LIBEVENT
            "libevent", "libevent, precise",
#endif
#ifdef HAS_ASIO
            "Boost.Asio",
#endif
            "mutex and condvar", "deadline swap", "timerfd", "clock_gettime", "coarse clock",
#ifdef __x86_64__
            "counter and store",
#endif
    };
}

std::unique_ptr<Peer> make_peer(std::string const &name) {
    if (name == "libwatchdog") return make_watchdog();
#ifdef HAS_LIBUV
    if (name == "libuv") return make_libuv();
#endif
#ifdef HAS_LIBEVENT
    if (name == "libevent") return make_libevent(false);
    if (name == "libevent, precise") return make_libevent(true);
#endif
#ifdef HAS_ASIO
    if (name == "Boost.Asio") return make_asio();
#endif
    if (name == "mutex and condvar") return make_condvar(false);
    if (name == "mutex and condvar, notified") return make_condvar(true);
    if (name == "deadline swap") return make_swap();
    if (name == "timerfd") return make_timerfd();
    if (name == "clock_gettime") return make_clock();
    if (name == "coarse clock") return make_coarse_clock();
#ifdef __x86_64__
    if (name == "counter and store") return make_counter();
#endif
    return nullptr;
}

std::unique_ptr<Peer> need_peer(std::string const &name) {
    auto peer = make_peer(name);
    if (!peer) fail("no peer '" + name + "'");
    return peer;
}
