// libuv: a repeating timer, fed by uv_timer_again in the thread of its loop.
#include "peer.h"

#include <uv.h>

#include <unistd.h>

namespace {

void on_expiry(uv_timer_t *timer) {
    uv_timer_stop(timer);
    expired();
}

class Libuv final : public Peer {
  public:
    Libuv() { uv_loop_init(&loop_); }
    ~Libuv() override {
        serve();
        uv_loop_close(&loop_);
    }

    bool is_thread_safe() const override { return false; }

    void create(std::size_t count) override {
        timers_ = std::make_unique<Timers>(count);
        for (std::size_t i = 0; i < count; i++) start(i, timeout_ms(i));
    }

    void feed(std::size_t first, std::size_t count, std::size_t rounds) override {
        uv_timer_t *timer = timers_->at(first);
        for (std::size_t round = 0; round < rounds; round++)
            for (std::size_t i = 0; i < count; i++) uv_timer_again(&timer[i]);
    }

    void destroy() override {
        for (std::size_t i = 0; i < timers_->count; i++)
            uv_close(reinterpret_cast<uv_handle_t *>(timers_->at(i)), nullptr);
        serve();
        timers_.reset();
    }

    void serve() override { uv_run(&loop_, UV_RUN_NOWAIT); }

    bool tells_lateness() const override { return true; }

    Nanos lateness(unsigned ms) override {
        static thread_local Nanos at;
        uv_timer_t timer;
        uv_timer_init(&loop_, &timer);
        uv_update_time(&loop_);
        Nanos before = now();
        uv_timer_start(
            &timer,
            [](uv_timer_t *done) {
                at = now();
                uv_close(reinterpret_cast<uv_handle_t *>(done), nullptr);
            },
            ms, 0);
        uv_run(&loop_, UV_RUN_DEFAULT);
        return at - before - ms * MS;
    }

    bool has_one_thread() const override { return true; }

    Nanos lateness_behind(unsigned blocked_ms) override {
        uv_timer_t blocker;
        blocker.data = &blocked_ms;
        uv_timer_init(&loop_, &blocker);
        uv_timer_start(
            &blocker,
            [](uv_timer_t *timer) {
                usleep(*static_cast<unsigned *>(timer->data) * 1000);
                uv_close(reinterpret_cast<uv_handle_t *>(timer), nullptr);
            },
            10, 0);
        return lateness(20);
    }

    bool storms() const override { return true; }

    Nanos create_at_once(std::size_t count, unsigned ms) override {
        timers_ = std::make_unique<Timers>(count);
        uv_update_time(&loop_);
        for (std::size_t i = 0; i < count; i++) start(i, ms);
        return static_cast<Nanos>(uv_now(&loop_) + ms) * MS;
    }

  private:
    // Left as the allocator gives it: a timer is touched when it is made.
    struct Timers {
        explicit Timers(std::size_t of) : count(of), memory(std::malloc(of * sizeof(uv_timer_t))) {
            if (!memory) fail("no memory");
        }
        ~Timers() { std::free(memory); }
        uv_timer_t *at(std::size_t i) { return static_cast<uv_timer_t *>(memory) + i; }
        std::size_t count;
        void *memory;
    };

    void start(std::size_t i, std::uint64_t ms) {
        uv_timer_init(&loop_, timers_->at(i));
        uv_timer_start(timers_->at(i), on_expiry, ms, ms);
    }

    uv_loop_t loop_;
    std::unique_ptr<Timers> timers_;
};

} // namespace

std::unique_ptr<Peer> make_libuv() { return std::make_unique<Libuv>(); }
std::string libuv_version() { return uv_version_string(); }
