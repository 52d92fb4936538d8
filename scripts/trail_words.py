"""Words that the rules of verify_trail.py share."""


class Bad(Exception):
    """Why an event does not hold."""


def is_person(actor: dict) -> bool:
    return actor["kind"] == "slack_user"


def is_system(actor: dict, name: str) -> bool:
    return actor["kind"] == "system" and actor["id"] == name


def same_revision(event: dict, details: dict) -> bool:
    """Whether an event is about the revision of a draft that other details name."""
    return "draftId" in event["details"] and all(
        event["details"].get(key) == details[key] for key in ("draftId", "revision")
    )


def about(event: dict, details: dict, key: str) -> bool:
    return event["details"].get(key) == details[key]


def worker(actor: dict) -> bool:
    return is_system(actor, "incident-worker")


def publisher(actor: dict) -> bool:
    return is_system(actor, "publisher")


def either(*who):
    return lambda actor: any(one(actor) for one in who)


# Who may be the actor of an event, where only one kind of actor ever is.
ACTORS = {
    **dict.fromkeys(
        (
            "INCIDENT_DECLARED INCIDENT_MITIGATED INCIDENT_RESOLVED INCIDENT_REOPENED "
            "INCIDENT_CANCELLED ROLE_ASSIGNED ROLE_HANDED_OVER STATUSPAGE_DRAFT_APPROVED "
            "BREAK_GLASS_USED STATUSPAGE_APPROVAL_DENIED STATUSPAGE_APPROVAL_REJECTED"
        ).split(),
        is_person,
    ),
    **dict.fromkeys(
        (
            "STATUSPAGE_PUBLISH_REFUSED STATUSPAGE_PUBLISH_STARTED STATUSPAGE_PUBLISH_NOT_EXECUTED "
            "STATUSPAGE_PUBLISH_UNCONFIRMED STATUSPAGE_PUBLISHED"
        ).split(),
        publisher,
    ),
    **dict.fromkeys(
        "CHAIN_NOTED STATUSPAGE_OBLIGATION_OPENED STATUSPAGE_OBLIGATION_ESCALATED".split(), worker
    ),
    "STATUSPAGE_OBLIGATION_SETTLED": either(is_person, worker),
    "STATUSPAGE_DRAFT_WITHDRAWN": either(is_person, worker),
    "STATUSPAGE_APPROVAL_ESCALATED": either(worker, lambda actor: actor["kind"] == "schedule"),
    "STATUSPAGE_DRIFT_FOUND": either(worker, publisher),
    "STATUSPAGE_PUBLISH_FAILED": either(is_person, publisher),
}


WORST_FIRST = ("major_outage", "partial_outage", "under_maintenance", "degraded_performance", "operational")


def effect_problem(details: dict, text: dict, first: dict) -> str | None:
    """Approvals of older versions do not say by which effect they were judged."""
    effect = details.get("effect")
    if not effect:
        return None
    states = list(text["components"].values())
    worst = next((state for state in WORST_FIRST if state in states), "operational")
    judged = (effect["impact"], effect["notify"], effect["worstComponent"])
    if judged != (text["impact_override"], text["deliver_notifications"], worst):
        return "it was judged by another effect than its text has"
    declared_by = first["actor"]["id"] if first["type"] == "INCIDENT_DECLARED" else None
    if effect["declaredBy"] != declared_by:
        return "it was judged as declared by somebody else"
    # "P1" is worse than "P4", and sorts before it.
    return "it was judged by a lower severity than its own" if effect["relatedSeverity"] > details["severity"] else None
