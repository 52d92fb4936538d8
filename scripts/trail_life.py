"""Follows an incident and its drafts through a chain: what no honest state accepts."""

RUNNING = ("triggered", "assembling", "active", "assembly_failed")
# Status before, and status after, of what people do.
PASSAGES = {
    "INCIDENT_MITIGATED": (RUNNING, "mitigated"),
    "INCIDENT_RESOLVED": ((*RUNNING, "mitigated"), "resolved"),
    "INCIDENT_REOPENED": (("mitigated", "resolved", "cancelled"), "active"),
    "INCIDENT_CANCELLED": ((*RUNNING, "mitigated"), "cancelled"),
    "INCIDENT_CLOSED": (("resolved", "cancelled"), "closed"),
}
# What the room does to an incident that is not over.
ROOM = {
    "WAR_ROOM_CREATED": (("triggered",), "assembling"),
    "WAR_ROOM_ASSEMBLED": (RUNNING, "active"),
    "ASSEMBLY_FAILED": (("triggered", "assembling"), "assembly_failed"),
}
OPENINGS = ("INCIDENT_OPENED", "INCIDENT_DECLARED")


class Life:
    """Status, commander, worst severity and page of one incident."""

    def __init__(self):
        self.opened = False
        # By the event that changes it.
        self.called = {"TITLE_CHANGED": None, "SERVICE_CHANGED": None}
        self.now = {"status": "triggered", "worstSeverity": None, "ic": None, "page": None, "openPublicationId": None}

    def next(self, event: dict) -> str | None:
        reason = self.refusal(event)
        self.follow(event)
        repeated = event["details"].get("checkpoint")
        if reason or repeated is None:
            return reason
        page = repeated["page"] and {key: repeated["page"][key] for key in ("statuspageIncidentId", "publicationId")}
        same = {**{key: repeated[key] for key in self.now}, "page": page} == self.now
        return None if same else "its checkpoint is not what came before it"

    def refusal(self, event: dict) -> str | None:
        kind, details, leader, status = event["type"], event["details"], self.now["ic"], self.now["status"]
        if kind in PASSAGES and status not in PASSAGES[kind][0]:
            return f"an incident that is {status} does not take {kind}"
        if kind in OPENINGS and self.opened:
            return "the incident was opened before"
        if kind in self.called and self.called[kind] != details["from"]:
            return f"before it the incident had another {'title' if kind == 'TITLE_CHANGED' else 'service'}"
        says = {
            "ROLE_ASSIGNED": leader is None or leader == details.get("slackUserId"),
            "ROLE_HANDED_OVER": leader == details.get("from"),
            "STATUSPAGE_DRAFT_APPROVED": details.get("incidentCommander", leader) == leader
            and (leader == event["actor"]["id"] or "p2-p4-incident-commander" not in details.get("policyIds", ())),
        }
        if says.get(kind, True):
            return None
        return f"by the events before it {leader or 'nobody'} was incident commander"

    def follow(self, event: dict) -> None:
        kind, details, now = event["type"], event["details"], self.now
        if kind in OPENINGS:
            self.opened = True
            now["worstSeverity"] = details["severity"]
            self.called = {"TITLE_CHANGED": details["title"], "SERVICE_CHANGED": details["service"]}
        if kind in self.called:
            self.called[kind] = details["to"]
        if kind in PASSAGES:
            now["status"] = PASSAGES[kind][1]
        if kind in ROOM and now["status"] in ROOM[kind][0]:
            now["status"] = ROOM[kind][1]
        if kind == "SEVERITY_CHANGED":
            # "P1" is worse than "P4", and sorts before it.
            now["worstSeverity"] = min(now["worstSeverity"] or details["to"], details["to"])
        if kind == "INCIDENT_DECLARED":
            now["ic"] = event["actor"]["id"]
        if kind == "ROLE_ASSIGNED":
            now["ic"] = details["slackUserId"]
        if kind == "ROLE_HANDED_OVER":
            now["ic"] = details["to"]
        self.follow_page(kind, details)

    def follow_page(self, kind: str, details: dict) -> None:
        if kind == "STATUSPAGE_PUBLISH_STARTED":
            self.now["openPublicationId"] = details["publicationId"]
        over = ("STATUSPAGE_PUBLISH_NOT_EXECUTED", "STATUSPAGE_PUBLISH_FAILED", "STATUSPAGE_PUBLISHED")
        if kind in over and self.now["openPublicationId"] == details["publicationId"]:
            self.now["openPublicationId"] = None
        if kind == "STATUSPAGE_PUBLISHED":
            self.now["page"] = {key: details[key] for key in ("statuspageIncidentId", "publicationId")}


