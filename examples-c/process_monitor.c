/* Watches a program, and restarts it when it is gone or does not answer. */
#include "common.h"
#include "support/osc.h"
#include "support/processes.h"
#include "support/sockets.h"

static const char HELP[] =
    "Usage: process_monitor [OPTION...] -- COMMAND [ARGUMENT...]\n"
    "       process_monitor [OPTION...] --name NAME [-- COMMAND [ARGUMENT...]]\n"
    "\n"
    "Starts a program and feeds a watchdog at every sign of life: that the program is\n"
    "in the process table or, with --osc, an OSC message that it sends over UDP. When\n"
    "no sign has come for the timeout, the program is restarted.\n"
    "\n"
    "  --name NAME      watch the program of this name when one is running already, and\n"
    "                   leave that one running at the end; COMMAND, or NAME, restarts it;\n"
    "                   on Windows NAME may go without .exe\n"
    "  --osc            only OSC messages to this machine's port count as signs of life\n"
    "  --port NUMBER    that port (9001); 0: any free one. The program finds it in its\n"
    "                   environment as OSC_PORT\n"
    "  --timeout TIME   so long it may be silent, its start included (10s)\n"
    "  --preset NAME    the same by name: realtime, service, batch, background\n"
    "  --every TIME     so often the process table is looked at (500ms)\n"
    "  --patience TIME  so long it may take to end before it is killed (2s); it is asked\n"
    "                   by SIGTERM, on Windows by closing its windows and by Ctrl-Break\n"
    "\n"
    "Exit code: 130 Ctrl-C, which ends the program too; 2 wrong arguments; 1 any failure.\n";

static struct times times = {10000, 0};
static uint64_t every_ms = 500, patience_ms = 2000, port = 9001;
static bool by_osc;

/* ---- the watched program ------------------------------------------------- */

static struct process watched;
static socket_file udp = NO_SOCKET;
static bool answered; /* since it was started */

static void start(char **command)
{
    answered = false;
    int refused = process_start(command, &watched);
    if (refused == 0) {
        say("started %s: pid %ld", command[0], (long)watched.pid);
    } else {
        say("cannot start %s: %s", command[0], strerror(refused));
    }
}

/* Waits for an OSC message, so long at most. */
static bool hears_osc(uint64_t limit_ms)
{
    char packet[1536];
    bool heard = false;
    int size;
    udp_wait(udp, limit_ms);
    while ((size = udp_receive(udp, packet, sizeof packet)) >= 0) {
        const char *address = osc_address(packet, (size_t)size);
        if (address != NULL && !answered) {
            answered = true;
            say("it answers: OSC message %s", address);
        }
        heard |= address != NULL;
    }
    return heard;
}

/* Waits for a sign of life, so long at most. */
static bool sign_of_life(void)
{
    if (by_osc) {
        return hears_osc(every_ms);
    }
    wait_ms((int64_t)every_ms);
    return process_exists(&watched);
}

static void restart(char **command)
{
    if (watched.pid == 0) {
        say("trying again");
    } else if (process_exists(&watched)) {
        say("RESTART: pid %ld does not answer", (long)watched.pid);
    } else {
        say("RESTART: pid %ld is gone", (long)watched.pid);
    }
    process_end(&watched, patience_ms);
    if (by_osc) {
        hears_osc(0); /* what the old one has sent is no sign of the new one's life */
    }
    start(command);
}

/* ---- the watchdog ---------------------------------------------------------- */

/* Runs on a thread of the library, and leaves the work to the loop that owns the process. */
static void on_silence(void *expired)
{
    atomic_store((atomic_bool *)expired, true);
}

static void watch(char **command)
{
    static atomic_bool expired;
    /* Interval 0: once per silence; restarting feeds. */
    wd_watchdog *watchdog = must_new(times.timeout_ms, 0);
    MUST(wd_set_name(watchdog, command[0]));
    MUST(wd_set_callback(watchdog, on_silence, &expired));
    MUST(wd_start_thread(watchdog, 1));

    while (!leaving()) {
        if (sign_of_life()) {
            MUST(wd_feed(watchdog));
        }
        if (atomic_exchange(&expired, false) && !leaving()) {
            restart(command);
            MUST(wd_feed(watchdog));
        }
    }
    MUST(wd_free(watchdog));
}

int main(int argc, char **argv)
{
    const char *name = NULL;
    char **command = NULL, *command_of_name[2] = {NULL, NULL}, text[16];
    const struct argument arguments[] = {
        {"--name", TEXT, &name, 0, 0},
        {"--osc", SWITCH, &by_osc, 0, 0},
        {"--port", NUMBER, &port, 0, 65535},
        {"--timeout", TIME, &times.timeout_ms, 1, 0},
        {"--preset", PRESET, &times, 0, 0},
        {"--every", TIME, &every_ms, 1, 0},
        {"--patience", TIME, &patience_ms, 0, 0},
        {"COMMAND", REST, &command, 0, 0},
    };
    BEGIN(HELP, arguments);
    if (name != NULL && (command == NULL || command[0] == NULL)) {
        command = command_of_name;
        command[0] = (char *)name;
    }
    if (command == NULL || command[0] == NULL) {
        usage_error("there is no COMMAND to watch: put it after --");
    }
    if (by_osc) {
        const char *refused = udp_open(&port, &udp);
        if (refused != NULL) {
            fprintf(stderr, "cannot listen on UDP port %" PRIu64 ": %s\n", port, refused);
            return EXIT_ERROR;
        }
        snprintf(text, sizeof text, "%" PRIu64, port);
        set_environment("OSC_PORT", text); /* for the program */
        say("signs of life: OSC messages to UDP port %" PRIu64, port);
    }

    if (name != NULL && process_find(name, &watched)) {
        say("found %s: pid %ld", name, (long)watched.pid);
    } else {
        start(command);
    }
    watch(command);

    if (watched.ours) {
        process_end(&watched, patience_ms);
        say("ended %s", command[0]);
    }
    return atomic_load(&exit_code);
}
