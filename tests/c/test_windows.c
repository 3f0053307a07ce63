/*
 * What is Windows' own: the end of the process, FreeLibrary, a process that is suspended,
 * the last resort. Each child is this program started anew.
 */
#include "probes.h"

/* ---- children --------------------------------------------------------- */

struct child {
    HANDLE process;
    HANDLE said; /* what it has written to its standard output */
};

static void child_say(const char *text)
{
    DWORD written;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, (DWORD)strlen(text), &written, NULL);
}

static struct child child_start(const char *name, const char *argument)
{
    char self[1024], command[2048];
    struct child child = {NULL, NULL};
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    STARTUPINFOA startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION started;
    GetModuleFileNameA(NULL, self, sizeof self);
    snprintf(command, sizeof command, "\"%s\" --child %s \"%s\"", self, name, argument);
    CHECK(CreatePipe(&child.said, &startup.hStdOutput, &inherited, 0));
    SetHandleInformation(child.said, HANDLE_FLAG_INHERIT, 0);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (CHECK(CreateProcessA(self, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &started))) {
        CloseHandle(started.hThread);
        child.process = started.hProcess;
    }
    CloseHandle(startup.hStdOutput);
    return child;
}

/* Waits for the first that it says. */
static void child_await(struct child child, const char *word)
{
    char said[16] = "";
    DWORD length = 0;
    CHECK(ReadFile(child.said, said, (DWORD)strlen(word), &length, NULL));
    CHECK_TEXT(said, word);
}

enum { HUNG = 4711 };

/* The exit code. What it said goes into `said`. */
static unsigned child_end(struct child child, char *said, DWORD size)
{
    DWORD code = HUNG, length = 0;
    if (WaitForSingleObject(child.process, HANG_MS) == WAIT_OBJECT_0) {
        GetExitCodeProcess(child.process, &code);
    } else {
        TerminateProcess(child.process, HUNG);
    }
    if (said != NULL) {
        ReadFile(child.said, said, size - 1, &length, NULL);
        said[length] = '\0';
    }
    CloseHandle(child.said);
    CloseHandle(child.process);
    return code;
}

static unsigned child_run(const char *name, const char *argument)
{
    return child_end(child_start(name, argument), NULL, 0);
}

/* ---- the end of the process --------------------------------------------- */

static wd_watchdog *busy(int32_t daemon)
{
    static struct probe probe;
    wd_watchdog *wd = new_with(1, 1, probe_run, &probe);
    CHECK_STATUS(wd_start_thread(wd, daemon), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    return wd;
}

static int returns_from_main(const char *daemon)
{
    busy(atoi(daemon));
    return 3;
}

static int returns_while_a_callback_is_stuck(const char *unused)
{
    static struct gate gate;
    (void)unused;
    started_with(1, 0, gate_run, &gate);
    gate_await(&gate);
    return 3;
}

static void exit_run(void *unused)
{
    (void)unused;
    exit(7);
}

static int exits_inside_a_callback(const char *unused)
{
    (void)unused;
    started_with(1, 0, exit_run, NULL);
    sleep_ms(HANG_MS);
    return 0;
}

static void exit_thread_run(void *unused)
{
    (void)unused;
    ExitThread(0);
}

static int ends_its_thread_in_a_callback(const char *unused)
{
    (void)unused;
    started_with(1, 0, exit_thread_run, NULL);
    sleep_ms(HANG_MS);
    return 0;
}

static void *stop_it(void *wd)
{
    sleep_ms(50);
    child_say("stopped");
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    return NULL;
}

static int joins_before_it_returns(const char *unused)
{
    (void)unused;
    wd_watchdog *wd = busy(0);
    thread_start(stop_it, wd);
    CHECK_STATUS(wd_join(wd, -1), WD_OK);
    return 3;
}

static void probe_nothing(void *unused)
{
    (void)unused;
}

static void *use_it(void *unused)
{
    (void)unused;
    for (int64_t began = now_ns(); elapsed_ms(began) < HANG_MS;) {
        wd_watchdog *wd = started_with(1, 1, probe_nothing, NULL);
        wd_feed(wd);
        wd_free(wd);
    }
    return NULL;
}

static int returns_while_threads_use_it(const char *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) {
        thread_start(use_it, NULL);
    }
    sleep_ms(20);
    return 3;
}

static void a_process_ends_whatever_is_running(void)
{
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(child_run("returns_from_main", "1"), 3);
        CHECK_EQ(child_run("returns_from_main", "0"), 3); /* a DLL cannot hold it */
        CHECK_EQ(child_run("returns_while_threads_use_it", ""), 3);
    }
    CHECK_EQ(child_run("returns_while_a_callback_is_stuck", ""), 3);
    CHECK_EQ(child_run("exits_inside_a_callback", ""), 7);
}

static void who_joins_first_is_waited_for(void)
{
    char said[16];
    CHECK_EQ(child_end(child_start("joins_before_it_returns", ""), said, sizeof said), 3);
    CHECK_TEXT(said, "stopped");
}