UNDECIDED = ("waiting", "agreed")
OUT = ("sent", "unclear")
# In which state each event finds its revision, and the state afterwards (None: see follow).
MOVES = {
    "STATUSPAGE_DRAFT_APPROVED": (("waiting",), None),
    "BREAK_GLASS_USED": (("waiting",), None),
    "STATUSPAGE_APPROVAL_REJECTED": (UNDECIDED, "rejected"),
    "STATUSPAGE_DRAFT_WITHDRAWN": (UNDECIDED, "withdrawn"),
    "STATUSPAGE_PUBLISH_STARTED": (UNDECIDED, "sent"),
    "STATUSPAGE_PUBLISH_NOT_EXECUTED": (OUT, "agreed"),
    "STATUSPAGE_PUBLISH_UNCONFIRMED": (OUT, "unclear"),
    "STATUSPAGE_PUBLISH_FAILED": ((*OUT, "agreed"), "failed"),
}
OF_ATTEMPT = ("STATUSPAGE_PUBLISH_NOT_EXECUTED", "STATUSPAGE_PUBLISH_UNCONFIRMED", "STATUSPAGE_PUBLISH_FAILED")


class Drafts:
    """How each revision of each draft stands."""

    def __init__(self):
        self.drafts: dict = {}

    def next(self, event: dict) -> str | None:
        kind, details = event["type"], event["details"]
        if kind in ("STATUSPAGE_DRAFT_CREATED", "STATUSPAGE_DRAFT_REVISED"):
            return self.written(kind, details)
        if "draftId" not in details:
            return None
        revisions = self.drafts.get(details["draftId"], [])
        number = details.get("revision", 0)
        way = revisions[number - 1] if 1 <= number <= len(revisions) else None
        move = MOVES.get(kind)
        if kind == "STATUSPAGE_APPROVAL_EXPIRED" and details["of"] == "draft":
            move = (("waiting",), "expired")
        if way is None:
            return "it is about a revision that is not on the trail before it" if move else None
        if move and way["stand"] not in move[0]:
            return f"a revision that is {way['stand']} does not take {kind}"
        if kind in OF_ATTEMPT and details["attemptId"] != way["attempt"]:
            return "it is about another attempt"
        self.follow(way, event, move)
        return None

    def written(self, kind: str, details: dict) -> str | None:
        revisions = self.drafts.setdefault(details["draftId"], [])
        is_first = kind == "STATUSPAGE_DRAFT_CREATED"
        if details["revision"] != len(revisions) + 1 or is_first == bool(revisions):
            return "it is not the next revision"
        if revisions and revisions[-1]["stand"] not in UNDECIDED:
            return f"a revision that is {revisions[-1]['stand']} is not written again"
        if revisions:
            revisions[-1]["stand"] = "superseded"
        revisions.append({"stand": "waiting", "agreed": {}, "attempt": None})
        return None

    def follow(self, way: dict, event: dict, move: tuple | None) -> None:
        kind, details = event["type"], event["details"]
        if kind == "STATUSPAGE_DRAFT_APPROVED":
            way["agreed"][event["actor"]["id"]] = details
            given = way["agreed"].values()
            alone = any(approval.get("breakGlass") for approval in given)
            if alone or len(given) >= max(approval["requiredApprovals"] for approval in given):
                way["stand"] = "agreed"
        elif kind == "STATUSPAGE_PUBLISH_REFUSED" and way["stand"] in UNDECIDED:
            way["stand"] = "failed" if details["kind"] == "integrity" else "waiting"
            way["agreed"].clear()
        elif kind == "STATUSPAGE_PUBLISHED":
            way["stand"] = "published"
        elif move and move[1]:
            way["stand"] = move[1]
        if kind == "STATUSPAGE_PUBLISH_STARTED":
            way["attempt"] = details["attemptId"]


class Obligations:
    """Whether people are asked to put the page right."""

    def __init__(self):
        self.is_open = False
        self.page = None

    def next(self, event: dict) -> str | None:
        kind, details = event["type"], event["details"]
        was_open = self.is_open
        if kind == "STATUSPAGE_PUBLISHED":
            self.page = details["statuspageIncidentId"]
        if kind == "STATUSPAGE_OBLIGATION_OPENED":
            self.is_open = True
            if was_open:
                return "an obligation is open before it"
            if self.page is None or self.page != details["statuspageIncidentId"]:
                return "it names another incident on the page than was published"
        if kind in ("STATUSPAGE_OBLIGATION_ESCALATED", "STATUSPAGE_OBLIGATION_SETTLED"):
            self.is_open = was_open and kind == "STATUSPAGE_OBLIGATION_ESCALATED"
            return None if was_open else "no obligation is open before it"
        return None
