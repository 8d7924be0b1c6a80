/* The certificates that embedded mode makes for itself in DIR/tls: a CA of its own (ca.pem, ca.key), good for ten
 * years, and a server certificate (server.pem, server.key), good for one, for localhost and the listen host. */
#ifndef CREDITD_CERTIFICATES_H
#define CREDITD_CERTIFICATES_H

#include <stdbool.h>
#include <stddef.h>

#define CERTIFICATE_PATH_BYTES 320

struct certificates {
    char ca[CERTIFICATE_PATH_BYTES];
    char server[CERTIFICATE_PATH_BYTES];
    char server_key[CERTIFICATE_PATH_BYTES];
};

/* Makes what is missing, and the server certificate anew when it has less than 30 days left, does not name
 * `listen_host` ("" for any address) or does not fit its key or CA. A CA is never replaced. False: message. */
bool certificates_prepare(const char *directory, const char *listen_host, struct certificates *out, char *message,
                          size_t message_bytes);

#endif
