/* Texts that name where a server listens: "HOST:PORT", "[::1]:7443", ":7443" (any address). Pure. */
#ifndef CREDITD_COMMON_ADDRESS_H
#define CREDITD_COMMON_ADDRESS_H

#include <stdbool.h>

#define ADDRESS_HOST_BYTES 256
#define ADDRESS_PORT_BYTES 6

/* Splits one; the host is without brackets and "" for any. False when it is none, or the port is not
 * 0 ... 65535. */
bool address_split(const char *listen, char host[ADDRESS_HOST_BYTES], char port[ADDRESS_PORT_BYTES]);

#endif
