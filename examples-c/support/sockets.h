/*
 * Sockets: a UDP port of this machine, whether a TCP port can be reached, and ping.
 */
#ifndef EXAMPLES_SOCKETS_H
#define EXAMPLES_SOCKETS_H

#include "processes.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* Opens a UDP port of the loopback interface; *port 0: any free one. Returns the socket, or
 * -1 with errno. */
static inline int udp_open(uint64_t *port)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int udp = socket(AF_INET, SOCK_DGRAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)*port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (udp < 0 || fcntl(udp, F_SETFD, FD_CLOEXEC) < 0 ||
        bind(udp, (struct sockaddr *)&address, sizeof address) < 0 ||
        getsockname(udp, (struct sockaddr *)&address, &size) < 0) {
        return -1;
    }
    *port = ntohs(address.sin_port);
    return udp;
}

/* Receives what is there already; -1 when nothing is. */
static inline ssize_t udp_receive(int udp, char *packet, size_t size)
{
    return recv(udp, packet, size, MSG_DONTWAIT);
}

static inline int tcp_connect_to(const struct addrinfo *address, uint64_t limit_ms)
{
    int error = 0;
    socklen_t size = sizeof error;
    int tcp = socket(address->ai_family, SOCK_STREAM, 0);
    if (tcp < 0 || fcntl(tcp, F_SETFD, FD_CLOEXEC) < 0 || fcntl(tcp, F_SETFL, O_NONBLOCK) < 0) {
        error = errno;
    } else if (connect(tcp, address->ai_addr, address->ai_addrlen) < 0) {
        struct pollfd polls[2] = {{wake_up[0], POLLIN, 0}, {tcp, POLLOUT, 0}};
        error = errno;
        if (error == EINPROGRESS) {
            poll(polls, 2, (int)limit_ms);
            if (polls[1].revents == 0) {
                error = ETIMEDOUT;
            } else {
                getsockopt(tcp, SOL_SOCKET, SO_ERROR, &error, &size);
            }
        }
    }
    if (tcp >= 0) {
        close(tcp);
    }
    return error;
}

/* Connects to a port and hangs up. Returns NULL when that worked, else why it did not. */
static inline const char *tcp_try(const char *host, const char *port, uint64_t limit_ms)
{
    struct addrinfo wanted, *addresses, *at;
    int error = 0;
    memset(&wanted, 0, sizeof wanted);
    wanted.ai_socktype = SOCK_STREAM;
    int refused = getaddrinfo(host, port, &wanted, &addresses);
    if (refused != 0) {
        return gai_strerror(refused);
    }
    for (at = addresses; at != NULL && !leaving(); at = at->ai_next) {
        error = tcp_connect_to(at, limit_ms);
        if (error == 0) {
            break;
        }
    }
    freeaddrinfo(addresses);
    return error != 0 ? strerror(error) : NULL;
}

enum ping { PING_ANSWERED, PING_FAILED, PING_MISSING };

/* Asks the system's ping. */
static inline enum ping ping_try(const char *host, uint64_t limit_ms)
{
    char program[] = "ping", once[] = "-c1", quiet[] = "-q", wait[32], target[256];
    char *command[] = {program, once, quiet, wait, target, NULL};
    snprintf(wait, sizeof wait, "-W%" PRIu64, (limit_ms + 999) / 1000);
    snprintf(target, sizeof target, "%s", host);
    int code = run_program(command, true, limit_ms + 500);
    return code == 0 ? PING_ANSWERED : code == COMMAND_NOT_STARTED ? PING_MISSING : PING_FAILED;
}

#endif
