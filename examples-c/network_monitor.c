/* Watches whether a host can be reached, and reports loss and recovery once each. */
#include "common.h"
#include "support/sockets.h"

static const char HELP[] =
    "Usage: network_monitor [OPTION...] [TARGET]\n"
    "\n"
    "Feeds a watchdog whenever the target answers. When it has not answered for the\n"
    "timeout, asks the fallbacks, so as to tell a host that is lost from a network that\n"
    "is down. Says once that the target is lost, and once that it is back.\n"
    "\n"
    "  TARGET           HOST or HOST:PORT, the port 53 by default; [HOST]:PORT for IPv6\n"
    "                   (8.8.8.8)\n"
    "  --fallback HOST  likewise, up to 8 times (1.1.1.1)\n"
    "  --by WAY         tcp: a connection to the port; ping: the system's ping; any: what\n"
    "                   answers first, in this order (any)\n"
    "  --timeout TIME   so long the target may not answer (30s)\n"
    "  --preset NAME    the same by name: realtime, service, batch, background\n"
    "  --every TIME     so often it is asked (5s)\n"
    "  --limit TIME     so long one answer may take (3s)\n"
    "\n"
    "Exit code: 130 Ctrl-C; 2 wrong arguments; 1 any failure.\n";

static struct times times = {30000, 0};
static uint64_t every_ms = 5000, limit_ms = 3000;

/* ---- asking ------------------------------------------------------------------ */

struct host {
    char name[256], port[8];
    const char *text; /* as it was given */
};

static const char *way = "any";
static atomic_bool ping_is_missing;

/* HOST, HOST:PORT, [HOST] or [HOST]:PORT; what has several colons is IPv6. */
static struct host read_host(const char *text)
{
    struct host host = {"", "53", text};
    const char *name = text, *colon = strrchr(text, ':');
    if (*text == '[') {
        const char *bracket = strchr(text, ']');
        name++;
        colon = bracket != NULL && bracket[1] == ':' ? bracket + 1 : NULL;
        snprintf(host.name, sizeof host.name, "%.*s",
                 bracket != NULL ? (int)(bracket - name) : 0, name);
    } else if (colon != NULL && strchr(text, ':') == colon) {
        snprintf(host.name, sizeof host.name, "%.*s", (int)(colon - name), name);
    } else {
        colon = NULL;
        snprintf(host.name, sizeof host.name, "%s", name);
    }
    if (colon != NULL) {
        struct argument port = {"a port", NUMBER, NULL, 1, 65535};
        snprintf(host.port, sizeof host.port, "%" PRIu64, read_number(&port, colon + 1));
    }
    if (host.name[0] == '\0' || host.name[0] == '-' || strlen(text) >= sizeof host.name) {
        usage_error("a host must be HOST, HOST:PORT or [HOST]:PORT, not '%s'", text);
    }
    return host;
}

/* NULL when the host answers, else why it does not. */
static const char *ask(const struct host *host)
{
    const char *failed = "no answer";
    if (strcmp(way, "ping") != 0) {
        failed = tcp_try(host->name, host->port, limit_ms);
        if (failed == NULL || strcmp(way, "tcp") == 0 || leaving()) {
            return failed;
        }
    }
    if (atomic_load(&ping_is_missing)) {
        return failed;
    }
    enum ping ping = ping_try(host->name, limit_ms);
    if (ping == PING_MISSING && !atomic_exchange(&ping_is_missing, true)) {
        say("this system has no ping");
    }
    return ping == PING_ANSWERED ? NULL : failed;
}

/* ---- the watchdog -------------------------------------------------------------- */

static struct host target, fallbacks[LIST_MAX];
static size_t fallback_count;
static wd_watchdog *watchdog;
static atomic_bool lost;
static _Atomic int64_t last_answer_ms;

/* Runs on a thread of the library, so that the fallbacks' answers delay nothing. */
static void on_loss(void *user_data)
{
    (void)user_data;
    say("LOSS: %s has not answered for %" PRId64 " ms", target.text,
        since_start_ms() - atomic_load(&last_answer_ms));
    atomic_store(&lost, true);
    for (size_t i = 0; i < fallback_count && !leaving(); i++) {
        const char *failed = ask(&fallbacks[i]);
        if (failed == NULL) {
            say("fallback %s answers: it is the target that is lost", fallbacks[i].text);
            return;
        }
        say("fallback %s does not answer: %s", fallbacks[i].text, failed);
    }
    if (!leaving()) {
        say("no fallback answers: the network is down");
    }
}

static void on_answer(void)
{
    int64_t now = since_start_ms(), before = atomic_exchange(&last_answer_ms, now);
    MUST(wd_feed(watchdog));
    if (atomic_exchange(&lost, false)) {
        say("RECOVERED: %s answers again, after %" PRId64 " ms", target.text, now - before);
    }
}

static void watch(void)
{
    bool answered = false;
    const char *failed, *said = NULL;
    /* Interval 0: one loss is reported once, until the next feed. */
    watchdog = must_new(times.timeout_ms, 0);
    MUST(wd_set_name(watchdog, target.text));
    MUST(wd_set_callback(watchdog, on_loss, NULL));
    MUST(wd_start_thread(watchdog, 1));

    do {
        failed = ask(&target);
        if (failed == NULL) {
            if (!answered || said != NULL) {
                say("%s answers", target.text);
            }
            answered = true;
            on_answer();
        } else if (said == NULL || strcmp(failed, said) != 0) { /* only what is new */
            say("%s does not answer: %s", target.text, failed);
        }
        said = failed;
    } while (!wait_ms((int64_t)every_ms));
    MUST(wd_free(watchdog));
}

int main(int argc, char **argv)
{
    const char *target_text = "8.8.8.8";
    struct list hosts = {{NULL}, 0};
    const struct argument arguments[] = {
        {"TARGET", TEXT, &target_text, 0, 0},
        {"--fallback", LIST, &hosts, 0, 0},
        {"--by", TEXT, &way, 0, 0},
        {"--timeout", TIME, &times.timeout_ms, 1, 0},
        {"--preset", PRESET, &times, 0, 0},
        {"--every", TIME, &every_ms, 1, 0},
        {"--limit", TIME, &limit_ms, 1, 0},
    };
    BEGIN(HELP, arguments);
    if (strcmp(way, "tcp") != 0 && strcmp(way, "ping") != 0 && strcmp(way, "any") != 0) {
        usage_error("--by must be tcp, ping or any, not '%s'", way);
    }
    if (hosts.count == 0) {
        hosts.items[hosts.count++] = "1.1.1.1";
    }
    target = read_host(target_text);
    for (; fallback_count < hosts.count; fallback_count++) {
        fallbacks[fallback_count] = read_host(hosts.items[fallback_count]);
    }
    say("watching %s, by %s", target.text, way);
    watch();
    return atomic_load(&exit_code);
}
