/* CHECK: an assertion that stays on in release builds. For our own mistakes only, never for input. */
#ifndef CREDITD_COMMON_CHECK_H
#define CREDITD_COMMON_CHECK_H

/* Prints place and condition on stderr and aborts. */
_Noreturn void check_failed(const char *file, int line, const char *condition);

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

/* Allocation of small objects whose size no peer decides: the process ends when there is no memory. */
void *xcalloc(unsigned long count, unsigned long size) __attribute__((returns_nonnull, warn_unused_result, malloc));
char *xstrdup(const char *text) __attribute__((returns_nonnull, warn_unused_result));

#endif
