/* A server that can be stopped and started again.
 * Usage: server ADDRESS PORT
 * Accepts TCP connections and hangs up. Prints its port, for 0 a free one, when it listens. */
#include "../../examples-c/common.h"
#include "../../examples-c/support/sockets.h"

int main(int argc, char **argv)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int yes = 1;
    socket_file server = socket_open(AF_INET, SOCK_STREAM);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    if (argc != 3 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
        fputs("usage: server ADDRESS PORT\n", stderr);
        return 2;
    }
    address.sin_port = htons((uint16_t)atoi(argv[2]));
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, (const char *)&yes, sizeof yes);
    if (bind(server, (struct sockaddr *)&address, size) != 0 || listen(server, 16) != 0 ||
        getsockname(server, (struct sockaddr *)&address, &size) != 0) {
        fprintf(stderr, "server: %s\n", socket_error_text(socket_error()));
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        socket_file client = accept(server, NULL, NULL);
        if (client != NO_SOCKET) {
            socket_close(client);
        } else {
            sleep_ms(2);
        }
    }
}
