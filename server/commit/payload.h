/* Payloads of events: JSON in one canonical text, since its bytes are hashed. */
#ifndef CREDITD_COMMIT_PAYLOAD_H
#define CREDITD_COMMIT_PAYLOAD_H

#include <jansson.h>

#include "common/arena.h"
#include "common/civil.h"
#include "common/vocabulary.h"
#include "server/rules/model.h"

/* Encodes and releases `object`; the text is in `arena`. CHECKs that every text in it is UTF-8. */
const char *payload_text(struct arena *arena, json_t *object);
/* Sets a key: a word (nothing for 0 or a number without a word), a civil date, a whole number. */
void payload_word(json_t *object, const char *key, const struct word *words, int number);
void payload_date(json_t *object, const char *key, civil_date date);
void payload_int(json_t *object, const char *key, int64_t value);

/* Notes when the step that this event ends was due (0: nothing), and that it is late. */
void payload_due_before(json_t *object, int64_t due, int64_t now);
/* Notes who has been asked for an opinion by a change of the case, or whose is waited for no longer after it. */
void payload_assistant(json_t *object, const struct application *before, const struct application *after);
/* That an extension was asked for, and is waited for no longer. */
void payload_extension_ended(json_t *object, const struct application *before, const struct application *after);

#endif
