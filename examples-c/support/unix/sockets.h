/* Sockets: Unix. */
#ifndef EXAMPLES_UNIX_SOCKETS_H
#define EXAMPLES_UNIX_SOCKETS_H

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

typedef int socket_file;
enum { NO_SOCKET = -1 };

static inline int socket_error(void)
{
    return errno;
}

static inline const char *socket_error_text(int error)
{
    return strerror(error);
}

static inline void socket_close(socket_file file)
{
    close(file);
}

/* Opens a socket that does not block, and that no other program inherits. */
static inline socket_file socket_open(int family, int type)
{
    socket_file file = socket(family, type, 0);
    if (file != NO_SOCKET &&
        (fcntl(file, F_SETFD, FD_CLOEXEC) < 0 || fcntl(file, F_SETFL, O_NONBLOCK) < 0)) {
        close(file);
        return NO_SOCKET;
    }
    return file;
}

static inline int address_find(const char *host, const char *port, const struct addrinfo *wanted,
                               struct addrinfo **found)
{
    return getaddrinfo(host, port, wanted, found);
}

static inline const char *address_error_text(int error)
{
    return gai_strerror(error);
}

/* Waits so long at most for something to receive, or until it is time to leave. */
static inline void udp_wait(socket_file udp, uint64_t ms)
{
    wait_file(udp, POLLIN, (int64_t)ms);
}

/* Receives what is there already; -1 when nothing is. */
static inline int udp_receive(socket_file udp, char *packet, size_t size)
{
    return (int)recv(udp, packet, size, 0);
}

/* Returns 0 or an error. */
static inline int tcp_connect(socket_file tcp, const struct addrinfo *address, uint64_t limit_ms)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (connect(tcp, address->ai_addr, address->ai_addrlen) == 0) {
        return 0;
    }
    if (errno != EINPROGRESS) {
        return errno;
    }
    if (!wait_file(tcp, POLLOUT, (int64_t)limit_ms)) {
        return ETIMEDOUT;
    }
    getsockopt(tcp, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

/* Asks the system's ping. */
static inline enum ping ping_try(const char *host, uint64_t limit_ms)
{
    char program[] = "ping", once[] = "-c1", quiet[] = "-q", wait[32], target[256];
    char *command[] = {program, once, quiet, wait, target, NULL};
    struct process process;
    memset(&process, 0, sizeof process);
    snprintf(wait, sizeof wait, "-W%" PRIu64, (limit_ms + 999) / 1000);
    snprintf(target, sizeof target, "%s", host);
    bool started = process_spawn(command, true, &process) == 0;
    int code = process_run(started, &process, limit_ms + 500);
    return code == 0 ? PING_ANSWERED : code == COMMAND_NOT_STARTED ? PING_MISSING : PING_FAILED;
}

#endif