static void a_callback_that_ends_its_thread_ends_the_process(void)
{
    unsigned code = child_run("ends_its_thread_in_a_callback", "");
    CHECK(code != 0 && code != HUNG);
}

/* ---- FreeLibrary -------------------------------------------------------- */

static int lets_go_of_the_library(const char *unused)
{
    struct probe probe = {0};
    (void)unused;
    wd_watchdog *wd = started_with(2, 2, probe_run, &probe);
    for (int i = 0; i < 50; i++) {
        FreeLibrary(GetModuleHandleA("watchdog.dll"));
    }
    int seen = probe_runs(&probe);
    WAIT_UNTIL(probe_runs(&probe) >= seen + 5, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
    return 3;
}

static void the_library_stays_under_its_threads(void)
{
    CHECK_EQ(child_run("lets_go_of_the_library", ""), 3);
}

/* ---- a process that is suspended ------------------------------------------ */

enum { TIMEOUT = 400, SUSPENDED = 5 * TIMEOUT, QUIET = 0, FALSE_ALARM = 10, STARVED = 11 };

/* Then, if its parent wants that, it hangs. */
static int is_suspended(const char *wants_a_hang)
{
    struct probe probe = {0};
    int starved = 0, suspended = 0;
    wd_watchdog *wd = started_with(TIMEOUT, 0, probe_run, &probe);
    child_say("fed");
    int64_t began = now_ns(), last = began;
    while (suspended == 0 && elapsed_ms(began) < HANG_MS) {
        sleep_ms(TIMEOUT / 20);
        int64_t before = now_ns();
        CHECK_STATUS(wd_feed(wd), WD_OK);
        int64_t gap = elapsed_ms(last);
        last = before;
        suspended += gap >= SUSPENDED / 2;
        starved |= gap > TIMEOUT / 2 && gap < SUSPENDED / 2;
    }
    sleep_ms(TIMEOUT / 2);
    int runs = probe_runs(&probe);
    if (*wants_a_hang) {
        WAIT_UNTIL(probe_runs(&probe) == 1, HANG_MS);
        CHECK(probe.began_ns[0] > last + TIMEOUT * MS_IN_NS);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    return starved ? STARVED : runs != 0 ? FALSE_ALARM : QUIET;
}

static void suspend(const char *wants_a_hang)
{
    typedef LONG(NTAPI * change)(HANDLE);
    HMODULE system = GetModuleHandleA("ntdll.dll");
    change stop, resume;
    FARPROC found[2] = {GetProcAddress(system, "NtSuspendProcess"), GetProcAddress(system, "NtResumeProcess")};
    memcpy(&stop, &found[0], sizeof stop);
    memcpy(&resume, &found[1], sizeof resume);
    for (int attempt = 0; attempt < 4; attempt++) {
        struct child child = child_start("is_suspended", wants_a_hang);
        child_await(child, "fed");
        sleep_ms(TIMEOUT / 2 + attempt * 37);
        CHECK_EQ(stop(child.process), 0);
        sleep_ms(SUSPENDED);
        CHECK_EQ(resume(child.process), 0);
        unsigned code = child_end(child, NULL, 0);
        if (code != STARVED) {
            CHECK_EQ(code, QUIET);
            return;
        }
    }
    skip("the machine is too busy to feed in time");
}

static void a_suspended_process_is_not_a_hung_one(void)
{
    suspend("");
}

static void a_hang_after_it_is_found(void)
{
    suspend("hang");
}

/* ---- a machine that sleeps -------------------------------------------------- */

/*
 * Wine has not the two clocks that the library prefers: the interrupt time with and without
 * the machine's sleep. These stand for them, in units of 100 ns.
 */
static _Atomic uint64_t slept;

static void WINAPI without_sleep(ULONGLONG *time)
{
    *time = (ULONGLONG)(now_ns() / 100);
}

static void WINAPI with_sleep(ULONGLONG *time)
{
    *time = (ULONGLONG)(now_ns() / 100) + atomic_load(&slept);
}

static atomic_int clocks_found;

static FARPROC WINAPI find_function(HMODULE module, const char *name)
{
    static const struct {
        const char *name;
        void(WINAPI *function)(ULONGLONG *time);
    } clocks[] = {{"QueryUnbiasedInterruptTimePrecise", without_sleep}, {"QueryInterruptTimePrecise", with_sleep}};
    for (size_t i = 0; i < COUNT_OF(clocks); i++) {
        if ((uintptr_t)name > 0xffff && strcmp(name, clocks[i].name) == 0) {
            FARPROC found;
            memcpy(&found, &clocks[i].function, sizeof found);
            atomic_fetch_add(&clocks_found, 1);
            return found;
        }
    }
    return GetProcAddress(module, name);
}

/* Puts find_function in the place of GetProcAddress in the imports of the library. */
static int replace_its_import(void)
{
    char *base = (char *)GetModuleHandleA("watchdog.dll");
    const IMAGE_NT_HEADERS *headers = (void *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    const IMAGE_DATA_DIRECTORY *imports =
        &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    FARPROC wanted = GetProcAddress(GetModuleHandleA("kernel32.dll"), "GetProcAddress"), ours;
    FARPROC(WINAPI * function)(HMODULE, const char *) = find_function;
    int replaced = 0;
    memcpy(&ours, &function, sizeof ours);
    for (IMAGE_IMPORT_DESCRIPTOR *module = (void *)(base + imports->VirtualAddress); module->Name != 0; module++) {
        for (FARPROC *entry = (void *)(base + module->FirstThunk); *entry != NULL; entry++) {
            DWORD before;
            if (*entry == wanted && VirtualProtect(entry, sizeof *entry, PAGE_READWRITE, &before)) {
                *entry = ours;
                replaced++;
            }
        }
    }
    return replaced;
}

/* The machine sleeps for an hour while it is not fed, if its parent wants that. */
static int sleeps(const char *an_hour)
{
    struct probe probe = {0};
    CHECK(replace_its_import() > 0);
    wd_watchdog *wd = started_with(400, 0, probe_run, &probe);
    int64_t fed = now_ns();
    sleep_ms(100);
    CHECK(since_feed_ms(wd) >= 99 && since_feed_ms(wd) < HANG_MS);
    if (*an_hour) {
        atomic_store(&slept, UINT64_C(3600) * 10000000);
    }
    WAIT_UNTIL(probe_runs(&probe) == 1, HANG_MS);
    CHECK(atomic_load(&clocks_found) >= 2);
    /* A fresh timeout from when the monitor looked, which was when the first was over. */
    CHECK((probe.began_ns[0] > fed + 790 * MS_IN_NS) == (*an_hour != 0) || elapsed_ms(fed) > 1500);
    CHECK_STATUS(wd_free(wd), WD_OK);
    return 3;
}

static void a_machine_that_slept_gives_a_fresh_timeout(void)
{
    CHECK_EQ(child_run("sleeps", "an hour"), 3);
    CHECK_EQ(child_run("sleeps", ""), 3); /* else nothing has shown that the hour did it */
}

/* ---- the last resort ------------------------------------------------------ */

static int is_stuck(const char *action)
{
    static struct gate gate;
    wd_watchdog *wd = new_with(20, 0, gate_run, &gate);
    CHECK_STATUS(wd_set_record_file(getenv("WD_TEST_RECORD")), WD_OK);
    CHECK_STATUS(wd_set_name(wd, "render loop"), WD_OK);
    CHECK_STATUS(wd_set_last_resort(wd, 60, 0, atoi(action)), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    sleep_ms(HANG_MS);
    return 0;
}

static void the_last_resort_ends_the_process_and_leaves_a_record(void)
{
    static const struct {
        const char *action, *says;
    } ends[] = {{"42", "end=exit 42"}, {"0", "end=abort"}, {"-1", "end=kill"}};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        char record[] = "record-\xc3\xa9.txt", text[512] = "";
        remove(record);
        setenv("WD_TEST_RECORD", record, 1);
        unsigned code = child_run("is_stuck", ends[i].action);
        CHECK(code != 0 && code != HUNG);
        CHECK(i != 0 || code == 42);
        FILE *file = _wfopen(L"record-\u00e9.txt", L"rb");
        if (CHECK(file != NULL)) {
            text[fread(text, 1, sizeof text - 1, file)] = '\0';
            fclose(file);
            _wremove(L"record-\u00e9.txt");
        }
        CHECK_CONTAINS(text, "reason=callback\nname=render loop\n");
        CHECK_CONTAINS(text, ends[i].says);
    }
}

static const struct child_body children[] = {
    {"returns_from_main", returns_from_main},
    {"returns_while_a_callback_is_stuck", returns_while_a_callback_is_stuck},
    {"exits_inside_a_callback", exits_inside_a_callback},
    {"ends_its_thread_in_a_callback", ends_its_thread_in_a_callback},
    {"joins_before_it_returns", joins_before_it_returns},
    {"returns_while_threads_use_it", returns_while_threads_use_it},
    {"lets_go_of_the_library", lets_go_of_the_library},
    {"is_suspended", is_suspended},
    {"sleeps", sleeps},
    {"is_stuck", is_stuck},
};

static void it_has_the_one_clock(void)
{
    CHECK_TEXT(wd_clock_name(), "monotonic");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(it_has_the_one_clock),
        TEST(a_process_ends_whatever_is_running),
        TEST(who_joins_first_is_waited_for),
        TEST(a_callback_that_ends_its_thread_ends_the_process),
        TEST(the_library_stays_under_its_threads),
        TEST(a_suspended_process_is_not_a_hung_one),
        TEST(a_hang_after_it_is_found),
        TEST(a_machine_that_slept_gives_a_fresh_timeout),
        TEST(the_last_resort_ends_the_process_and_leaves_a_record),
    };
    return RUN_TESTS_AND_CHILDREN(tests, children);
}
