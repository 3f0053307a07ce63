/* A program that is watched, and that breaks as a test wants it to.
 * Usage: child MODE FOLDER
 *   lives      runs until the file FOLDER/alive is gone
 *   sings      sends OSC messages to $OSC_PORT as long as there is FOLDER/voice
 *   mumbles    sends there what is not OSC
 *   insists    does not end when it is asked to
 *   obeys      ends when it is asked to, and leaves FOLDER/obeyed
 *   repairs    at every second time makes FOLDER/alive; else its exit code is 1
 *        child says TEXT...
 *        child kill PID | exists PID
 * What runs first leaves its pid in FOLDER/pids, and the file that it looks at. */
#include "../../examples-c/common.h"
#include "../../examples-c/support/sockets.h"

static char folder[512];

struct path {
    char text[600];
};

static struct path in_folder(const char *name)
{
    struct path path;
    snprintf(path.text, sizeof path.text, "%s/%s", folder, name);
    return path;
}

static bool has_file(const char *name)
{
    struct path path = in_folder(name);
    FILE *file = fopen(path.text, "r");
    return file != NULL && fclose(file) == 0;
}

static bool add_line(const char *name, long number)
{
    struct path path = in_folder(name);
    FILE *file = fopen(path.text, "ab");
    return file != NULL && fprintf(file, "%ld\n", number) > 0 && fclose(file) == 0;
}

/* ---- what systems do differently, written apart from what is tested -------------- */

#ifdef _WIN32
static long own_pid(void)
{
    return (long)GetCurrentProcessId();
}

/* Whether there is such a process; kills it, too. */
static bool find_process(long pid, bool and_kill)
{
    HANDLE handle = OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, (DWORD)pid);
    bool found = handle != NULL && WaitForSingleObject(handle, 0) == WAIT_TIMEOUT;
    if (found && and_kill) {
        TerminateProcess(handle, 9);
    }
    if (handle != NULL) {
        CloseHandle(handle);
    }
    return found;
}

static void obey_request(void)
{
    add_line("obeyed", own_pid());
    ExitProcess(0);
}

static BOOL WINAPI obey_break(DWORD event)
{
    (void)event;
    obey_request();
    return TRUE;
}

static BOOL WINAPI ignore_break(DWORD event)
{
    (void)event;
    return TRUE;
}

static LRESULT CALLBACK obey_close(HWND window, UINT message, WPARAM word, LPARAM number)
{
    if (message == WM_CLOSE) {
        obey_request();
    }
    return DefWindowProcA(window, message, word, number);
}

/* A window that is never shown; without one leaves the file "no-window". */
static void have_window(void *unused)
{
    WNDCLASSA kind;
    MSG message;
    (void)unused;
    memset(&kind, 0, sizeof kind);
    kind.lpfnWndProc = obey_close;
    kind.lpszClassName = "child";
    RegisterClassA(&kind);
    add_line(CreateWindowA("child", "child", 0, 0, 0, 1, 1, NULL, NULL, NULL, NULL) != NULL
                 ? "window" : "no-window", own_pid());
    while (GetMessageA(&message, NULL, 0, 0) > 0) {
        DispatchMessageA(&message);
    }
}

static void take_requests(bool obey)
{
    static struct thread thread = {have_window, NULL};
    SetConsoleCtrlHandler(obey ? obey_break : ignore_break, TRUE);
    if (obey) {
        thread_start(&thread);
    }
}
#else
static long own_pid(void)
{
    return (long)getpid();
}

static bool find_process(long pid, bool and_kill)
{
    return kill((pid_t)pid, and_kill ? SIGKILL : 0) == 0;
}

static void obey_request(void *signals)
{
    int number;
    sigwait((const sigset_t *)signals, &number);
    add_line("obeyed", own_pid());
    _Exit(0);
}

static void take_requests(bool obey)
{
    static sigset_t signals;
    static struct thread thread = {obey_request, &signals};
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (obey) {
        thread_start(&thread);
    }
}
#endif

/* ---- modes ------------------------------------------------------------------------ */

static void send_packet(const char *packet, size_t size)
{
    static socket_file udp = NO_SOCKET;
    const char *port = getenv("OSC_PORT");
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)atoi(port != NULL ? port : "0"));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (udp == NO_SOCKET) {
        udp = socket_open(AF_INET, SOCK_DGRAM);
    }
    sendto(udp, packet, (int)size, 0, (struct sockaddr *)&address, sizeof address);
}

static bool repairs(void)
{
    struct path tried = in_folder("tried");
    if (!has_file("tried")) {
        add_line("tried", 0);
        return false;
    }
    return remove(tried.text) == 0 && add_line("alive", 0);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "says") == 0) {
        for (int i = 2; i < argc; i++) {
            printf("argument <%s>\n", argv[i]);
        }
        return 0;
    }
    if (argc != 3) {
        fputs("usage: child MODE FOLDER\n", stderr);
        return 2;
    }
    if (strcmp(mode, "kill") == 0 || strcmp(mode, "exists") == 0) {
        return find_process(atol(argv[2]), strcmp(mode, "kill") == 0) ? 0 : 1;
    }
    snprintf(folder, sizeof folder, "%s", argv[2]);
    if (strcmp(mode, "repairs") == 0) {
        return repairs() ? 0 : 1;
    }
    bool lives = strcmp(mode, "lives") == 0, sings = strcmp(mode, "sings") == 0;
    if (strcmp(mode, "insists") == 0 || strcmp(mode, "obeys") == 0) {
        take_requests(strcmp(mode, "obeys") == 0);
    }
    if ((lives && !add_line("alive", 0)) || (sings && !add_line("voice", 0)) ||
        !add_line("pids", own_pid())) {
        perror(folder);
        return 1;
    }
    while (!lives || has_file("alive")) {
        if (sings && has_file("voice")) {
            send_packet("/alive\0\0,\0\0", 12);
        } else if (strcmp(mode, "mumbles") == 0) {
            send_packet("hello\0\0", 8);
        }
        sleep_ms(20);
    }
    return 0;
}
