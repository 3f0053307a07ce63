/*
 * The command line of an example: a table that says what there is, and one line
 * for what is wrong with it. Times are "500" or "500ms", "30s", "5m".
 */
#ifndef EXAMPLES_ARGUMENTS_H
#define EXAMPLES_ARGUMENTS_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <watchdog.h>

enum { EXIT_ERROR = 1, EXIT_USAGE = 2 };
#define MS_MAX UINT64_C(86400000) /* a day: more than an example needs */
#define LIST_MAX 8

struct times {
    uint64_t timeout_ms, interval_ms;
};

struct list {
    const char *items[LIST_MAX];
    size_t count;
};

enum argument_kind {
    TIME,   /* uint64_t, milliseconds */
    NUMBER, /* uint64_t */
    TEXT,   /* const char * */
    LIST,   /* struct list: may be given several times */
    SWITCH, /* bool: there, or not */
    PRESET, /* struct times, by name; times that are given win */
    REST    /* char **: all that follows "--" */
};

struct argument {
    const char *name; /* "--port", or "TIMEOUT" for what is known by its place */
    enum argument_kind kind;
    void *value;
    uint64_t least, most; /* of a time or number; most 0: a day */
};

static inline void usage_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs("; --help tells more\n", stderr);
    exit(EXIT_USAGE);
}

/* The digits at the beginning of a text, and what follows them; false when there are none. */
static inline bool read_digits(const char *text, uint64_t *number, const char **rest)
{
    size_t digits = strspn(text, "0123456789");
    *rest = text + digits;
    *number = digits < 10 ? strtoull(text, NULL, 10) : UINT64_MAX / MS_MAX;
    return digits > 0;
}

static inline uint64_t read_time(const struct argument *argument, const char *text)
{
    const char *unit;
    uint64_t ms, most = argument->most != 0 ? argument->most : MS_MAX;
    bool good = read_digits(text, &ms, &unit);
    if (strcmp(unit, "s") == 0) {
        ms *= 1000;
    } else if (strcmp(unit, "m") == 0) {
        ms *= 60000;
    } else {
        good = good && (*unit == '\0' || strcmp(unit, "ms") == 0);
    }
    if (!good || ms < argument->least || ms > most) {
        usage_error("%s must be a time such as 500ms, 30s or 5m, from %" PRIu64 " to %" PRIu64
                    " ms, not '%s'", argument->name, argument->least, most, text);
    }
    return ms;
}

static inline uint64_t read_number(const struct argument *argument, const char *text)
{
    const char *rest;
    uint64_t number;
    if (!read_digits(text, &number, &rest) || *rest != '\0' || number < argument->least ||
        number > argument->most) {
        usage_error("%s must be a whole number from %" PRIu64 " to %" PRIu64 ", not '%s'",
                    argument->name, argument->least, argument->most, text);
    }
    return number;
}

static inline struct times read_preset(const char *text)
{
    static const struct {
        const char *name;
        struct times times;
    } presets[] = {
        {"realtime", {WD_PRESET_REALTIME_TIMEOUT_MS, WD_PRESET_REALTIME_INTERVAL_MS}},
        {"service", {WD_PRESET_SERVICE_TIMEOUT_MS, WD_PRESET_SERVICE_INTERVAL_MS}},
        {"batch", {WD_PRESET_BATCH_TIMEOUT_MS, WD_PRESET_BATCH_INTERVAL_MS}},
        {"background", {WD_PRESET_BACKGROUND_TIMEOUT_MS, WD_PRESET_BACKGROUND_INTERVAL_MS}},
    };
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        if (strcmp(text, presets[i].name) == 0) {
            return presets[i].times;
        }
    }
    usage_error("--preset must be realtime, service, batch or background, not '%s'", text);
    exit(EXIT_USAGE);
}

static inline void read_value(const struct argument *argument, const char *text)
{
    struct list *list = (struct list *)argument->value;
    switch (argument->kind) {
    case TIME:
        *(uint64_t *)argument->value = read_time(argument, text);
        break;
    case NUMBER:
        *(uint64_t *)argument->value = read_number(argument, text);
        break;
    case TEXT:
        *(const char **)argument->value = text;
        break;
    case LIST:
        if (list->count == LIST_MAX) {
            usage_error("%s may be given %d times, '%s' is one too many", argument->name, LIST_MAX,
                        text);
        }
        list->items[list->count++] = text;
        break;
    case PRESET:
        *(struct times *)argument->value = read_preset(text);
        break;
    case SWITCH:
    case REST:
        break; /* have no text */
    }
}

static inline const struct argument *find_argument(const struct argument *table, size_t count,
                                                   const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (name != NULL ? strcmp(table[i].name, name) == 0 : table[i].kind == REST) {
            return &table[i];
        }
    }
    return NULL;
}

/* The place-th argument that is known by its place. */
static inline const struct argument *find_place(const struct argument *table, size_t count,
                                                size_t place)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].name[0] != '-' && table[i].kind != REST && place-- == 0) {
            return &table[i];
        }
    }
    return NULL;
}

/* Presets are read first, so that times which are given win wherever they stand. */
static inline void read_arguments_of(bool presets, char **argv, const struct argument *table,
                                     size_t count)
{
    size_t places = 0;
    for (char **at = argv + 1; *at != NULL; at++) {
        bool is_option = at[0][0] == '-' && at[0][1] != '\0', is_place = false;
        const struct argument *argument = is_option ? find_argument(table, count, *at) : NULL;
        if (strcmp(*at, "--") == 0 && (argument = find_argument(table, count, NULL)) != NULL) {
            *(char ***)argument->value = at + 1;
            return;
        }
        if (!is_option) {
            argument = find_place(table, count, places++);
            is_place = true;
        }
        if (argument == NULL) {
            usage_error(is_option ? "there is no option '%s'" : "'%s' is one too many", *at);
        } else if (argument->kind == SWITCH) {
            *(bool *)argument->value = true;
        } else if (!is_place && *++at == NULL) {
            usage_error("%s needs a value", argument->name);
        } else if ((argument->kind == PRESET) == presets) {
            read_value(argument, *at);
        }
    }
}

static inline void read_arguments(char **argv, const char *help, const struct argument *table,
                                  size_t count)
{
    for (char **at = argv + 1; *at != NULL && strcmp(*at, "--") != 0; at++) {
        if (strcmp(*at, "--help") == 0 || strcmp(*at, "-h") == 0) {
            fputs(help, stdout);
            exit(EXIT_SUCCESS);
        }
    }
    read_arguments_of(true, argv, table, count);
    read_arguments_of(false, argv, table, count);
}

#endif
