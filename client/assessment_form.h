/* The form of an assessment: a text that is printed from the scorecard, filled in, and read again; or the same asked
 * for at the terminal. */
#ifndef CREDITD_CLIENT_ASSESSMENT_FORM_H
#define CREDITD_CLIENT_ASSESSMENT_FORM_H

#include "assessment.pb-c.h"
#include "client/client.h"

/* Prints the form to be filled in, with what may be entered as comments. */
void form_print(const struct client *client, const Creditd__V1__AssessmentFormAnswer *form);
/* Fills values, documents and, if it has one, the kind of review from a file. False: failure is set; mistakes are named
 * by file, line and key. */
bool form_read(struct client *client, const char *path, Creditd__V1__AssessmentEnterRequest *request);
/* Fills values and documents from answers at the terminal; `review` decides which documents are asked for. False:
 * failure is set. */
bool form_ask(struct client *client, const Creditd__V1__AssessmentFormAnswer *form, int review,
              Creditd__V1__AssessmentEnterRequest *request);

/* What may be entered for a factor, in the user's language. */
const char *form_input_text(const struct client *client, const Creditd__V1__Factor *factor);
/* Does the review of that kind ask for a document of a kind? */
bool form_review_needs(const Creditd__V1__AssessmentFormAnswer *form, int review, const char *kind);
/* Adds to a request that has room for it. */
void form_add_value(struct client *client, Creditd__V1__AssessmentEnterRequest *request, const char *factor,
                    const char *value);
Creditd__V1__Document *form_add_document(struct client *client, Creditd__V1__AssessmentEnterRequest *request,
                                         const char *kind);
/* The digest of a document's file, as the protocol writes it. NULL: failure is set. */
char *form_digest(struct client *client, const char *path);

#endif
