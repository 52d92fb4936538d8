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
