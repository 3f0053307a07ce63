// What a feed is measured against: reading a clock, and the least that a feed can be,
// one word written. Nobody watches these words.
#include "peer.h"

#include <chrono>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

namespace {

// One to a cache line, as whoever has read about false sharing lays them out.
struct alignas(64) Word {
    std::atomic<std::int64_t> value{0};
};

template <class Feed> class Words final : public Peer {
  public:
    bool is_thread_safe() const override { return true; }
    void create(std::size_t count) override { words_ = std::make_unique<std::vector<Word>>(count); }
    void feed(std::size_t first, std::size_t count, std::size_t rounds) override {
        Word *word = words_->data() + first;
        for (std::size_t round = 0; round < rounds; round++)
            for (std::size_t i = 0; i < count; i++) Feed::feed(word[i].value);
    }
    void destroy() override { words_.reset(); }

  private:
    std::unique_ptr<std::vector<Word>> words_;
};

struct Read {
    static void feed(std::atomic<std::int64_t> &) {
        timespec time;
        clock_gettime(CLOCK_MONOTONIC, &time);
        keep(time.tv_nsec);
    }
};

struct ReadCoarse {
    static void feed(std::atomic<std::int64_t> &) {
        timespec time;
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
        keep(time.tv_nsec);
    }
};

#ifdef __x86_64__
struct StoreCounter {
    static void feed(std::atomic<std::int64_t> &word) {
        word.store(static_cast<std::int64_t>(__rdtsc()), std::memory_order_relaxed);
    }
};
#endif

struct Swap {
    static void feed(std::atomic<std::int64_t> &word) {
        auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        keep(word.exchange(deadline.time_since_epoch().count()));
    }
};

} // namespace

std::unique_ptr<Peer> make_clock() { return std::make_unique<Words<Read>>(); }
std::unique_ptr<Peer> make_coarse_clock() { return std::make_unique<Words<ReadCoarse>>(); }
std::unique_ptr<Peer> make_swap() { return std::make_unique<Words<Swap>>(); }
#ifdef __x86_64__
std::unique_ptr<Peer> make_counter() { return std::make_unique<Words<StoreCounter>>(); }
#endif
