#!/usr/bin/env python3
"""Verifies an exported audit trail without any of this project's code.

    python verify_trail.py FILE

FILE holds {"events": [...], "keys": {"approval": PEM, "publication": PEM}}. Needs the packages
rfc8785 and cryptography. Prints what was checked and exits 0, or names the first event that does
not hold and exits 1.
"""

import base64
import hashlib
import json
import sys

try:
    import rfc8785
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
except ImportError as missing:
    sys.exit(f"cannot verify: {missing}; run: python3 -m pip install rfc8785 cryptography")

HASHED = ("v", "incidentId", "seq", "type", "at", "actor", "commandId", "details", "prevHash")
REVISIONS = ("STATUSPAGE_DRAFT_CREATED", "STATUSPAGE_DRAFT_REVISED")


class Bad(Exception):
    """An event that does not hold."""


def sha256(value) -> str:
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def verified(jws: str, pem: str, typ: str) -> dict:
    """The payload of a compact JWS of one type, checked against one key. Only ES256 is accepted."""
    head, payload, signature = jws.split(".")
    header = json.loads(decode(head))
    if header.get("alg") != "ES256" or header.get("typ") != f"incident-response-{typ}+jwt":
        raise Bad(f"its signature is not an ES256 one of type {typ}")
    raw = decode(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        key = load_pem_public_key(pem.encode())
        key.verify(der, f"{head}.{payload}".encode(), ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise Bad("its signature does not verify") from error
    return json.loads(decode(payload))


def check_signed(event: dict, claims: dict, fields: tuple) -> None:
    for name in ("incidentId", "seq", "prevHash"):
        if claims[name] != event[name]:
            raise Bad(f"its signature covers another {name}")
    for name in fields:
        if claims[name] != event["details"][name]:
            raise Bad(f"its signature covers another {name}")


def check_broken_glass(event: dict, claims: dict, chain: list) -> None:
    """Whoever approved alone must have said why before, by the same click on the same text."""
    details = event["details"]
    alone = details.get("breakGlass", False)
    if claims.get("breakGlass", False) != alone:
        raise Bad("its signature covers another breakGlass")
    if not alone:
        return
    same = ("draftId", "revision", "digest", "slackRequestSha256")
    reasons = [
        earlier["details"]["reason"]
        for earlier in chain
        if earlier["type"] == "BREAK_GLASS_USED"
        and earlier["actor"]["id"] == event["actor"]["id"]
        and all(earlier["details"][name] == details[name] for name in same)
    ]
    if not reasons:
        raise Bad("nobody broke the glass before it")
    if hashlib.sha256(reasons[-1].encode()).hexdigest() != claims.get("breakGlassReasonSha256"):
        raise Bad("its signature covers another reason")


def check_receipt(event: dict, chain: list, keys: dict) -> None:
    """A receipt says nothing but what stands on the trail before it."""
    details = event["details"]
    receipt = verified(details["receiptJws"], keys["publication"], "receipt")
    by_seq = {earlier["seq"]: earlier for earlier in chain}
    draft = by_seq[receipt["chain"]["revision"]["seq"]]
    start = by_seq[receipt["chain"]["started"]["seq"]]
    here = {"seq": event["seq"], "prevHash": event["prevHash"]}
    same = (
        all(receipt[k] == details[k] for k in ("draftId", "revision", "digest", "publicationId"))
        and all(receipt[k] == details[k] for k in ("attempt", "attemptId", "adopted", "pageDigest"))
        and all(receipt[k] == draft["details"][k] for k in ("request", "basedOn", "digest"))
        and receipt["drafted"]["authors"] == draft["details"]["authors"]
        and receipt["chain"]["revision"]["hash"] == draft["hash"]
        and receipt["chain"]["started"]["hash"] == start["hash"]
        and start["details"]["attemptId"] == details["attemptId"]
        and receipt["chain"]["published"] == here
        and receipt["publishedAt"] == event["at"]
    )
    if not same:
        raise Bad("its receipt says something else than the trail")
    for approval in receipt["approvals"]:
        row = by_seq.get(approval["seq"], {})
        if row.get("hash") != approval["hash"] or row["details"]["digest"] != receipt["digest"]:
            raise Bad("its receipt names an approval that is not on the trail")
        if approval["approver"].split(":")[-1] != row["actor"]["id"]:
            raise Bad("its receipt names another approver")


def was_left_to_person(details: dict, chain: list) -> bool:
    """Whether a person was asked about an attempt, or asked for a look at it."""
    started = False
    for earlier in chain:
        told = earlier["details"]
        if told.get("attemptId") == details["attemptId"]:
            started = started or earlier["type"] == "STATUSPAGE_PUBLISH_STARTED"
            unknown = earlier["type"] == "STATUSPAGE_PUBLISH_UNCONFIRMED"
            if unknown and told.get("nextLookAt", "") is None:
                return True
        adopts = told.get("command") == "statuspage_adopt"
        if started and adopts and told.get("publicationId") == details["publicationId"]:
            return True
    return False


def check_event(event: dict, before: dict | None, chain: list, keys: dict) -> None:
    expected_seq = before["seq"] + 1 if before else 1
    if event["seq"] != expected_seq:
        raise Bad(f"expected number {expected_seq}")
    if event["prevHash"] != (before["hash"] if before else "0" * 64):
        raise Bad("it does not follow the event before it")
    if sha256({name: event[name] for name in HASHED}) != event["hash"]:
        raise Bad("its hash does not match")
    details = event["details"]
    if event["type"] in REVISIONS:
        request = {k: details["request"][k] for k in ("method", "path", "body")}
        if sha256({**request, "basedOn": details["basedOn"]}) != details["digest"]:
            raise Bad("its digest does not name its text")
    if event["type"] == "STATUSPAGE_DRAFT_APPROVED":
        claims = verified(details["approvalJws"], keys["approval"], "approval")
        check_signed(event, claims, ("draftId", "revision", "digest", "policyDigest"))
        if claims["approver"].split(":")[-1] != event["actor"]["id"]:
            raise Bad("its signature names another approver")
        check_broken_glass(event, claims, chain)
    if event["type"] == "STATUSPAGE_PUBLISH_NOT_EXECUTED" and "absentLooks" in details:
        # The last look is this event itself; each one before it left its own.
        looks = max(
            (
                earlier["details"]["looks"] + 1
                for earlier in chain
                if earlier["type"] == "STATUSPAGE_PUBLISH_UNCONFIRMED"
                and earlier["details"]["attemptId"] == details["attemptId"]
            ),
            default=0,
        )
        if details["absentLooks"] > looks:
            raise Bad("it was found absent by more looks than were recorded")
        if was_left_to_person(details, chain):
            raise Bad("it was found absent after it was left to a person")
    if event["type"] == "STATUSPAGE_PUBLISHED":
        claims = verified(details["publicationJws"], keys["publication"], "publication")
        check_signed(event, claims, ("draftId", "revision", "digest", "publicationId", "attemptId"))
        approved = any(
            earlier["type"] == "STATUSPAGE_DRAFT_APPROVED"
            and all(earlier["details"][k] == details[k] for k in ("draftId", "revision", "digest"))
            for earlier in chain
        )
        if not approved:
            raise Bad("nobody approved it before")
        if "receiptJws" in details:
            check_receipt(event, chain, keys)


def main(path: str) -> int:
    with open(path, encoding="utf-8") as file:
        export = json.load(file)
    chains: dict = {}
    for event in export["events"]:
        chains.setdefault(event["incidentId"], []).append(event)
    counts: dict = {}
    for incident, events in chains.items():
        events.sort(key=lambda event: event["seq"])
        for index, event in enumerate(events):
            counts[event["type"]] = counts.get(event["type"], 0) + 1
            try:
                check_event(event, events[index - 1] if index else None, events[:index], export["keys"])
            except Bad as bad:
                print(f"NOT VALID: {incident}#{event['seq']} {event['type']}: {bad}")
                return 1
    approvals = counts.get("STATUSPAGE_DRAFT_APPROVED", 0)
    publications = counts.get("STATUSPAGE_PUBLISHED", 0)
    glass = counts.get("BREAK_GLASS_USED", 0)
    if glass:
        print(f"BREAK-GLASS: one person approved alone, {glass} time(s)")
    receipts = sum("receiptJws" in event["details"] for event in export["events"])
    print(
        f"FIGURE valid: {len(chains)} chain(s), {sum(counts.values())} events, "
        f"{approvals} approval(s) and {publications} publication(s) with good signatures, "
        f"{receipts} receipt(s)"
    )
    return 0 if publications else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
