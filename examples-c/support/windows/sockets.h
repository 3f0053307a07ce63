/* Sockets: Windows. */
#ifndef EXAMPLES_WINDOWS_SOCKETS_H
#define EXAMPLES_WINDOWS_SOCKETS_H

#include <ws2tcpip.h>

#include <iphlpapi.h>

#include <icmpapi.h>

typedef SOCKET socket_file;
#define NO_SOCKET INVALID_SOCKET

static inline int socket_error(void)
{
    return WSAGetLastError();
}

static inline const char *socket_error_text(int error)
{
    switch (error) {
    case WSAECONNREFUSED:
        return "Connection refused";
    case WSAETIMEDOUT:
        return "Connection timed out";
    case WSAEHOSTUNREACH:
        return "No route to host";
    case WSAENETUNREACH:
    case WSAENETDOWN:
        return "Network is unreachable";
    case WSAEADDRINUSE:
        return "Address already in use";
    case WSAEACCES:
        return "Permission denied";
    default:
        return "Sockets refuse";
    }
}

static inline void socket_close(socket_file file)
{
    closesocket(file);
}

/* Has Windows load its sockets; what they count is given back at the end of the process. */
static inline int sockets_load(void)
{
    WSADATA unused;
    return WSAStartup(MAKEWORD(2, 2), &unused);
}

/* Opens a socket that does not block, and that no other program inherits. */
static inline socket_file socket_open(int family, int type)
{
    u_long yes = 1;
    socket_file file = NO_SOCKET;
    if (sockets_load() == 0) {
        file = WSASocketW(family, type, 0, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    }
    if (file != NO_SOCKET && ioctlsocket(file, (long)FIONBIO, &yes) != 0) {
        closesocket(file);
        return NO_SOCKET;
    }
    return file;
}

static inline int address_find(const char *host, const char *port, const struct addrinfo *wanted,
                               struct addrinfo **found)
{
    int refused = sockets_load();
    return refused != 0 ? refused : getaddrinfo(host, port, wanted, found);
}

static inline const char *address_error_text(int error)
{
    return error == EAI_AGAIN ? "Temporary failure in name resolution" : "Name or service not known";
}

/* Waits so long at most for `what` to happen, or until it is time to leave. Returns 0 or an
 * error. */
static inline int socket_wait(socket_file file, long what, int bit, uint64_t ms)
{
    WSANETWORKEVENTS happened;
    WSAEVENT event = WSACreateEvent();
    int error = WSAETIMEDOUT;
    if (event == WSA_INVALID_EVENT || WSAEventSelect(file, event, what) != 0) {
        error = WSAGetLastError();
    } else if (wait_event(event, (int64_t)ms) &&
               WSAEnumNetworkEvents(file, event, &happened) == 0) {
        error = happened.iErrorCode[bit];
    }
    if (event != WSA_INVALID_EVENT) {
        WSAEventSelect(file, NULL, 0);
        WSACloseEvent(event);
    }
    return error;
}

static inline void udp_wait(socket_file udp, uint64_t ms)
{
    socket_wait(udp, FD_READ, FD_READ_BIT, ms);
}

/* Receives what is there already; -1 when nothing is. */
static inline int udp_receive(socket_file udp, char *packet, size_t size)
{
    int received = recv(udp, packet, (int)size, 0);
    return received < 0 && WSAGetLastError() == WSAEMSGSIZE ? (int)size : received;
}

/* Returns 0 or an error. */
static inline int tcp_connect(socket_file tcp, const struct addrinfo *address, uint64_t limit_ms)
{
    if (connect(tcp, address->ai_addr, (int)address->ai_addrlen) == 0) {
        return 0;
    }
    int error = WSAGetLastError();
    return error != WSAEWOULDBLOCK ? error : socket_wait(tcp, FD_CONNECT, FD_CONNECT_BIT, limit_ms);
}

/* The beginning of ICMPV6_ECHO_REPLY, which not all headers have. */
struct ping6_reply {
    unsigned char address[28];
    ULONG status;
};

/* Asks for one echo, and leaves the answer in `reply`. */
static inline bool ping_send(HANDLE file, const struct addrinfo *address, void *reply, DWORD size,
                             DWORD limit_ms, DWORD *status)
{
    static char nothing[1];
    if (address->ai_family == AF_INET6) {
        struct sockaddr_in6 from;
        memset(&from, 0, sizeof from);
        from.sin6_family = AF_INET6;
        if (Icmp6SendEcho2(file, NULL, NULL, NULL, &from, (struct sockaddr_in6 *)address->ai_addr,
                           nothing, 0, NULL, reply, size, limit_ms) == 0) {
            return false;
        }
        *status = ((struct ping6_reply *)reply)->status;
    } else {
        struct sockaddr_in *to = (struct sockaddr_in *)address->ai_addr;
        if (IcmpSendEcho(file, to->sin_addr.s_addr, nothing, 0, NULL, reply, size, limit_ms) == 0) {
            return false;
        }
        *status = ((ICMP_ECHO_REPLY *)reply)->Status;
    }
    return true;
}

/* Asks as the system's ping does, by the function that it uses: its exit code is 0 for answers
 * that say "unreachable" too. */
static inline enum ping ping_try(const char *host, uint64_t limit_ms)
{
    union {
        ICMP_ECHO_REPLY aligned;
        char bytes[sizeof(ICMP_ECHO_REPLY) + 256];
    } reply;
    struct addrinfo wanted, *addresses;
    DWORD status = IP_GENERAL_FAILURE;
    memset(&wanted, 0, sizeof wanted);
    wanted.ai_socktype = SOCK_DGRAM;
    if (address_find(host, NULL, &wanted, &addresses) != 0) {
        return PING_FAILED;
    }
    HANDLE file = addresses->ai_family == AF_INET6 ? Icmp6CreateFile() : IcmpCreateFile();
    bool answered = file != INVALID_HANDLE_VALUE &&
                    ping_send(file, addresses, &reply, sizeof reply, (DWORD)limit_ms, &status) &&
                    status == IP_SUCCESS;
    freeaddrinfo(addresses);
    if (file == INVALID_HANDLE_VALUE) {
        return PING_MISSING;
    }
    IcmpCloseHandle(file);
    return answered ? PING_ANSWERED : PING_FAILED;
}

#endif
