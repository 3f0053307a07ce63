/* What the tests of watchdog.hpp share: checks of its statuses, and a callable that tells
 * what becomes of it. */
#ifndef WATCHDOG_TESTS_PROBES_HPP
#define WATCHDOG_TESTS_PROBES_HPP

#include "../c/check.h"

#include <watchdog.hpp>

#include <memory>

using namespace std::chrono_literals;

#define CHECK_OK(call) CHECK_EQ(static_cast<wd_status>(call), WD_OK)
#define CHECK_IS(call, want) CHECK_EQ(static_cast<wd_status>(call), static_cast<wd_status>(want))

/* What is left of a callable when it is gone. */
struct Record {
    std::atomic<int> runs{0}, inside{0}, alive{0}, destroyed{0}, destroyed_inside{0};

    /* Every callable that was ever made is gone. */
    bool all_gone() const { return alive == 0; }
};

/* A callable that tells when it is copied, moved, run and destroyed. `canary` lives on the
 * heap, so that a memory checker sees every run after the end. */
class Told {
public:
    explicit Told(Record &record) : record_(&record), canary_(std::make_unique<int>(1))
    {
        ++record_->alive;
    }
    Told(Told &&other) noexcept : record_(other.record_), canary_(std::move(other.canary_))
    {
        ++record_->alive;
    }
    ~Told()
    {
        if (canary_ != nullptr) {
            ++record_->destroyed; /* the one that was not moved from */
            record_->destroyed_inside += record_->inside;
        }
        --record_->alive; /* last: gone_once waits for it */
    }
    Told &operator=(Told &&) = delete;

    void operator()()
    {
        ++record_->inside;
        record_->runs += *canary_;
        sleep_ms(1);
        --record_->inside;
    }

private:
    Record *record_;
    std::unique_ptr<int> canary_;
};

inline void gone_once(const Record &record)
{
    WAIT_UNTIL(record.all_gone(), HANG_MS);
    CHECK_EQ(record.destroyed, 1);
    CHECK_EQ(record.destroyed_inside, 0);
}

#endif
