/* Parts of tables, in the order in which a standing is computed. */
#include "client/explain.h"

#include "client/assessment_records.h"
#include "client/output.h"
#include "client/text.h"
#include "client/trade_records.h"

void explain_score(const Creditd__V1__Assessment *assessment)
{
    output_part(_("Score, by the policy in force:"), assessment_scored(assessment), SCORED_COLUMNS);
    output_part(_("Documents:"), assessment_documents(assessment), DOCUMENT_COLUMNS);
}

void explain_outcome(const Creditd__V1__Explanation *explanation)
{
    output_part(_("What comes out:"), explanation_outcome(explanation), NULL);
    output_part(_("Ways to a better grade, the nearest first:"), explanation_lifts(explanation), LIFT_COLUMNS);
    output_part(_("What would raise the score:"), explanation_moves(explanation), MOVE_COLUMNS);
}

void explain_counted(const Creditd__V1__Explanation *explanation)
{
    output_part(explanation->counted_more ? _("Due trades behind the rate, the first of them:")
                                          : _("Due trades behind the rate:"),
                explanation_counted(explanation), COUNTED_COLUMNS);
}

void explain_standing(const Creditd__V1__Explanation *explanation)
{
    output_part(_("Trade:"), explanation_trade(explanation), NULL);
    if (explanation->assessment != NULL)
        explain_score(explanation->assessment);
    explain_outcome(explanation);
    explain_counted(explanation);
}
