"""The rules by which verify_trail.py judges one chain: who may act, what was signed, in which order.

Written from the rules themselves and not from the product's code, so that a mistake there is not
repeated here.
"""

import base64
import hashlib
import json
from datetime import datetime

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from trail_life import Drafts, Life, Obligations
from trail_words import ACTORS, Bad, about, effect_problem, same_revision

REVISIONS = ("STATUSPAGE_DRAFT_CREATED", "STATUSPAGE_DRAFT_REVISED")
APPROVED, PUBLISHED = "STATUSPAGE_DRAFT_APPROVED", "STATUSPAGE_PUBLISHED"
STARTED, REFUSED = "STATUSPAGE_PUBLISH_STARTED", "STATUSPAGE_PUBLISH_REFUSED"
NOT_EXECUTED, UNCONFIRMED = "STATUSPAGE_PUBLISH_NOT_EXECUTED", "STATUSPAGE_PUBLISH_UNCONFIRMED"
FAILED = "STATUSPAGE_PUBLISH_FAILED"
ENDS = {
    "STATUSPAGE_APPROVAL_REJECTED": "rejected",
    "STATUSPAGE_DRAFT_WITHDRAWN": "withdrawn",
    PUBLISHED: "published",
    FAILED: "failed",
}
SEVERITIES = ("P1", "P2", "P3", "P4")


