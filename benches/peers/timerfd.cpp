// timerfd: the kernel's own timers, fed by a system call.
#include "peer.h"

#include <sys/timerfd.h>
#include <unistd.h>

namespace {

class Timerfd final : public Peer {
  public:
    bool is_thread_safe() const override { return true; }
    std::size_t most() const override { return 500; } // file descriptors

    void create(std::size_t count) override {
        for (std::size_t i = 0; i < count; i++) {
            files_.push_back(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
            if (files_.back() < 0) fail("timerfd_create");
        }
    }

    void feed(std::size_t first, std::size_t count, std::size_t rounds) override {
        itimerspec const timeout = {{0, 0}, {60, 0}};
        for (std::size_t round = 0; round < rounds; round++)
            for (std::size_t i = first; i < first + count; i++) timerfd_settime(files_[i], 0, &timeout, nullptr);
    }

    void destroy() override {
        for (int file : files_) close(file);
        files_.clear();
    }

  private:
    std::vector<int> files_;
};

} // namespace

std::unique_ptr<Peer> make_timerfd() { return std::make_unique<Timerfd>(); }
