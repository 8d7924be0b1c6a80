/* Texts that name where to listen: "HOST:PORT", "[::1]:7443", ":7443" (any address). Pure. */
#ifndef CREDITD_WIRE_ADDRESS_H
#define CREDITD_WIRE_ADDRESS_H

#include <stdbool.h>

#define ADDRESS_HOST_BYTES 256
#define ADDRESS_PORT_BYTES 6

/* Splits a listen address; the host is without brackets and "" for any. False when it is none, or the port is not
 * 0 ... 65535. */
bool address_split(const char *listen, char host[ADDRESS_HOST_BYTES], char port[ADDRESS_PORT_BYTES]);

#endif
