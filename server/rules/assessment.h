/* Whether an assessment may be taken: every factor that the scorecard asks for, with a value that fits, and every
 * document that the factors and the kind of review ask for, valid today. Source: the regulation's paragraphs on the
 * customer file and the scorecard (RULES.md). */
#ifndef CREDITD_RULES_ASSESSMENT_H
#define CREDITD_RULES_ASSESSMENT_H

#include "common/arena.h"
#include "common/reasons.h"
#include "server/rules/policy.h"

#define DOCUMENT_NUMBER_MAX 100 /* characters */
#define SHA256_DIGITS       64

struct entered_value {
    const char *factor, *value;
};
/* What was seen of a document. */
struct document {
    const char *kind, *number;
    civil_date dated; /* of a statement the end of its period */
    bool ends;        /* the document itself names valid_to */
    civil_date valid_to;
    const char *sha256; /* of the file, hexadecimal; NULL: none */
};
struct assessment_input {
    enum review review;
    const struct entered_value *values;
    size_t value_count;
    const struct document *documents;
    size_t document_count;
    civil_date today; /* in the zone of the branch */
};

#define ASSESSMENT_ARGUMENTS 3
struct assessment_refusal {
    enum reason reason; /* NONE: taken */
    const char *field;
    const char *names[ASSESSMENT_ARGUMENTS], *values[ASSESSMENT_ARGUMENTS]; /* name NULL ends them */
};

/* Texts of a refusal come from `arena`. */
struct assessment_refusal assessment_check(const struct policy *policy, const struct assessment_input *input,
                                           struct arena *arena);
/* The last day on which a document of a kind that the policy has is valid. */
civil_date document_valid_to(const struct policy *policy, const struct document *document);
/* The kind of review when none is named. */
enum review review_of(enum tier tier);

#endif
