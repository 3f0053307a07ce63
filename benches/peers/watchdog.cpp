// libwatchdog, through its C header and shared library.
#include "peer.h"

#include <watchdog.h>

namespace {

void on_expiry(void *) { expired(); }
void on_probe(void *bell) { static_cast<Bell *>(bell)->ring(); }

void check(wd_status status) {
    if (status < 0) fail(std::string("libwatchdog: ") + wd_status_name(status));
}

class Watchdog final : public Peer {
  public:
    bool is_thread_safe() const override { return true; }

    void create(std::size_t count) override {
        all_.reserve(count);
        for (std::size_t i = 0; i < count; i++) {
            wd_watchdog *wd = wd_new(timeout_ms(i), 0);
            check(wd_set_callback(wd, on_expiry, nullptr));
            check(wd_start_thread(wd, 1));
            all_.push_back(wd);
        }
    }

    std::size_t bytes_of_handle() const override { return sizeof(wd_watchdog *); }

    void feed(std::size_t first, std::size_t count, std::size_t rounds) override {
        wd_watchdog *const *wd = &all_[first];
        for (std::size_t round = 0; round < rounds; round++)
            for (std::size_t i = 0; i < count; i++) wd_feed(wd[i]);
    }

    void destroy() override {
        for (wd_watchdog *wd : all_) wd_free(wd);
        all_.clear();
    }

    bool tells_lateness() const override { return true; }

    Nanos lateness(unsigned ms) override {
        if (!probe_) {
            probe_ = wd_new(ms, 0);
            check(wd_set_callback(probe_, on_probe, &bell_));
        }
        check(wd_set_times(probe_, ms, 0));
        Nanos before = now(); // the start feeds, so it cannot be due any earlier
        check(wd_start_thread(probe_, 1));
        Nanos late = bell_.wait() - before - ms * MS;
        check(wd_stop(probe_, -1));
        return late;
    }

    bool storms() const override { return true; }

    // Timeouts are whole milliseconds and each feed is a moment later than the one
    // before: the instant is one of at most a millisecond.
    Nanos create_at_once(std::size_t count, unsigned ms) override {
        all_.reserve(count);
        for (std::size_t i = 0; i < count; i++) {
            all_.push_back(wd_new(60'000, 0));
            check(wd_set_callback(all_[i], on_expiry, nullptr));
            check(wd_start_thread(all_[i], 1));
        }
        std::vector<Nanos> fed(count);
        for (std::size_t i = 0; i < count; i++)
            do { // again if it was interrupted: when exactly was it fed?
                fed[i] = now();
                wd_feed(all_[i]);
            } while (now() - fed[i] > MS / 100);
        Nanos until = fed[0] + ms * MS, due = INT64_MAX;
        for (std::size_t i = 0; i < count; i++) {
            Nanos timeout = (until - fed[i]) / MS;
            check(wd_set_times(all_[i], static_cast<std::uint64_t>(timeout), 0));
            due = std::min(due, fed[i] + timeout * MS);
        }
        return due;
    }

    ~Watchdog() override {
        if (probe_) wd_free(probe_);
    }

  private:
    std::vector<wd_watchdog *> all_;
    wd_watchdog *probe_ = nullptr;
    Bell bell_;
};

} // namespace

std::unique_ptr<Peer> make_watchdog() { return std::make_unique<Watchdog>(); }
