/* One context for all digests; the algorithm is looked up once. */
#include "server/digest.h"

#include <openssl/evp.h>

#include "common/check.h"

static EVP_MD_CTX *context;

void digest_begin(void)
{
    static const EVP_MD *sha256;

    if (context == NULL) {
        sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
        context = EVP_MD_CTX_new();
        CHECK(sha256 != NULL && context != NULL);
    }
    CHECK(EVP_DigestInit_ex2(context, sha256, NULL) == 1);
}

void digest_add(const void *bytes, size_t size)
{
    CHECK(EVP_DigestUpdate(context, bytes, size) == 1);
}

void digest_end(uint8_t out[DIGEST_BYTES])
{
    CHECK(EVP_DigestFinal_ex(context, out, NULL) == 1);
}

void digest_of(const void *bytes, size_t size, uint8_t out[DIGEST_BYTES])
{
    digest_begin();
    digest_add(bytes, size);
    digest_end(out);
}
