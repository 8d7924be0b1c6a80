"""The simulation of a policy through the protocol: all pages of it, and what it says."""


def simulate(client, text, **fields):
    """(all customers, the first page)."""
    page = first = client.do("policy_simulate", text=text, **fields)
    customers = list(page.get("customers", []))
    while "next" in page:
        page = client.do("policy_simulate", text=text, **fields, after=page["next"])
        customers += page.get("customers", [])
    return customers, first


def draft_on(customer, day):
    """((tier, grade) in force, (tier, grade) by the draft) on a date."""
    step = [s for s in customer["steps"] if s["on"] <= day.isoformat()][-1]
    return (step["was_tier"], step.get("was_grade")), (step["draft_tier"], step.get("draft_grade"))


def differing(customers):
    """Numbers of those of whom the draft says something else on the last day than the policy in force."""
    return {c["number"] for c in customers
            if (c["steps"][-1]["draft_tier"], c["steps"][-1].get("draft_grade"))
            != (c["computed_tier"], c.get("computed_grade"))}
