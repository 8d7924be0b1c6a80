/* Sockets to listen on, for the wire that accepts on them, and for who holds them for other processes. Every function
 * that fails gives -1 with the message. */
#ifndef CREDITD_WIRE_BIND_H
#define CREDITD_WIRE_BIND_H

#include <stddef.h>

#define BIND_BACKLOG 1024 /* connections that wait to be accepted */

/* A TCP socket at "HOST:PORT". It does not listen yet, so nobody is kept waiting by it. */
int bind_tcp(const char *listen, char *message, size_t message_bytes);
/* `count` listening TCP sockets at one address, among which the kernel divides the connections (SO_REUSEPORT). An
 * address on which somebody else listens, in whatever way, is refused. Gives 0, or -1: the process ends, so what was
 * opened stays open. */
int bind_tcp_group(const char *listen, int sockets[], unsigned count, char *message, size_t message_bytes);
/* A unix socket with mode 0600, in the place of one that nobody listens on any more. */
int bind_unix(const char *path, char *message, size_t message_bytes);
/* The port of a TCP socket. */
unsigned bind_port(int fd);

#endif
