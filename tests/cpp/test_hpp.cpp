/* watchdog.hpp: what becomes of callables and watchdogs. With exceptions and, as
 * test_hpp_returning, without (and without RTTI). */
#include "probes.hpp"

#include <functional>
#include <vector>

namespace {

/* ---- callables ------------------------------------------------------------ */

void a_callable_is_destroyed_once_with_its_watchdog()
{
    Record ran, never_ran;
    {
        wd::Watchdog dog(5ms, 1ms), idle(60s, 0s);
        CHECK_OK(dog.set_callback(Told(ran)));
        CHECK_OK(idle.set_callback(Told(never_ran)));
        CHECK_OK(dog.start_thread());
        WAIT_UNTIL(ran.runs >= 3, HANG_MS);
        CHECK_EQ(ran.destroyed, 0);
        CHECK_EQ(ran.alive, 1);
    }
    CHECK_EQ(ran.destroyed, 1); /* before the destructor has returned */
    CHECK_EQ(never_ran.destroyed, 1);
    gone_once(ran);
    gone_once(never_ran);
}

void a_replaced_callable_is_destroyed_once()
{
    std::vector<Record> records(20);
    {
        wd::Watchdog dog(1ms, 1ms);
        CHECK_OK(dog.start_thread());
        for (std::size_t i = 0; i < records.size(); i++) {
            CHECK_OK(dog.set_callback(Told(records[i])));
            if (i > 0) {
                gone_once(records[i - 1]);
            }
            if (i % 2 == 0) {
                WAIT_UNTIL(records[i].runs > 0, HANG_MS);
            }
        }
        CHECK_OK(dog.set_callback(nullptr));
        gone_once(records.back());
    }
    for (const Record &record : records) {
        gone_once(record);
    }
}

void a_callable_that_replaces_itself_is_destroyed_once()
{
    Record first, second;
    wd::Watchdog dog(1ms, 1ms);
    CHECK_OK(dog.set_callback([&dog, &second, told = std::make_shared<Told>(first)] {
        CHECK_OK(dog.set_callback(Told(second)));
        CHECK_EQ(told.use_count(), 1); /* still there, for this run goes on */
        (*told)();
    }));
    CHECK_OK(dog.start_thread());
    WAIT_UNTIL(second.runs > 0, HANG_MS);
    gone_once(first);
    CHECK_EQ(first.runs, 1);
    dog = wd::Watchdog(60s, 0s);
    gone_once(second);
}

void a_callable_refused_is_destroyed_once()
{
    Record record;
    wd::Watchdog empty(60s, 0s), taken(std::move(empty));
#if WD_HPP_THROWS
    try {
        empty.set_callback(Told(record));
        CHECK(!"set_callback has thrown");
    } catch (const wd::Error &error) {
        CHECK_IS(error.status(), wd::Status::invalid_handle);
    }
#else
    CHECK_IS(empty.set_callback(Told(record)), wd::Status::invalid_handle);
#endif
    gone_once(record);
}

std::atomic<int> plain_runs;
void plain_function()
{
    ++plain_runs;
}

void any_callable_will_do()
{
    struct Runs {
        int count = 0;
        void by_handle(wd::Handle handle) { count += handle.is_running() ? 100 : 1; }
    } runs;
    wd::Watchdog dog(1ms, 0ms);
    auto expired = [&dog] {
        sleep_ms(5);
        CHECK_IS(dog.check(), wd::Status::expired);
    };
    CHECK_OK(dog.set_callback(plain_function));
    expired();
    CHECK_OK(dog.set_callback(&plain_function));
    expired();
    CHECK_EQ(plain_runs, 2);
    CHECK_OK(dog.set_callback([&runs](wd::Handle handle) { runs.by_handle(handle); }));
    expired();
    CHECK_OK(dog.set_callback(std::bind(&Runs::by_handle, &runs, std::placeholders::_1)));
    expired();
    std::function<void()> function = [&runs] { runs.count++; };
    CHECK_OK(dog.set_callback(function));
    expired();
    CHECK_OK(dog.set_callback([&runs, only = std::make_unique<int>(1)]() mutable {
        runs.count += (*only)++; /* cannot be copied, and changes */
    }));
    expired();
    CHECK_EQ(runs.count, 4);
}

void a_callback_may_have_its_own_handle()
{
    wd::Handle seen;
    wd::Watchdog dog(1ms, 0ms);
    CHECK_OK(dog.set_callback([&seen](wd::Handle handle) { seen = handle; }));
    sleep_ms(5);
    CHECK_IS(dog.check(), wd::Status::expired);
    CHECK(seen == dog);
    CHECK(seen != wd::Handle());
}

/* ---- owners ----------------------------------------------------------------- */

void a_watchdog_destroyed_inside_its_own_callback_ends_there()
{
    Record record;
    std::atomic<int> runs{0}, returned{0};
    auto dog = std::make_unique<wd::Watchdog>(5ms, 1ms);
    wd::Handle handle = *dog;
    CHECK_OK(dog->set_callback([&dog, &runs, &returned, handle, told = Told(record)]() mutable {
        ++runs;
        dog.reset();
        CHECK_IS(handle.feed(), wd::Status::invalid_handle);
        told(); /* what it holds is there until it returns */
        ++returned;
    }));
    CHECK_OK(handle.start_thread());
    WAIT_UNTIL(returned == 1, HANG_MS);
    gone_once(record);
    CHECK(dog == nullptr);
    CHECK_EQ(runs, 1);
    CHECK_EQ(record.runs, 1);
}

void a_watchdog_can_be_moved_while_it_runs()
{
    Record record;
    wd::Watchdog first(5ms, 1ms);
    wd::Handle handle = first;
    CHECK_OK(first.set_callback(Told(record)));
    CHECK_OK(first.start_thread());
    wd::Watchdog second(std::move(first));
    CHECK(!first);
    CHECK_IS(first.feed(), wd::Status::invalid_handle);
    CHECK(second == handle);
    CHECK(second.is_running());
    int runs = record.runs;
    WAIT_UNTIL(record.runs > runs, HANG_MS);

    std::vector<wd::Watchdog> many;
    for (int i = 0; i < 50; i++) { /* the vector moves them all as it grows */
        many.emplace_back(1ms, 1ms);
        CHECK_OK(many.back().start_thread());
    }
    many[7] = std::move(second);
    runs = record.runs;
    WAIT_UNTIL(record.runs > runs, HANG_MS);
    CHECK_EQ(record.destroyed, 0);
    many.clear();
    CHECK_IS(handle.feed(), wd::Status::invalid_handle);
    gone_once(record);
}

void assigning_frees_what_was_owned_before()
{
    Record record;
    wd::Watchdog dog(5ms, 1ms);
    wd::Handle before = dog;
    CHECK_OK(dog.set_callback(Told(record)));
    CHECK_OK(dog.start_thread());
    dog = wd::Watchdog(wd::presets::service);
    gone_once(record);
    CHECK_IS(before.feed(), wd::Status::invalid_handle);
    CHECK_IS(dog.feed(), wd::Status::ok);
    wd::Handle still = dog;
    wd::Watchdog &itself = dog;
    dog = std::move(itself);
    CHECK(dog == still);
    CHECK_IS(dog.feed(), wd::Status::ok);
    wd::Watchdog other(1s, 2s);
    swap(dog, other);
    CHECK(other == still);
    CHECK(dog.interval() == 2s);
}

void a_watchdog_goes_to_c_and_comes_back()
{
    wd::Watchdog dog = wd::Watchdog::adopt(wd_new(3000, 1000));
    CHECK(dog.timeout() == 3s);
    CHECK_OK(dog.set_callback([] {}));
    wd_watchdog *c = dog.release();
    CHECK(!dog);
    CHECK_STATUS(wd_free(c), WD_OK);
}

const struct test TESTS[] = {
    TEST(a_callable_is_destroyed_once_with_its_watchdog),
    TEST(a_replaced_callable_is_destroyed_once),
    TEST(a_callable_that_replaces_itself_is_destroyed_once),
    TEST(a_callable_refused_is_destroyed_once),
    TEST(any_callable_will_do),
    TEST(a_callback_may_have_its_own_handle),
    TEST(a_watchdog_destroyed_inside_its_own_callback_ends_there),
    TEST(a_watchdog_can_be_moved_while_it_runs),
    TEST(assigning_frees_what_was_owned_before),
    TEST(a_watchdog_goes_to_c_and_comes_back),
};

} // namespace

int main(int argc, char **argv)
{
    return RUN_TESTS(TESTS);
}
