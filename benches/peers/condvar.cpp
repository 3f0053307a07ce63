// What a user would write: a thread for each watchdog that waits on a condition variable
// until the deadline, which a feed moves under the mutex. Who writes it in a hurry also
// notifies at each feed; unless that is what is measured, the feed does not.
#include "peer.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class Dog {
  public:
    Dog(std::uint64_t ms, Bell *bell)
        : timeout_(ms), deadline_(Clock::now() + timeout_), bell_(bell), thread_([this] { watch(); }) {}

    ~Dog() {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            stopped_ = true;
        }
        changed_.notify_one();
        thread_.join();
    }

    void feed() {
        std::lock_guard<std::mutex> lock(mutex_);
        deadline_ = Clock::now() + timeout_;
    }

    void feed_and_notify() {
        feed();
        changed_.notify_one();
    }

  private:
    void watch() {
        std::unique_lock<std::mutex> lock(mutex_);
        while (!stopped_) {
            Clock::time_point deadline = deadline_;
            if (Clock::now() < deadline) {
                changed_.wait_until(lock, deadline);
                continue;
            }
            lock.unlock();
            if (bell_)
                bell_->ring();
            else
                expired();
            lock.lock();
            changed_.wait(lock, [&] { return stopped_ || deadline_ != deadline; });
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    milliseconds timeout_;
    Clock::time_point deadline_;
    bool stopped_ = false;
    Bell *bell_;
    std::thread thread_;
};

class Condvar final : public Peer {
  public:
    explicit Condvar(bool notifies) : notifies_(notifies) {}

    bool is_thread_safe() const override { return true; }
    std::size_t most() const override { return 10'000; } // threads

    void create(std::size_t count) override {
        dogs_.reserve(count);
        for (std::size_t i = 0; i < count; i++) dogs_.push_back(std::make_unique<Dog>(timeout_ms(i), nullptr));
    }

    void feed(std::size_t first, std::size_t count, std::size_t rounds) override {
        std::unique_ptr<Dog> *dog = &dogs_[first];
        for (std::size_t round = 0; round < rounds; round++)
            for (std::size_t i = 0; i < count; i++)
                if (notifies_)
                    dog[i]->feed_and_notify();
                else
                    dog[i]->feed();
    }

    void destroy() override { dogs_.clear(); }

    bool tells_lateness() const override { return true; }

    Nanos lateness(unsigned ms) override {
        Bell bell;
        Nanos before = now();
        Dog dog(ms, &bell);
        return bell.wait() - before - ms * MS;
    }

  private:
    bool notifies_;
    std::vector<std::unique_ptr<Dog>> dogs_;
};

} // namespace

std::unique_ptr<Peer> make_condvar(bool notifies) { return std::make_unique<Condvar>(notifies); }
