// Boost.Asio: a steady_timer, fed by setting its expiry and waiting again, in the one
// thread of a context that takes no locks. The wait that a feed ends gets its handler
// called, when the loop next runs.
#include "peer.h"

#include <boost/asio.hpp>
#include <boost/version.hpp>

#include <unistd.h>

namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

void on_expiry(boost::system::error_code const &error) {
    if (!error) expired();
}

class Asio final : public Peer {
  public:
    bool is_thread_safe() const override { return false; }

    void create(std::size_t count) override {
        timers_.reserve(count);
        for (std::size_t i = 0; i < count; i++) {
            timers_.emplace_back(context_, milliseconds(timeout_ms(i)));
            timers_.back().async_wait(on_expiry);
        }
    }

    void feed(std::size_t first, std::size_t count, std::size_t rounds) override {
        std::size_t since_poll = 0;
        auto time = steady_clock::now(); // as the other loops do, once a turn
        for (std::size_t round = 0; round < rounds; round++)
            for (std::size_t i = first; i < first + count; i++) {
                timers_[i].expires_at(time + milliseconds(timeout_ms(i)));
                timers_[i].async_wait(on_expiry);
                if (++since_poll % 64 == 0) {
                    serve();
                    time = steady_clock::now();
                }
            }
        serve();
    }

    void destroy() override {
        timers_.clear();
        serve();
        timers_.shrink_to_fit();
    }

    void serve() override {
        context_.restart();
        context_.poll();
    }

    bool tells_lateness() const override { return true; }

    Nanos lateness(unsigned ms) override {
        Nanos at = 0;
        Nanos before = now();
        asio::steady_timer timer(context_, milliseconds(ms));
        timer.async_wait([&at](boost::system::error_code const &) { at = now(); });
        context_.restart();
        context_.run();
        return at - before - ms * MS;
    }

    bool has_one_thread() const override { return true; }

    Nanos lateness_behind(unsigned blocked_ms) override {
        asio::steady_timer blocker(context_, milliseconds(10));
        blocker.async_wait([blocked_ms](boost::system::error_code const &) { usleep(blocked_ms * 1000); });
        return lateness(20);
    }

    bool storms() const override { return true; }

    Nanos create_at_once(std::size_t count, unsigned ms) override {
        Nanos due = now() + ms * MS;
        steady_clock::time_point at = steady_clock::time_point(std::chrono::nanoseconds(due));
        timers_.reserve(count);
        for (std::size_t i = 0; i < count; i++) {
            timers_.emplace_back(context_, at);
            timers_.back().async_wait(on_expiry);
        }
        return due;
    }

  private:
    asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
    std::vector<asio::steady_timer> timers_;
};

} // namespace

std::unique_ptr<Peer> make_asio() { return std::make_unique<Asio>(); }
std::string asio_version() { return BOOST_LIB_VERSION; }
