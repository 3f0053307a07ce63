/* watchdog.hpp: scopes, times, errors, and exceptions in callbacks. With exceptions and, as
 * test_hpp_calls_returning, without (and without RTTI). */
#include "probes.hpp"

namespace {

constexpr auto HANG = std::chrono::milliseconds(HANG_MS);

/* ---- scopes ------------------------------------------------------------------ */

/* By a clock of the test's own; a feed may be some microseconds older than its call. */
bool fed_since(const wd::Handle &dog, std::int64_t moment_ns)
{
    auto unfed = dog.since_feed();
    return unfed <= std::chrono::milliseconds(elapsed_ms(moment_ns) + 1);
}

void scopes_feed_as_they_are_left()
{
    wd::Watchdog dog(60s, 0s);
    sleep_ms(20);
    std::int64_t began = now_ns();
    {
        wd::FeedOnExit feed(dog);
        CHECK(dog.since_feed() >= 20ms);
    }
    CHECK(fed_since(dog, began));
    sleep_ms(20);
    began = now_ns();
    {
        wd::FeedOnSuccess feed(dog);
        CHECK(dog.since_feed() >= 20ms);
    }
    CHECK(fed_since(dog, began));
}

void a_pause_lasts_as_long_as_its_scope()
{
    wd::Watchdog dog(1ms, 0ms);
    {
        wd::PauseScope outer(dog);
        {
            wd::PauseScope inner(dog);
            CHECK_OK(inner.status());
            sleep_ms(5);
            CHECK_IS(dog.check(), wd::Status::healthy);
        }
        sleep_ms(5);
        CHECK_IS(dog.check(), wd::Status::healthy);
    }
    sleep_ms(5);
    CHECK_IS(dog.check(), wd::Status::expired);
    auto gone = std::make_unique<wd::Watchdog>(1s, 0s);
    wd::PauseScope longer(*gone); /* outlives its watchdog */
    gone.reset();
}

/* ---- times and questions -------------------------------------------------------- */

void times_are_chrono()
{
    wd::Watchdog standard, service(wd::presets::service), own(2min, 1s);
    CHECK(standard.timeout() == 60s && standard.interval() == 20s);
    CHECK(service.timeout() == 60s && service.interval() == 15s);
    CHECK(own.timeout() == 120000ms && own.interval() == 1s);
    CHECK_OK(own.set_times(1h, 0s));
    CHECK(own.timeout() == 60min && own.interval() == 0s);
    CHECK_OK(own.set_times(wd::presets::background));
    CHECK(own.timeout() == 30min && own.interval() == 5min);
    CHECK(wd::presets::realtime.timeout == 10s && wd::presets::realtime.interval == 2s);
    CHECK(wd::presets::batch.timeout == 5min && wd::presets::batch.interval == 1min);
    CHECK(own.since_feed() >= 0ms && own.since_feed() < HANG);
}

void names_and_texts()
{
    wd::Watchdog dog;
    CHECK_TEXT(dog.name().c_str(), "");
    CHECK_OK(dog.set_name(std::string("render")));
    CHECK_TEXT(dog.name().c_str(), "render");
    CHECK_OK(dog.set_name(""));
    CHECK_TEXT(dog.name().c_str(), "");
    CHECK_TEXT(wd::version(), wd_version());
    CHECK_TEXT(wd::clock_name(), wd_clock_name());
    CHECK_TEXT(name_of(wd::Status::timed_out), "WD_ERR_TIMED_OUT");
    CHECK(is_error(wd::Status::panic) && !is_error(wd::Status::expired));
}

void a_limit_is_answered_with_timed_out()
{
    std::atomic<bool> entered{false}, open{false};
    wd::Watchdog dog(1ms, 0ms);
    CHECK_OK(dog.set_callback([&entered, &open] {
        entered = true;
        WAIT_UNTIL(open, HANG_MS);
    }));
    CHECK_OK(dog.start_thread());
    CHECK(dog.is_running());
    CHECK_IS(dog.join(1ms), wd::Status::timed_out);
    WAIT_UNTIL(entered, HANG_MS);
    CHECK_IS(dog.stop(-5ms), wd::Status::timed_out); /* does not wait, and not for ever */
    CHECK_IS(wd::shutdown(0ms), wd::Status::timed_out);
    CHECK(!dog.is_running());
    CHECK_OK(dog.join());
    open = true;
    CHECK_OK(dog.stop());
    CHECK_OK(dog.stop(HANG));
    CHECK_OK(wd::shutdown());
    CHECK_IS(dog.start(), wd::Status::expired);
}

/* ---- errors -------------------------------------------------------------------- */

/* ---- queues, and the process ------------------------------------------------------- */

void a_queue_holds_what_has_expired()
{
    wd::Queue queue(1);
    wd::Watchdog dog(1ms, 0ms);
    wd::Event event;
    CHECK(queue);
    CHECK_OK(dog.set_queue(queue, 7));
    CHECK_IS(queue.take(event, 0ms), wd::Status::empty);
    CHECK_IS(queue.take(event, -1ms), wd::Status::empty);
    sleep_ms(3);
    CHECK_IS(dog.check(), wd::Status::expired);
    CHECK_IS(dog.check(), wd::Status::expired);
    CHECK_EQ(queue.lost(), 1);
    CHECK_OK(queue.take(event));
    CHECK(event.watchdog == dog);
    CHECK(event.tag == 7 && event.unfed >= 1ms && event.lost == 0);
    CHECK_OK(queue.wake());
    CHECK_IS(queue.take(event), wd::Status::empty);
    wd::Queue moved(std::move(queue));
    CHECK(!queue);
    CHECK_IS(dog.check(), wd::Status::expired);
    CHECK_OK(moved.take(event, HANG));
    CHECK_EQ(event.lost, 1);
    queue = std::move(moved);
    swap(queue, moved);
    CHECK_OK(moved.wake());
}

void the_monitor_looks_and_a_last_resort_comes_and_goes()
{
    CHECK(wd::monitor_late() >= 0ms);
    wd::Watchdog dog(1s, 0s);
    CHECK_OK(dog.set_last_resort(1s, 2s, WD_RESORT_KILL));
    CHECK_OK(dog.set_last_resort(0s, 0s));
    CHECK_OK(wd::set_record_file("/tmp/none"));
    CHECK_OK(wd::set_record_file(std::string()));
}

#if WD_HPP_THROWS

template <class Call> wd::Status thrown_by(Call call)
{
    try {
        call();
    } catch (const wd::Error &error) {
        CHECK_TEXT(error.what(), wd_last_error());
        const std::exception &as_any = error;
        CHECK(*as_any.what() != '\0');
        return error.status();
    }
    return wd::Status::ok;
}

void errors_are_thrown_with_their_words()
{
    wd::Watchdog dog(1s, 0s);
    wd::Handle none;
    using S = wd::Status;
    CHECK_IS(thrown_by([] { wd::Watchdog(0s, 0s); }), S::invalid_argument);
    CHECK_IS(thrown_by([] { wd::Watchdog(-1s, 0s); }), S::invalid_argument);
    CHECK_IS(thrown_by([] { wd::Watchdog(1s, -1s); }), S::invalid_argument);
    CHECK_IS(thrown_by([&] { dog.set_times(0s, 0s); }), S::invalid_argument);
    CHECK_IS(thrown_by([&] { dog.resume(); }), S::invalid_argument);
    CHECK_IS(thrown_by([&] { dog.set_name("\xff"); }), S::invalid_argument);
    CHECK_IS(thrown_by([&] { none.check(); }), S::invalid_handle);
    CHECK_IS(thrown_by([&] { none.start(); }), S::invalid_handle);
    CHECK_IS(thrown_by([&] { none.start_thread(); }), S::invalid_handle);
    CHECK_IS(thrown_by([&] { none.stop(); }), S::invalid_handle);
    CHECK_IS(thrown_by([&] { (void)none.stop(1ms); }), S::invalid_handle);
    CHECK_IS(thrown_by([&] { none.join(); }), S::invalid_handle);
    CHECK_IS(thrown_by([&] { none.timeout(); }), S::invalid_handle);
    CHECK_IS(thrown_by([&] { none.is_running(); }), S::invalid_handle);
    CHECK_IS(thrown_by([&] { none.name(); }), S::invalid_handle);
    CHECK_IS(thrown_by([&] { wd::PauseScope pause(none); }), S::invalid_handle);
    CHECK_IS(none.feed(), S::invalid_handle); /* never throws */
    try {
        dog.set_times(0s, 0s);
    } catch (const wd::Error &error) {
        CHECK_CONTAINS(error.what(), "timeout_ms");
    }
}

/* ---- exceptions in callbacks ------------------------------------------------------ */

std::atomic<int> handled, handled_known, handled_other;
std::atomic<std::uint64_t> last_count;
std::atomic<wd_watchdog *> last_watchdog;

void on_failure(const wd::Failure &failure)
{
    ++handled;
    last_count = failure.count;
    last_watchdog = failure.watchdog;
    try {
        std::rethrow_exception(failure.exception);
    } catch (const std::logic_error &error) {
        CHECK_TEXT(error.what(), "on purpose");
        CHECK_TEXT(failure.what, "on purpose");
        ++handled_known;
    } catch (...) {
        CHECK_CONTAINS(failure.what, "not a std::exception");
        ++handled_other;
    }
    throw std::runtime_error("the handler fails too"); /* is caught as well */
}

void exceptions_in_callbacks_are_caught_counted_and_reported()
{
    handled = handled_known = handled_other = 0;
    CHECK(wd::set_failure_handler(on_failure) == wd::print_failure);
    wd::Watchdog dog(5ms, 1ms);
    std::atomic<int> runs{0};
    CHECK_OK(dog.set_callback([&runs] {
        if (++runs % 2 == 0) {
            throw 7;
        }
        throw std::logic_error("on purpose");
    }));
    CHECK_EQ(dog.failures(), 0);
    CHECK_OK(dog.start_thread());
    WAIT_UNTIL(handled_known >= 2 && handled_other >= 2, HANG_MS);
    CHECK(dog.is_running());
    CHECK_OK(dog.stop());
    CHECK_EQ(dog.failures(), runs);
    CHECK_EQ(handled, runs);
    CHECK_EQ(last_count, runs);
    CHECK(last_watchdog == dog.get());

    /* The count goes on when the callback is replaced, and with the watchdog when it is
     * moved; by check, too, nothing is thrown at the caller. */
    wd::Watchdog moved(std::move(dog));
    CHECK_OK(moved.set_callback([] { throw std::logic_error("on purpose"); }));
    sleep_ms(10);
    CHECK_IS(moved.check(), wd::Status::expired);
    CHECK_EQ(moved.failures(), runs + 1);
    CHECK(wd::set_failure_handler(nullptr) == on_failure);
}

void a_failing_callback_may_destroy_its_watchdog()
{
    Record record;
    handled = 0;
    wd::set_failure_handler(on_failure);
    auto dog = std::make_unique<wd::Watchdog>(1ms, 1ms);
    CHECK_OK(dog->set_callback([&dog, told = Told(record)] {
        dog.reset();
        throw std::logic_error("on purpose");
    }));
    wd::Handle(*dog).start_thread();
    WAIT_UNTIL(handled == 1, HANG_MS);
    gone_once(record);
    CHECK_EQ(last_count, 1);
    wd::set_failure_handler(nullptr);
}

void work_that_fails_does_not_feed()
{
    wd::Watchdog dog(60s, 0s);
    auto fails_with = [&dog](auto make_guard) {
        sleep_ms(20);
        try {
            auto guard = make_guard(dog);
            throw std::runtime_error("the work fails");
        } catch (const std::runtime_error &) {
        }
    };
    fails_with([](wd::Handle handle) { return wd::FeedOnSuccess(handle); });
    CHECK(dog.since_feed() >= 20ms);
    std::int64_t began = now_ns();
    fails_with([](wd::Handle handle) { return wd::FeedOnExit(handle); });
    CHECK(fed_since(dog, began));
}

#else

void errors_are_returned_with_their_words()
{
    using S = wd::Status;
    wd::Watchdog dog(1s, 0s), refused(0s, 0s);
    wd::Handle none;
    CHECK(!refused);
    CHECK_CONTAINS(wd::last_error(), "timeout_ms");
    CHECK_IS(refused.start_thread(), S::invalid_handle);
    CHECK_IS(dog.set_times(0s, 0s), S::invalid_argument);
    CHECK_IS(dog.resume(), S::invalid_argument);
    CHECK_IS(dog.set_name("\xff"), S::invalid_argument);
    CHECK_IS(none.check(), S::invalid_handle);
    CHECK_IS(none.stop(), S::invalid_handle);
    CHECK_IS(none.stop(1ms), S::invalid_handle);
    CHECK(none.timeout() == -1ms && none.interval() == -1ms && none.since_feed() == -1ms);
    CHECK(!none.is_running());
    CHECK(none.name().empty());
    CHECK_IS(wd::PauseScope(none).status(), S::invalid_handle);
    CHECK_EQ(dog.failures(), 0);
    wd::Queue no_queue(0);
    wd::Event event;
    CHECK(!no_queue);
    CHECK_IS(no_queue.take(event), S::invalid_handle);
    CHECK_IS(dog.set_queue(no_queue), S::invalid_handle);
    CHECK_EQ(no_queue.lost(), 0);
    CHECK_IS(dog.set_last_resort(0s, 1ms), S::invalid_argument);
}

#endif

const struct test TESTS[] = {
    TEST(scopes_feed_as_they_are_left),
    TEST(a_pause_lasts_as_long_as_its_scope),
    TEST(times_are_chrono),
    TEST(names_and_texts),
    TEST(a_limit_is_answered_with_timed_out),
    TEST(a_queue_holds_what_has_expired),
    TEST(the_monitor_looks_and_a_last_resort_comes_and_goes),
#if WD_HPP_THROWS
    TEST(errors_are_thrown_with_their_words),
    TEST(exceptions_in_callbacks_are_caught_counted_and_reported),
    TEST(a_failing_callback_may_destroy_its_watchdog),
    TEST(work_that_fails_does_not_feed),
#else
    TEST(errors_are_returned_with_their_words),
#endif
};

} // namespace

int main(int argc, char **argv)
{
    return RUN_TESTS(TESTS);
}
