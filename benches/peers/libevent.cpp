// libevent: a timer event, fed by adding it again inside the loop, where libevent need
// not read the clock; without its locks, so in one thread.
#include "peer.h"

#include <event2/event.h>
#include <event2/event_struct.h>

#include <unistd.h>

#include <functional>

namespace {

timeval in_timeval(std::uint64_t ms) {
    return {static_cast<time_t>(ms / 1000), static_cast<suseconds_t>(ms % 1000 * 1000)};
}

void on_expiry(evutil_socket_t, short, void *) { expired(); }

class Libevent final : public Peer {
  public:
    // Exact timers cost a feed a system call: only where the moment is what is measured.
    explicit Libevent(bool precise) : precise_(precise), base_(precise ? make_precise() : event_base_new()) {}
    ~Libevent() override { event_base_free(base_); }

    bool is_thread_safe() const override { return false; }

    void create(std::size_t count) override { create_all(count, [](std::size_t i) { return timeout_ms(i); }); }

    void feed(std::size_t first, std::size_t count, std::size_t rounds) override {
        inside_the_loop([&] {
            event *timer = &timers_[first];
            timeval const *times = &times_[first];
            for (std::size_t round = 0; round < rounds; round++)
                for (std::size_t i = 0; i < count; i++) event_add(&timer[i], &times[i]);
        });
    }

    void destroy() override {
        for (std::size_t i = 0; i < count_; i++) event_del(&timers_[i]);
        std::free(timers_);
        times_.clear();
        times_.shrink_to_fit();
        timers_ = nullptr;
        count_ = 0;
    }

    void serve() override { event_base_loop(base_, EVLOOP_NONBLOCK); }

    bool tells_lateness() const override { return true; }

    Nanos lateness(unsigned ms) override {
        Nanos at = 0, before = 0;
        timeval time = in_timeval(ms);
        event *timer = evtimer_new(
            base_, [](evutil_socket_t, short, void *out) { *static_cast<Nanos *>(out) = now(); }, &at);
        before = now();
        event_add(timer, &time);
        event_base_dispatch(base_);
        event_free(timer);
        return at - before - ms * MS;
    }

    bool has_one_thread() const override { return true; }

    Nanos lateness_behind(unsigned blocked_ms) override {
        timeval soon = in_timeval(10);
        event_base_once(
            base_, -1, EV_TIMEOUT,
            [](evutil_socket_t, short, void *ms) { usleep(*static_cast<unsigned *>(ms) * 1000); },
            &blocked_ms, &soon);
        return lateness(20);
    }

    bool storms() const override { return precise_; }

    Nanos create_at_once(std::size_t count, unsigned ms) override {
        Nanos due = now() + ms * MS; // the loop takes its time now, for all of them
        inside_the_loop([&] { create_all(count, [ms](std::size_t) { return ms; }); });
        return due;
    }

  private:
    template <class Timeout> void create_all(std::size_t count, Timeout timeout) {
        timers_ = static_cast<event *>(std::malloc(count * sizeof(event)));
        if (!timers_) fail("no memory");
        count_ = count;
        for (std::size_t i = 0; i < count; i++) {
            timeval time = in_timeval(timeout(i));
            evtimer_assign(&timers_[i], base_, on_expiry, nullptr);
            event_add(&timers_[i], &time);
        }
    }

    template <class Work> void inside_the_loop(Work work) {
        std::function<void()> call = work;
        if (times_.size() != count_) {
            times_.resize(count_);
            for (std::size_t i = 0; i < count_; i++) times_[i] = in_timeval(timeout_ms(i));
        }
        timeval at_once = {0, 0};
        event_base_once(
            base_, -1, EV_TIMEOUT,
            [](evutil_socket_t, short, void *work) { (*static_cast<std::function<void()> *>(work))(); }, &call,
            &at_once);
        event_base_loop(base_, EVLOOP_NONBLOCK);
    }

    // With the flag that its manual names for exact timeouts.
    static event_base *make_precise() {
        event_config *config = event_config_new();
        event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
        event_base *base = event_base_new_with_config(config);
        event_config_free(config);
        return base;
    }

    bool precise_;
    event_base *base_;
    event *timers_ = nullptr;
    std::size_t count_ = 0;
    std::vector<timeval> times_;
};

} // namespace

std::unique_ptr<Peer> make_libevent(bool precise) { return std::make_unique<Libevent>(precise); }
std::string libevent_version() { return event_get_version(); }
