/* The SSL_CTX of the listener, and the check of a certificate with its key. Connections are conn.c's. */
#include "server/wire/tls.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "server/wire/wire.h"

#define ALPN       "creditd/1"
#define ALPN_BYTES (sizeof ALPN - 1)

/* First error of OpenSSL's queue behind our words; empties the queue. */
static void say(char *message, size_t message_bytes, const char *what, const char *path)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());

    snprintf(message, message_bytes, "%s: %s: %s", path, what, reason == NULL ? "unknown error" : reason);
    ERR_clear_error();
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_bytes, const unsigned char *offered,
                       unsigned offered_bytes, void *arg)
{
    (void)ssl, (void)arg;
    for (unsigned at = 0; at < offered_bytes; at += 1u + offered[at]) {
        if (offered[at] != ALPN_BYTES || offered_bytes - at <= ALPN_BYTES ||
            memcmp(offered + at + 1, ALPN, ALPN_BYTES) != 0)
            continue;
        *out = offered + at + 1;
        *out_bytes = (unsigned char)ALPN_BYTES;
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* A key with a passphrase is an error, not a question on the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *arg)
{
    (void)buffer, (void)size, (void)writing, (void)arg;
    return -1;
}

static bool set_protocol(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS); /* of a connection that is silent: half of its memory */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, choose_alpn, NULL);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(context, 0) == 1 &&
           SSL_CTX_set_max_early_data(context, 0) == 1 && SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1;
}

static bool load_files(SSL_CTX *context, const char *certificate, const char *private_key, char *message,
                       size_t message_bytes)
{
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) {
        say(message, message_bytes, "cannot read the certificate", certificate);
        return false;
    }
    if (SSL_CTX_use_PrivateKey_file(context, private_key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        say(message, message_bytes, "cannot use the private key", private_key);
        return false;
    }
    return true;
}

SSL_CTX *tls_context_new(const char *certificate, const char *private_key, char *message, size_t message_bytes)
{
    SSL_CTX *context;

    ERR_clear_error();
    context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || !set_protocol(context)) {
        say(message, message_bytes, "cannot be set up", "TLS");
        SSL_CTX_free(context);
        return NULL;
    }
    if (!load_files(context, certificate, private_key, message, message_bytes)) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

bool tls_has_alpn(const SSL *ssl)
{
    const unsigned char *chosen;
    unsigned bytes;

    SSL_get0_alpn_selected(ssl, &chosen, &bytes);
    return bytes == ALPN_BYTES && memcmp(chosen, ALPN, ALPN_BYTES) == 0;
}

bool wire_check_certificate(const char *certificate, const char *private_key, char *message, size_t message_bytes)
{
    SSL_CTX *context = tls_context_new(certificate, private_key, message, message_bytes);
    const X509 *leaf;
    bool fits = true;

    if (context == NULL)
        return false;
    leaf = SSL_CTX_get0_certificate(context);
    if (X509_cmp_current_time(X509_get0_notBefore(leaf)) > 0) {
        snprintf(message, message_bytes, "%s: the certificate is not valid yet", certificate);
        fits = false;
    } else if (X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0) {
        snprintf(message, message_bytes, "%s: the certificate has expired", certificate);
        fits = false;
    }
    SSL_CTX_free(context);
    return fits;
}
