/* Makes EC P-256 keys and X.509 certificates with OpenSSL. Each file appears whole: written beside its place, synced,
 * moved there. The key always comes before its certificate, so a pair that does not fit is a start that was broken off.
 */
#include "server/certificates.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

#define CA_DAYS     3652
#define LEAF_DAYS   365
#define RENEW_DAYS  30
#define DAY_S       (24L * 3600L)
#define SERIAL_BITS 127

struct maker {
    char *message;
    size_t message_bytes;
    struct certificates *paths;
    char ca_key[CERTIFICATE_PATH_BYTES];
    char host[256]; /* that the leaf must name besides the usual ones; "": none */
    X509 *ca, *leaf;
    EVP_PKEY *ca_private, *leaf_private;
};

static bool fail(struct maker *maker, const char *what, const char *path)
{
    unsigned long error = ERR_peek_error();
    const char *reason = error != 0 ? ERR_reason_error_string(error) : strerror(errno);

    snprintf(maker->message, maker->message_bytes, "%s: %s: %s", path, what, reason == NULL ? "unknown error" : reason);
    ERR_clear_error();
    return false;
}

/* ---- files ---- */

static bool sync_and_move(FILE *file, bool encoded, const char *fresh, const char *path)
{
    bool written = encoded && fflush(file) == 0 && fsync(fileno(file)) == 0;

    if (fclose(file) != 0 || !written || rename(fresh, path) != 0) {
        unlink(fresh);
        return false;
    }
    return true;
}

static bool write_pem(struct maker *maker, const char *path, X509 *certificate, EVP_PKEY *key)
{
    char fresh[CERTIFICATE_PATH_BYTES + 8];
    FILE *file;
    bool encoded;
    int fd;

    snprintf(fresh, sizeof fresh, "%s.new", path);
    unlink(fresh);
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, key != NULL ? 0600 : 0644);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        if (fd >= 0)
            close(fd);
        return fail(maker, "cannot be written", fresh);
    }
    encoded = key != NULL ? PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1
                          : PEM_write_X509(file, certificate) == 1;
    return sync_and_move(file, encoded, fresh, path) || fail(maker, "cannot be written", path);
}

/* NULL when the file is missing or is none. */
static X509 *read_certificate(const char *path)
{
    FILE *file = fopen(path, "re");
    X509 *certificate = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);

    if (file != NULL)
        fclose(file);
    ERR_clear_error();
    return certificate;
}

static EVP_PKEY *read_key(const char *path)
{
    FILE *file = fopen(path, "re");
    char no_passphrase[] = "";
    EVP_PKEY *key = file == NULL ? NULL : PEM_read_PrivateKey(file, NULL, NULL, no_passphrase);

    if (file != NULL)
        fclose(file);
    ERR_clear_error();
    return key;
}

/* ---- certificates ---- */

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;
    bool added;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool set_serial(X509 *certificate)
{
    BIGNUM *number = BN_new();
    bool set = number != NULL && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
               BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;

    BN_free(number);
    return set;
}

