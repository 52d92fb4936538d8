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


def verified(jws: str, pem: str) -> dict:
    """The payload of a compact JWS, checked against one key. Only ES256 is accepted."""
    head, payload, signature = jws.split(".")
    if json.loads(decode(head)).get("alg") != "ES256":
        raise Bad("its signature is not ES256")
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
        claims = verified(details["approvalJws"], keys["approval"])
        check_signed(event, claims, ("draftId", "revision", "digest", "policyDigest"))
        if claims["approver"].split(":")[-1] != event["actor"]["id"]:
            raise Bad("its signature names another approver")
    if event["type"] == "STATUSPAGE_PUBLISHED":
        claims = verified(details["publicationJws"], keys["publication"])
        check_signed(event, claims, ("draftId", "revision", "digest", "publicationId", "attemptId"))
        approved = any(
            earlier["type"] == "STATUSPAGE_DRAFT_APPROVED"
            and all(earlier["details"][k] == details[k] for k in ("draftId", "revision", "digest"))
            for earlier in chain
        )
        if not approved:
            raise Bad("nobody approved it before")


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
    print(
        f"FIGURE valid: {len(chains)} chain(s), {sum(counts.values())} events, "
        f"{approvals} approval(s) and {publications} publication(s) with good signatures"
    )
    return 0 if publications else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
