// One watchdog of 60 s, fed 1000 times a second: how often the threads that watch it are
// woken.
#include "child.h"
#include "measure.h"
#include "peers/peer.h"

#ifdef HAS_LIBUV
#include <uv.h>

#include <thread>
#endif

namespace {

int seconds() { return smoke ? 1 : 5; }

template <class Feed> void feed_a_while(std::string const &name, Feed feed, long (*sleeps)()) {
    sleep_until(now() + 200 * MS); // threads that have just started settle
    long before = sleeps();
    Nanos from = now();
    for (int i = 0; i < seconds() * 1000; i++) {
        feed();
        sleep_until(from + (i + 1) * MS);
    }
    sample("idle", name, 0, static_cast<double>(sleeps() - before), seconds());
}

void measure(std::string const &name) {
    auto peer = need_peer(name);
    peer->create(1);
    auto feed = [&peer] { peer->feed(0, 1, 1); };
    feed_a_while(name, feed, name == "libwatchdog" ? librarys_sleeps : others_sleeps);
    peer->destroy();
}

#ifdef HAS_LIBUV
// The loop in a thread of its own, fed from another: uv_async_send is the one call that
// libuv allows there.
void measure_libuv() {
    uv_loop_t loop;
    uv_timer_t timer;
    uv_async_t fed;
    uv_loop_init(&loop);
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, [](uv_timer_t *) { expired(); }, 60'000, 60'000);
    fed.data = &timer;
    uv_async_init(&loop, &fed, [](uv_async_t *async) { uv_timer_again(static_cast<uv_timer_t *>(async->data)); });
    std::thread thread([&loop] { uv_run(&loop, UV_RUN_DEFAULT); });
    feed_a_while("libuv, uv_async_send", [&fed] { uv_async_send(&fed); }, others_sleeps);
    std::fflush(stdout);
    std::_Exit(0);
}
#endif

} // namespace

void measure_idle() {
    for (auto name : {"libwatchdog", "mutex and condvar", "mutex and condvar, notified"})
        in_child(name, [&] { measure(name); });
#ifdef HAS_LIBUV
    in_child("libuv", measure_libuv);
#endif
}