/* A certificate without extensions and signature. It starts an hour ago, for clients whose clocks are behind. */
static X509 *new_certificate(const char *name, EVP_PKEY *key, X509_NAME *issuer, long days)
{
    X509 *certificate = X509_new();
    X509_NAME *subject = certificate == NULL ? NULL : X509_get_subject_name(certificate);

    if (subject != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), days * DAY_S) != NULL &&
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) == 1 &&
        X509_set_issuer_name(certificate, issuer == NULL ? subject : issuer) == 1 &&
        X509_set_pubkey(certificate, key) == 1)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static bool make_ca(struct maker *maker)
{
    maker->ca_private = EVP_EC_gen("P-256");
    maker->ca = maker->ca_private == NULL ? NULL : new_certificate("creditd CA", maker->ca_private, NULL, CA_DAYS);
    if (maker->ca == NULL ||
        !add_extension(maker->ca, maker->ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
        !add_extension(maker->ca, maker->ca, NID_key_usage, "critical,keyCertSign,cRLSign") ||
        !add_extension(maker->ca, maker->ca, NID_subject_key_identifier, "hash") ||
        X509_sign(maker->ca, maker->ca_private, EVP_sha256()) == 0)
        return fail(maker, "cannot be made", maker->paths->ca);
    log_info("made a certificate authority, %s", maker->paths->ca);
    return write_pem(maker, maker->ca_key, NULL, maker->ca_private) &&
           write_pem(maker, maker->paths->ca, maker->ca, NULL);
}

static bool have_ca(struct maker *maker)
{
    maker->ca = read_certificate(maker->paths->ca);
    if (maker->ca == NULL && access(maker->paths->ca, F_OK) != 0)
        return make_ca(maker);
    maker->ca_private = read_key(maker->ca_key);
    if (maker->ca != NULL && maker->ca_private != NULL && X509_check_private_key(maker->ca, maker->ca_private) == 1)
        return true;
    errno = EINVAL;
    return fail(maker, "does not fit ca.key beside it; remove both to make a new authority", maker->paths->ca);
}

static bool is_address(const char *host)
{
    uint8_t bytes[16];

    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static bool make_leaf(struct maker *maker)
{
    char names[512];
    X509 *leaf;

    snprintf(names, sizeof names, "DNS:localhost,IP:127.0.0.1,IP:::1%s%s",
             maker->host[0] == '\0'    ? ""
             : is_address(maker->host) ? ",IP:"
                                       : ",DNS:",
             maker->host);
    maker->leaf_private = EVP_EC_gen("P-256");
    maker->leaf = leaf = maker->leaf_private == NULL ? NULL
                                                     : new_certificate("creditd", maker->leaf_private,
                                                                       X509_get_subject_name(maker->ca), LEAF_DAYS);
    if (leaf == NULL || !add_extension(leaf, maker->ca, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(leaf, maker->ca, NID_key_usage, "critical,digitalSignature") ||
        !add_extension(leaf, maker->ca, NID_ext_key_usage, "serverAuth") ||
        !add_extension(leaf, maker->ca, NID_subject_key_identifier, "hash") ||
        !add_extension(leaf, maker->ca, NID_authority_key_identifier, "keyid") ||
        !add_extension(leaf, maker->ca, NID_subject_alt_name, names) ||
        X509_sign(leaf, maker->ca_private, EVP_sha256()) == 0)
        return fail(maker, "cannot be made", maker->paths->server);
    log_info("made a server certificate for %s", names);
    return write_pem(maker, maker->paths->server_key, NULL, maker->leaf_private) &&
           write_pem(maker, maker->paths->server, leaf, NULL);
}

static bool names_host(X509 *leaf, const char *host)
{
    if (host[0] == '\0')
        return true;
    return is_address(host) ? X509_check_ip_asc(leaf, host, 0) == 1 : X509_check_host(leaf, host, 0, 0, NULL) == 1;
}

static bool leaf_is_good(struct maker *maker)
{
    const char *path = maker->paths->server;
    time_t soon = time(NULL) + RENEW_DAYS * DAY_S;
    EVP_PKEY *key = read_key(maker->paths->server_key);
    X509 *leaf = read_certificate(path);
    bool good = leaf != NULL && key != NULL && X509_check_private_key(leaf, key) == 1 &&
                X509_verify(leaf, maker->ca_private) == 1 && X509_cmp_time(X509_get0_notAfter(leaf), &soon) > 0 &&
                names_host(leaf, maker->host);

    ERR_clear_error();
    EVP_PKEY_free(key);
    X509_free(leaf);
    return good;
}

/* The host as it may stand in a certificate; for "any address" the name of this machine. */
static void choose_host(struct maker *maker, const char *listen_host)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-";
    bool any = listen_host[0] == '\0' || strcmp(listen_host, "0.0.0.0") == 0 || strcmp(listen_host, "::") == 0;

    if (!any)
        snprintf(maker->host, sizeof maker->host, "%s", listen_host);
    else if (gethostname(maker->host, sizeof maker->host - 1) != 0)
        maker->host[0] = '\0';
    if (strcmp(maker->host, "localhost") == 0 || strcmp(maker->host, "127.0.0.1") == 0 ||
        strcmp(maker->host, "::1") == 0)
        maker->host[0] = '\0'; /* named anyway */
    if (maker->host[strspn(maker->host, letters)] != '\0' ||
        (strchr(maker->host, ':') != NULL && !is_address(maker->host)))
        maker->host[0] = '\0';
}

static bool find_paths(struct maker *maker, const char *directory)
{
    char place[CERTIFICATE_PATH_BYTES];
    int length = snprintf(place, sizeof place, "%s/tls", directory);

    if (length < 0 || (size_t)length + sizeof "/server.key" > sizeof place) {
        errno = ENAMETOOLONG;
        return fail(maker, "no place for certificates", directory);
    }
    if (mkdir(place, 0755) != 0 && errno != EEXIST)
        return fail(maker, "cannot be made", place);
    snprintf(maker->paths->ca, CERTIFICATE_PATH_BYTES, "%.300s/ca.pem", place);
    snprintf(maker->ca_key, CERTIFICATE_PATH_BYTES, "%.300s/ca.key", place);
    snprintf(maker->paths->server, CERTIFICATE_PATH_BYTES, "%.300s/server.pem", place);
    snprintf(maker->paths->server_key, CERTIFICATE_PATH_BYTES, "%.300s/server.key", place);
    return true;
}

bool certificates_prepare(const char *directory, const char *listen_host, struct certificates *out, char *message,
                          size_t message_bytes)
{
    struct maker maker = {.message = message, .message_bytes = message_bytes, .paths = out};
    bool done;

    ERR_clear_error();
    choose_host(&maker, listen_host);
    done = find_paths(&maker, directory) && have_ca(&maker) && (leaf_is_good(&maker) || make_leaf(&maker));
    X509_free(maker.ca);
    X509_free(maker.leaf);
    EVP_PKEY_free(maker.ca_private);
    EVP_PKEY_free(maker.leaf_private);
    return done;
}