def canonical_sha256(value) -> str:
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def text_sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def epoch_s(at: str) -> int:
    return int(datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp() // 1)


def base32_id(parts: list) -> str:
    """The first 80 bits of SHA-256 of the parts as JSON, in lower-case base32."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.b32encode(hashlib.sha256(text.encode()).digest()[:10]).decode().lower()


def public_key(pem: str) -> ec.EllipticCurvePublicKey:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise ValueError("expected a P-256 public key")
    return key


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def payload_of(jws: str) -> dict:
    """What a signature says it covers, without proof."""
    try:
        said = json.loads(decoded(jws.split(".")[1]))
    except (ValueError, IndexError):
        return {}
    return said if isinstance(said, dict) else {}


class Rules:
    """Judges the events of one chain, in order; each `check` raises Bad or accepts."""

    def __init__(self, name: str, keys: dict):
        self.is_incident = name.startswith("inc-")
        self.keys = keys
        self.before: list = []
        self.valid: set = set()
        self.replays = [Life(), Drafts(), Obligations()] if self.is_incident else []

    def check(self, event: dict) -> None:
        try:
            # Both are followed in any case, so that one mistake is not the cause of others.
            found = [replay.next(event) for replay in self.replays]
            self.check_alone(event)
            check = getattr(self, f"check_{event['type'].lower()}", None)
            if check:
                check(event, event["details"])
            for reason in filter(None, found):
                raise Bad(reason)
        finally:
            self.before.append(event)

    # What an event says by itself.

    def check_alone(self, event: dict) -> None:
        kind, details, actor = event["type"], event["details"], event["actor"]
        if kind in ACTORS and not ACTORS[kind](actor):
            raise Bad(f"{kind} cannot be the act of its actor")
        if event["seq"] == 1 and self.is_incident:
            self.check_opening(event)
        if kind == "CHECKLIST_ITEM_UPDATED" and details["done"]:
            if details["item"].startswith(f"Review the break-glass approval by @{actor['id']} (revision "):
                raise Bad("whoever broke the glass reviewed it themselves")
        if kind == "STATUSPAGE_DRAFT_WITHDRAWN" and ("because" in details) == (actor["kind"] == "slack_user"):
            raise Bad("it cannot be the act of its actor")
        if kind == "STATUSPAGE_OBLIGATION_SETTLED" and (details["how"] == "kept") != (actor["kind"] == "slack_user"):
            raise Bad("only a person leaves the page as it is, and nothing else about it")
        if kind in REVISIONS:
            request = {key: details["request"][key] for key in ("method", "path", "body")}
            if canonical_sha256({**request, "basedOn": details["basedOn"]}) != details["digest"]:
                raise Bad("its digest is not that of its text")
            name = text_sha256(f"{details['draftId']}#{details['revision']}")[:20]
            if details["publicationId"] != f"pub-{name}":
                raise Bad("its publication id is not that of its revision")

    def check_opening(self, event: dict) -> None:
        """The first event is the claim on the incident's id, which names what opened it."""
        if event["type"] == "INCIDENT_DECLARED":
            return
        if event["type"] != "INCIDENT_OPENED":
            raise Bad("an incident cannot begin with this event")
        details = event["details"]
        storm = "storm" in details
        # A storm keeps the source of its first alert; its id follows from the storm's own name.
        parts = ["storm" if storm else details["source"], details["group"], details["episode"]]
        of_service = not storm or details["group"].startswith(f"storm:{details['service'] or ''}:")
        if f"inc-{base32_id(parts)}" != event["incidentId"] or not of_service:
            raise Bad(f"the incident id is not that of its {'storm' if storm else 'alert group'}")

    # What was signed.

    def verified(self, jws: str, key: str, typ: str, what: str) -> dict:
        try:
            head, payload, signature = jws.split(".")
            header, raw = json.loads(decoded(head)), decoded(signature)
            if (header["alg"], header["typ"]) != ("ES256", f"incident-response-{typ}+jwt"):
                raise ValueError("another kind of token")
            if header.get("kid") != self.keys.get("ids", {}).get(key, header.get("kid")) or len(raw) != 64:
                raise ValueError("another key")
            halves = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
            signed = f"{head}.{payload}".encode()
            public_key(self.keys[key]).verify(encode_dss_signature(*halves), signed, ec.ECDSA(SHA256()))
            return dict(json.loads(decoded(payload)))
        except (InvalidSignature, ValueError, KeyError, TypeError) as error:
            raise Bad(f"its {what} is not by the {key} key") from error

    def revision(self, details: dict) -> dict | None:
        return next((e for e in self.before if e["type"] in REVISIONS and same_revision(e, details)), None)

    def check_statuspage_draft_approved(self, event: dict, details: dict) -> None:
        claims = self.verified(details["approvalJws"], "approval", "approval", "signature")
        facts = {
            **{key: event[key] for key in ("incidentId", "seq", "prevHash")},
            "decision": "approve",
            **{key: details[key] for key in ("draftId", "revision", "digest", "action", "severity")},
            **{key: details[key] for key in ("requiredApprovals", "policyDigest", "slackRequestSha256")},
            "breakGlass": details.get("breakGlass"),
            "exp": epoch_s(details["expiresAt"]),
            "jti": event["commandId"],
        }
        if claims["approver"].split(":")[-1] != event["actor"]["id"]:
            raise Bad("its signature covers another approver")
        if "factSha256" in claims:
            # A checkpoint is added to an event after it was signed.
            rest = {key: value for key, value in details.items() if key not in ("approvalJws", "checkpoint")}
            fact = {"at": event["at"], "actor": event["actor"], "details": rest}
            facts["factSha256"] = canonical_sha256(fact)
        self.compare(claims, facts)
        if claims["iat"] != epoch_s(event["at"]):
            raise Bad("its signature covers another at")
        revision = self.revision(details)
        if not revision:
            raise Bad("it approves a revision that is not on the trail before it")
        draft = revision["details"]
        if any(details[key] != draft[key] for key in ("digest", "action")):
            raise Bad("it approves another text")
        if details["publicationId"] != draft["publicationId"]:
            raise Bad("it approves another publication")
        if details["severity"] != self.worst_severity():
            raise Bad("it was judged by a lower severity")
        if claims["excludedAuthors"] != draft["authors"]:
            raise Bad("its signature covers other authors")
        if claims["pageId"] != draft["request"]["path"].split("/")[2]:
            raise Bad("its signature covers another page")
        effect = effect_problem(details, draft["request"]["body"]["incident"], self.before[0])
        if effect:
            raise Bad(effect)
        self.check_glass(event, claims)
        self.valid.add(event["seq"])

    def compare(self, claims: dict, facts: dict) -> None:
        for name, value in facts.items():
            if claims.get(name) != value:
                raise Bad(f"its signature covers another {name}")

    def worst_severity(self) -> str | None:
        had = [e["details"]["severity"] for e in self.before if e["type"] in ("INCIDENT_OPENED", "INCIDENT_DECLARED")]
        had += [e["details"]["to"] for e in self.before if e["type"] == "SEVERITY_CHANGED"]
        return min(had, key=SEVERITIES.index, default=None)

    def check_glass(self, event: dict, claims: dict) -> None:
        """Whoever approved alone must have said why before, by the same click on the same text."""
        details = event["details"]
        if details.get("breakGlass") is not True:
            if "breakGlassReasonSha256" in claims:
                raise Bad("its signature covers a reason that it does not name")
            return
        broken = None
        for earlier in self.before:
            if not same_revision(earlier, details):
                continue
            click = earlier["details"].get("slackRequestSha256") == details["slackRequestSha256"]
            if earlier["type"] == "BREAK_GLASS_USED" and click:
                broken, refused = earlier, False
            elif earlier["type"] == REFUSED:
                refused = True
        if not broken:
            raise Bad("nobody broke the glass before it")
        if broken["actor"]["id"] != event["actor"]["id"]:
            raise Bad("another person broke the glass before it")
        if broken["details"]["digest"] != details["digest"]:
            raise Bad("the glass was broken for another text")
        if text_sha256(broken["details"]["reason"]) != claims.get("breakGlassReasonSha256"):
            raise Bad("its signature covers another reason")
        if refused:
            raise Bad("publishing was refused after the glass was broken")

    def check_statuspage_published(self, event: dict, details: dict) -> None:
        claims = self.verified(details["publicationJws"], "publication", "publication", "signature")
        unsigned = ("publicationJws", "receiptJws", "link", "checkpoint")
        facts = {key: value for key, value in details.items() if key not in unsigned}
        place = {key: event[key] for key in ("incidentId", "seq", "prevHash")}
        self.compare(claims, {**place, **facts, "jti": event["commandId"]})
        if claims["iat"] != epoch_s(event["at"]):
            raise Bad("its signature covers another at")
        revision = self.revision(details)
        if not revision:
            raise Bad("it publishes a revision that is not on the trail before it")
        if claims["pageId"] != revision["details"]["request"]["path"].split("/")[2]:
            raise Bad("its signature covers another page")
        same = ("draftId", "revision", "attemptId", "attempt", "publicationId", "digest")
        if not any(all(start["details"][key] == details[key] for key in same) for start in self.all(STARTED)):
            raise Bad("no attempt of that id and text was started before it")
        if any(e["details"]["publicationId"] == details["publicationId"] for e in self.all(PUBLISHED)):
            raise Bad("its publication was published before")
        if "receiptJws" in details:
            self.check_receipt(event, details, claims)

    def all(self, kind: str) -> list:
        return [event for event in self.before if event["type"] == kind]

    # The receipt says nothing but what the trail says.

    def check_receipt(self, event: dict, details: dict, own: dict) -> None:
        receipt = self.verified(details["receiptJws"], "publication", "receipt", "receipt")
        revision = self.revision(details)
        start = [e for e in self.all(STARTED) if e["details"]["attemptId"] == details["attemptId"]][-1]
        draft = revision["details"]
        ai = draft["ai"] and {key: draft["ai"][key] for key in ("modelId", "promptVersion")}
        now = ai and {**ai, "revision": draft["revision"]}
        expected = {
            "v": 1,
            **{key: own[key] for key in ("deployment", "pageId")},
            **{key: draft[key] for key in ("publicationId", "draftId", "revision", "action")},
            **{key: draft[key] for key in ("request", "basedOn", "digest")},
            **{key: details[key] for key in ("attempt", "attemptId", "adopted", "statuspageIncidentId")},
            **{key: details[key] for key in ("link", "pageDigest")},
            "incidentId": event["incidentId"],
            "drafted": {
                "at": revision["at"],
                **{key: draft[key] for key in ("authors", "origin")},
                "ai": now or draft.get("aiBefore"),
                "editedAfterAi": not now and "aiBefore" in draft,
            },
            "approvals": [self.in_receipt(each, receipt) for each in self.standing(start)],
            "startedAt": start["at"],
            "publishedAt": event["at"],
            "chain": {
                "revision": {key: revision[key] for key in ("seq", "hash")},
                "started": {key: start[key] for key in ("seq", "hash")},
                "published": {key: event[key] for key in ("seq", "prevHash")},
            },
            "iat": epoch_s(event["at"]),
            "jti": f"{details['publicationId']}#{details['attempt']}#receipt",
        }
        if set(receipt) != set(expected):
            raise Bad("its receipt is not readable")
        for name in receipt:
            if canonical_sha256(receipt[name]) != canonical_sha256(expected[name]):
                raise Bad(f"its receipt says another {name}")

    def standing(self, start: dict) -> list:
        """The newest approval of each person, none before the last refusal, when the attempt started."""
        given: dict = {}
        for event in self.before:
            if event["seq"] >= start["seq"]:
                break
            if not same_revision(event, start["details"]):
                continue
            if event["type"] == REFUSED:
                given.clear()
            if event["type"] == APPROVED:
                given.pop(event["actor"]["id"], None)
                given[event["actor"]["id"]] = event
        return list(given.values())

    def in_receipt(self, event: dict, receipt: dict) -> dict:
        details = event["details"]
        given = next((each for each in receipt["approvals"] if each["seq"] == event["seq"]), {})
        # Left out when there was no room; the trail has them.
        short = given.get("approvalJws", "") is None and given.get("rule", "") is None
        glass = [
            earlier
            for earlier in self.all("BREAK_GLASS_USED")
            if earlier["seq"] < event["seq"]
            and earlier["actor"]["id"] == event["actor"]["id"]
            and same_revision(earlier, details)
        ]
        place = {key: glass[-1][key] for key in ("seq", "hash")} if glass else None
        reason = glass[-1]["details"]["reason"] if glass else ""
        return {
            "approver": payload_of(details["approvalJws"]).get("approver"),
            "roles": details["approverRoles"],
            "rule": None if short else details.get("rule"),
            **{key: details[key] for key in ("policyIds", "policyDigest", "severity", "expiresAt")},
            **{key: event[key] for key in ("at", "seq", "hash")},
            "approvalJws": None if short else details["approvalJws"],
            "breakGlass": {"reason": reason, "place": place} if details.get("breakGlass") else None,
        }

    # Before an attempt, and after one that was not found.

    def check_statuspage_publish_started(self, event: dict, details: dict) -> None:
        revision = self.revision(details)
        if not revision:
            raise Bad("it publishes a revision that is not on the trail before it")
        if any(details[key] != revision["details"][key] for key in ("digest", "publicationId")):
            raise Bad("it publishes another text than its revision")
        after = [earlier for earlier in self.before if earlier["seq"] > revision["seq"]]
        for later in after:
            if later["type"] in REVISIONS and later["details"]["draftId"] == details["draftId"]:
                raise Bad("its revision was superseded before")
            if same_revision(later, details) and later["type"] in ENDS:
                raise Bad(f"its revision was {ENDS[later['type']]} before")
        started: set = set()
        for earlier in self.before:
            if earlier["type"] == STARTED:
                started.add(earlier["details"]["publicationId"])
            elif earlier["type"] in (NOT_EXECUTED, FAILED, PUBLISHED):
                started.discard(earlier["details"]["publicationId"])
        if started:
            raise Bad("another attempt had not ended")
        newest = self.all(PUBLISHED)[-1:]
        if (newest[0]["details"]["publicationId"] if newest else None) != revision["details"]["basedOn"]:
            raise Bad("something was published since it was written")
        self.check_place(revision["details"], newest[0] if newest else None)
        self.check_approvals(event)

    def check_place(self, draft: dict, newest: dict | None) -> None:
        """A text goes to the incident that is on the page, or says which removed one it replaces."""
        on_page = newest and newest["details"]["statuspageIncidentId"]
        removals: list = []
        gone = False
        for event in self.all("STATUSPAGE_DRIFT_FOUND"):
            told = event["details"]
            if not newest or event["seq"] < newest["seq"] or told["statuspageIncidentId"] != on_page:
                continue
            gone = gone and told["kind"] != "returned"
            if told["kind"] == "removed" and told.get("whole"):
                gone = True
                removals.append(event["seq"])
        removals = removals if gone else []
        replaces = draft.get("replaces")
        if draft["request"]["method"] == "PATCH":
            if not draft["request"]["path"].endswith(f"/incidents/{on_page}"):
                raise Bad("it adds to another incident")
            if removals:
                raise Bad("it adds to an incident that was removed")
        elif not removals:
            if replaces:
                raise Bad("it replaces an incident that was not removed")
            if on_page is not None:
                raise Bad("it opens a second incident on the page")
        elif not replaces or (replaces["statuspageIncidentId"], replaces["removedSeq"] in removals) != (on_page, True):
            raise Bad("it does not say which removed incident it replaces")

    def check_approvals(self, event: dict) -> None:
        standing = self.standing(event)
        counted = [e for e in standing if e["seq"] in self.valid and e["details"]["expiresAt"] > event["at"]]
        if any(approval["details"].get("breakGlass") for approval in counted):
            return
        ordinary = [approval for approval in standing if not approval["details"].get("breakGlass")]
        needed = max([1, *(approval["details"]["requiredApprovals"] for approval in ordinary)])
        had = sum(approval in counted for approval in ordinary)
        if had < needed:
            raise Bad(f"it needed {needed} valid approval(s) and had {had}")

    def check_statuspage_publish_not_executed(self, event: dict, details: dict) -> None:
        """One absence of a publication is made good without a person, if the record shows the looks."""
        claimed = details.get("absentLooks")
        if claimed is None:
            return
        if claimed < 2:
            raise Bad(f"it was found absent by {claimed} look(s)")
        again = (about(e, details, "publicationId") and "absentLooks" in e["details"] for e in self.all(NOT_EXECUTED))
        if any(again):
            raise Bad("its publication was found absent before, and no person decided")
        starts = [start for start in self.all(STARTED) if about(start, details, "attemptId")]
        if not starts:
            raise Bad("it is about no attempt before it")
        if event["at"] <= starts[-1]["details"]["deadline"]:
            raise Bad("it was found absent before its deadline")
        unknown = [earlier for earlier in self.all(UNCONFIRMED) if about(earlier, details, "attemptId")]
        asked = [
            earlier
            for earlier in self.all("COMMAND_RECEIVED")
            if earlier["details"]["command"] == "statuspage_adopt" and about(earlier, details, "publicationId")
        ]
        left = [earlier for earlier in unknown if earlier["details"].get("nextLookAt", "") is None] + asked
        if any(earlier["seq"] > starts[-1]["seq"] for earlier in left):
            raise Bad("it was found absent after it was left to a person")
        # The last look is this event itself; each one before it left its own.
        shown = max((earlier["details"]["looks"] + 1 for earlier in unknown), default=0)
        if shown < claimed:
            raise Bad(f"it claims {claimed} looks and the record shows {shown}")
