/*
 * Sockets: a UDP port of this machine, whether a TCP port can be reached, and ping.
 */
#ifndef EXAMPLES_SOCKETS_H
#define EXAMPLES_SOCKETS_H

#include "processes.h"

enum ping { PING_ANSWERED, PING_FAILED, PING_MISSING };

#ifdef _WIN32
#include "windows/sockets.h"
#else
#include "unix/sockets.h"
#endif

/* Opens a UDP port of the loopback interface; *port 0: any free one. Returns NULL, else why it
 * cannot. */
static inline const char *udp_open(uint64_t *port, socket_file *udp)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)*port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *udp = socket_open(AF_INET, SOCK_DGRAM);
    if (*udp == NO_SOCKET || bind(*udp, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(*udp, (struct sockaddr *)&address, &size) != 0) {
        return socket_error_text(socket_error());
    }
    *port = ntohs(address.sin_port);
    return NULL;
}

/* Connects to a port and hangs up. Returns NULL when that worked, else why it did not. */
static inline const char *tcp_try(const char *host, const char *port, uint64_t limit_ms)
{
    struct addrinfo wanted, *addresses, *at;
    int error = 0;
    memset(&wanted, 0, sizeof wanted);
    wanted.ai_socktype = SOCK_STREAM;
    int refused = address_find(host, port, &wanted, &addresses);
    if (refused != 0) {
        return address_error_text(refused);
    }
    for (at = addresses; at != NULL && !leaving(); at = at->ai_next) {
        socket_file tcp = socket_open(at->ai_family, SOCK_STREAM);
        error = tcp == NO_SOCKET ? socket_error() : tcp_connect(tcp, at, limit_ms);
        if (tcp != NO_SOCKET) {
            socket_close(tcp);
        }
        if (error == 0) {
            break;
        }
    }
    freeaddrinfo(addresses);
    return error != 0 ? socket_error_text(error) : NULL;
}

#endif
