/* The server's TLS context: TLS 1.3 only, ALPN "creditd/1", no tickets, no early data. */
#ifndef CREDITD_WIRE_TLS_H
#define CREDITD_WIRE_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

/* From a PEM chain and its key; NULL with message. The caller frees it with SSL_CTX_free. */
SSL_CTX *tls_context_new(const char *certificate, const char *private_key, char *message, size_t message_bytes);
/* Did the handshake agree on "creditd/1"? A client that offers no ALPN at all gets through a handshake. */
bool tls_has_alpn(const SSL *ssl);

#endif
