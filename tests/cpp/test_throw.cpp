/*
 * An exception that leaves a raw callback, one that was not given to watchdog.hpp: the
 * process ends, and says why.
 */
#include "../c/child.h"

#if !defined(__cpp_exceptions)

int main()
{
    puts("skip - test_throw: built without exceptions");
    puts("0 passed, 0 failed, 1 skipped");
    return 77;
}

#else

#include <stdexcept>

namespace {

void throws(void *)
{
    throw std::runtime_error("the callback's own words");
}

int by_the_monitor(const char *)
{
    dup2(CHILD_OUT, STDERR_FILENO);
    wd_watchdog *wd = wd_new(5, 5);
    CHECK_STATUS(wd_set_callback(wd, throws, nullptr), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    sleep_ms(HANG_MS);
    return 3;
}

int by_a_check(const char *)
{
    dup2(CHILD_OUT, STDERR_FILENO);
    wd_watchdog *wd = wd_new(5, 5);
    CHECK_STATUS(wd_set_callback(wd, throws, nullptr), WD_OK);
    sleep_ms(10);
    try {
        wd_check(wd);
    } catch (const std::exception &) {
        return 4; /* half of the library was left behind */
    }
    return 3;
}

const struct child_body children[] = {
    {"by_the_monitor", by_the_monitor},
    {"by_a_check", by_a_check},
};

void ends_the_process(const char *child)
{
    struct outcome outcome = child_run(child, "");
    CHECK_EQ(outcome.signal, SIGABRT);
    CHECK_CONTAINS(outcome.said, "libwatchdog: a callback has thrown an exception");
}

void an_exception_out_of_a_raw_callback_ends_the_process_and_says_so(void)
{
    ends_the_process("by_the_monitor");
}

void so_does_one_out_of_a_check(void)
{
    ends_the_process("by_a_check");
}

} // namespace

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_exception_out_of_a_raw_callback_ends_the_process_and_says_so),
        TEST(so_does_one_out_of_a_check),
    };
    return RUN_TESTS_AND_CHILDREN(tests, children);
}

#endif
