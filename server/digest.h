/* SHA-256 by OpenSSL, which uses the processor's own instructions where there are some: every step is hashed three
 * times and more. One digest at a time, from digest_begin to digest_end; the process has one thread. */
#ifndef CREDITD_DIGEST_H
#define CREDITD_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32

void digest_begin(void);
void digest_add(const void *bytes, size_t size);
void digest_end(uint8_t out[DIGEST_BYTES]);
/* Of these bytes alone. */
void digest_of(const void *bytes, size_t size, uint8_t out[DIGEST_BYTES]);

#endif
