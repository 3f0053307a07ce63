/* wd_set_name and wd_name. */
#include "probes.h"

static char buffer[WD_NAME_MAX + 1];

static const char *name_of(wd_watchdog *wd)
{
    memset(buffer, '~', sizeof buffer);
    CHECK_STATUS(wd_name(wd, buffer, sizeof buffer), WD_OK);
    return buffer;
}

static void a_new_watchdog_has_no_name(void)
{
    wd_watchdog *wd = wd_new(60000, 0);
    char one = '~';
    CHECK_TEXT(name_of(wd), "");
    CHECK_STATUS(wd_name(wd, &one, 1), WD_OK);
    CHECK_EQ(one, '\0');
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_name_is_copied(void)
{
    char name[] = "render loop";
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_set_name(wd, name), WD_OK);
    memset(name, 'x', sizeof name - 1);
    CHECK_TEXT(name_of(wd), "render loop");
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_name_belongs_to_one_watchdog(void)
{
    wd_watchdog *a = wd_new(60000, 0), *b = wd_new(60000, 0);
    CHECK_STATUS(wd_set_name(a, "a"), WD_OK);
    CHECK_STATUS(wd_set_name(b, "b"), WD_OK);
    CHECK_TEXT(name_of(a), "a");
    CHECK_TEXT(name_of(b), "b");
    CHECK_STATUS(wd_free(a), WD_OK);
    CHECK_STATUS(wd_free(b), WD_OK);
    wd_watchdog *c = wd_new(60000, 0);
    CHECK_TEXT(name_of(c), "");
    CHECK_STATUS(wd_free(c), WD_OK);
}

static void null_and_empty_clear_the_name(void)
{
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_set_name(wd, "name"), WD_OK);
    CHECK_STATUS(wd_set_name(wd, NULL), WD_OK);
    CHECK_TEXT(name_of(wd), "");
    CHECK_STATUS(wd_set_name(wd, "name"), WD_OK);
    CHECK_STATUS(wd_set_name(wd, ""), WD_OK);
    CHECK_TEXT(name_of(wd), "");
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_name_has_at_most_255_bytes(void)
{
    char name[1000];
    wd_watchdog *wd = wd_new(60000, 0);
    for (size_t length = 250; length < 300; length++) {
        memset(name, 'n', sizeof name);
        name[length] = '\0';
        if (length <= WD_NAME_MAX) {
            CHECK_STATUS(wd_set_name(wd, name), WD_OK);
            CHECK_TEXT(name_of(wd), name);
        } else {
            CHECK_STATUS(wd_set_name(wd, name), WD_ERR_INVALID_ARGUMENT);
            CHECK_EQ(strlen(name_of(wd)), WD_NAME_MAX);
        }
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void the_limit_counts_bytes_not_characters(void)
{
    char name[300] = "";
    wd_watchdog *wd = wd_new(60000, 0);
    for (int i = 0; i < 85; i++) {
        strcat(name, "\xe2\x82\xac");
    }
    CHECK_STATUS(wd_set_name(wd, name), WD_OK);
    CHECK_TEXT(name_of(wd), name);
    strcat(name, "x");
    CHECK_STATUS(wd_set_name(wd, name), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void utf8_is_taken_as_it_is(void)
{
    static const char *const good[] = {
        "\x01\x7f",          "\xc2\x80",         "\xdf\xbf",         "\xe0\xa0\x80",
        "\xed\x9f\xbf",      "\xee\x80\x80",     "\xef\xbf\xbf",     "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",  "\xf0\x9f\x90\x95", "W\xc3\xa4" "chter", "tab\tnewline\n",
    };
    wd_watchdog *wd = wd_new(60000, 0);
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        CHECK_STATUS(wd_set_name(wd, good[i]), WD_OK);
        CHECK_TEXT(name_of(wd), good[i]);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void anything_but_utf8_is_refused_and_the_name_kept(void)
{
    static const char *const bad[] = {
        "\x80",             "\xbf",             "a\x80z",           "\xc0\x80",
        "\xc1\xbf",         "\xc2",             "\xc2\x41",         "\xe0\x80\x80",
        "\xe0\x9f\xbf",     "\xe2\x82",         "\xe2\x82z",        "\xed\xa0\x80",
        "\xed\xbf\xbf",     "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x90",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80", "\xfe",
        "\xff",             "good then \xff",   "\xc2\xc2\x80",
    };
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_set_name(wd, "kept"), WD_OK);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_STATUS(wd_set_name(wd, bad[i]), WD_ERR_INVALID_ARGUMENT);
        CHECK_TEXT(name_of(wd), "kept");
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_character_cut_off_at_the_limit_is_refused(void)
{
    char name[300];
    wd_watchdog *wd = wd_new(60000, 0);
    memset(name, 'n', sizeof name);
    memcpy(name + 253, "\xe2\x82", 3);
    CHECK_STATUS(wd_set_name(wd, name), WD_ERR_INVALID_ARGUMENT);
    CHECK_TEXT(name_of(wd), "");
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_buffer_must_hold_the_name_and_its_zero(void)
{
    /* On the heap, where a memory checker sees a byte too many. */
    char *exact = malloc(6), *small = malloc(5);
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_set_name(wd, "exact"), WD_OK);
    memset(exact, '~', 6);
    CHECK_STATUS(wd_name(wd, exact, 6), WD_OK);
    CHECK_TEXT(exact, "exact");
    memset(small, '~', 5);
    CHECK_STATUS(wd_name(wd, small, 5), WD_ERR_INVALID_ARGUMENT);
    CHECK(memcmp(small, "~~~~~", 5) == 0);
    CHECK_STATUS(wd_name(wd, small, 0), WD_ERR_INVALID_ARGUMENT);
    CHECK(memcmp(small, "~~~~~", 5) == 0);
    CHECK_STATUS(wd_free(wd), WD_OK);
    free(exact);
    free(small);
}

static void a_buffer_of_no_size_holds_not_even_an_empty_name(void)
{
    char one = '~';
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_name(wd, &one, 0), WD_ERR_INVALID_ARGUMENT);
    CHECK_EQ(one, '~');
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_null_buffer_is_refused(void)
{
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_name(wd, NULL, 0), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_name(wd, NULL, 256), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_name(wd, NULL, SIZE_MAX), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void only_the_name_and_its_zero_are_written(void)
{
    char large[64];
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_set_name(wd, "name"), WD_OK);
    memset(large, '~', sizeof large);
    CHECK_STATUS(wd_name(wd, large, SIZE_MAX), WD_OK);
    CHECK_TEXT(large, "name");
    CHECK_EQ(large[5], '~');
    CHECK_STATUS(wd_free(wd), WD_OK);
}

struct renamer {
    wd_watchdog *wd;
    atomic_int done;
};

static const char *const names[2] = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbb"};

static void *rename_often(void *data)
{
    struct renamer *renamer = data;
    for (int i = 0; i < 5000; i++) {
        CHECK_STATUS(wd_set_name(renamer->wd, names[i % 2]), WD_OK);
    }
    atomic_store(&renamer->done, 1);
    return NULL;
}

static void a_name_is_never_half_of_two(void)
{
    struct renamer renamer = {wd_new(60000, 0), 0};
    CHECK_STATUS(wd_set_name(renamer.wd, names[0]), WD_OK);
    pthread_t thread = thread_start(rename_often, &renamer);
    while (!atomic_load(&renamer.done)) {
        const char *name = name_of(renamer.wd);
        CHECK(strcmp(name, names[0]) == 0 || strcmp(name, names[1]) == 0);
    }
    thread_join(thread);
    CHECK_STATUS(wd_free(renamer.wd), WD_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_new_watchdog_has_no_name),
        TEST(a_name_is_copied),
        TEST(a_name_belongs_to_one_watchdog),
        TEST(null_and_empty_clear_the_name),
        TEST(a_name_has_at_most_255_bytes),
        TEST(the_limit_counts_bytes_not_characters),
        TEST(utf8_is_taken_as_it_is),
        TEST(anything_but_utf8_is_refused_and_the_name_kept),
        TEST(a_character_cut_off_at_the_limit_is_refused),
        TEST(a_buffer_must_hold_the_name_and_its_zero),
        TEST(a_buffer_of_no_size_holds_not_even_an_empty_name),
        TEST(a_null_buffer_is_refused),
        TEST(only_the_name_and_its_zero_are_written),
        TEST(a_name_is_never_half_of_two),
    };
    return RUN_TESTS(tests);
}
