#!/usr/bin/env python3
"""Verifies an exported audit trail without any of this project's code.

    python verify_trail.py FILE [FILE...]

FILE holds {"events": [...], "keys": {"approval": PEM, "publication": PEM}}. Needs the packages
rfc8785 and cryptography. Prints what was checked, or names each event that does not hold. With several
files it prints a line for each. Exits 0: valid; 1: not valid; 2: usage; 3: could not be read.

The rules of the gate and of an incident's life are in trail_rules.py beside this file.
"""

import json
import re
import sys

try:
    import trail_rules
    from trail_rules import Bad, canonical_sha256
except ImportError as missing:
    print(f"cannot verify: {missing}; run: python3 -m pip install rfc8785 cryptography", file=sys.stderr)
    sys.exit(3)

HASHED = ("v", "incidentId", "seq", "type", "at", "actor", "commandId", "details", "prevHash")
KEYS = ("pk", "sk", "typeMonth", "actorMonth")
CHAIN = re.compile(r"^INCIDENT#(inc-[a-z2-7]{16}|intake-\d{8}(?:-\d{2})?)$")
GENESIS = "0" * 64
# What a value of the wrong kind makes of a rule that reads it.
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError)


class Chain:
    """The rows of one chain: its sound events in order, and what is wrong, by number."""

    def __init__(self, name: str):
        self.name = name
        self.rows: dict = {}
        self.bad: dict = {}

    def blame(self, seq: int, reason: str) -> None:
        self.bad.setdefault(seq, reason)

    @property
    def events(self) -> list:
        return [row for _, row in sorted(self.rows.items()) if row is not None]

    @property
    def head(self) -> int:
        return max(self.rows, default=0)

    def read(self, rows: list) -> None:
        for row in rows:
            place = str(row.get("sk", ""))
            if not re.fullmatch(r"\d{10}", place) or int(place) < 1:
                self.blame(0, "its sort key is not a sequence number of ten digits")
                continue
            seq = int(place)
            reason = row_problem(self.name, seq, row)
            self.rows[seq] = None if reason else row
            if reason:
                self.blame(seq, reason)
        self.check_gaps()
        self.check_links()
        self.check_commands()

    def check_gaps(self) -> None:
        expected = 1
        for seq in sorted(self.rows):
            if seq != expected:
                self.blame(expected, gone(expected, seq - 1))
            expected = seq + 1

    def check_links(self) -> None:
        """Names the row that disagrees with its neighbours, not the innocent one after it."""
        first = self.rows.get(1)
        if first and first["prevHash"] != GENESIS:
            self.blame(1, "the first event does not start from the genesis hash")
        for seq in sorted(self.rows):
            row, before, after = (self.rows.get(seq + by) for by in (0, -1, 1))
            if not row or not before or row["prevHash"] == before["hash"]:
                continue
            if after and after["prevHash"] == row["hash"]:
                self.blame(seq - 1, f"event {seq} was chained to another event {seq - 1}")
            elif seq - 1 not in self.bad:
                self.blame(seq, f"it is not chained to event {seq - 1}")

    def check_commands(self) -> None:
        first: dict = {}
        for event in self.events:
            if event["commandId"] in first:
                self.blame(event["seq"], f"its command already made event {first[event['commandId']]}")
            first.setdefault(event["commandId"], event["seq"])


def gone(first: int, last: int) -> str:
    return "the event is missing" if first == last else f"events {first} to {last} are missing"


def row_problem(name: str, seq: int, row: dict) -> str | None:
    """Why one row cannot be the event of its key, whatever stands around it."""
    event = {key: value for key, value in row.items() if key not in KEYS}
    kinds = {"seq": int, "type": str, "at": str, "actor": dict, "commandId": str, "details": dict}
    if sorted(event) != sorted((*HASHED, "hash")) or event["v"] != 1:
        return "its shape is wrong"
    if not all(isinstance(event[key], kind) for key, kind in kinds.items()):
        return "its shape is wrong"
    if event["incidentId"] != name:
        return "it stands in the chain of another incident"
    if event["seq"] != seq:
        return f"its number is {event['seq']}, its key says {seq}"
    month = event["at"][:7]
    actor = event["actor"]
    indexed = {
        "typeMonth": f"{event['type']}#{month}",
        "actorMonth": f"{actor.get('kind')}:{actor.get('id')}#{month}",
    }
    for key, value in indexed.items():
        if row.get(key) != value:
            return f"index attribute {key} disagrees with the event"
    try:
        same = canonical_sha256({key: event[key] for key in HASHED}) == event["hash"]
    except Exception:  # What RFC 8785 cannot carry, such as a lone surrogate, has no hash.
        same = False
    return None if same else "its content does not match its hash"


def judge(chain: Chain, keys: dict) -> None:
    """Checks what each event says against all before it."""
    rules = trail_rules.Rules(chain.name, keys)
    for event in chain.events:
        try:
            rules.check(event)
        except Bad as bad:
            chain.blame(event["seq"], str(bad))
        except MALFORMED as error:
            chain.blame(event["seq"], f"its shape is wrong: {type(error).__name__}")


def names_of(event: dict) -> list:
    """Other incidents that an event says there were before it."""
    details = event["details"]
    if event["type"] == "INCIDENT_OPENED":
        return [details["previousIncidentId"]]
    return [details["fromIncidentId"]] if event["type"] == "ALERT_LINKED" else []


def check_names_and_notes(chains: dict) -> None:
    """Each chain that another one names or notes must be there, with the noted event."""

    def of(name: str) -> Chain:
        return chains.setdefault(name, Chain(name))

    for chain in list(chains.values()):
        for event in chain.events:
            here = f"{chain.name}#{event['seq']}"
            for named in filter(None, names_of(event)):
                if of(named).head == 0:
                    of(named).blame(1, f"the whole trail is missing: {here} names it")
            if event["type"] != "CHAIN_NOTED":
                continue
            for noted in filter(None, (event["details"], event["details"].get("dayBefore"))):
                check_note(of(noted["incidentId"]), noted, f"{here} noted")


def check_note(chain: Chain, noted: dict, noted_by: str) -> None:
    seq = noted["seq"]
    if chain.head == 0:
        chain.blame(1, f"the whole trail is missing: {noted_by} it")
    elif chain.head < seq:
        chain.blame(chain.head + 1, f"{gone(chain.head + 1, seq)}: {noted_by} event {seq}")
    elif chain.rows.get(seq) and chain.rows[seq]["hash"] != noted["hash"]:
        chain.blame(seq, f"{noted_by} another event here")


def verify(export: dict) -> tuple:
    """@returns everything that does not hold, as (chain, number, reason), and all sound events"""
    rows: dict = {}
    for row in export["events"]:
        rows.setdefault(str(row.get("pk")), []).append(row)
    chains: dict = {}
    for partition, found in rows.items():
        match = CHAIN.match(partition)
        name = match.group(1) if match else partition
        chains[name] = Chain(name)
        if not match:
            chains[name].blame(0, "its partition key is not that of a chain")
            continue
        chains[name].read(found)
        judge(chains[name], export["keys"])
    check_names_and_notes(chains)
    bad = [(name, seq, chains[name].bad[seq]) for name in sorted(chains) for seq in sorted(chains[name].bad)]
    return bad, [event for chain in chains.values() for event in chain.events]


def read(path: str) -> dict:
    with open(path, encoding="utf-8") as file:
        export = json.load(file)
    keys = export["keys"]
    if not isinstance(export["events"], list) or not all(isinstance(row, dict) for row in export["events"]):
        raise TypeError("expected a list of events")
    for kind in ("approval", "publication"):
        trail_rules.public_key(keys[kind])
    return export


def summary(events: list) -> str:
    def count(kind: str) -> int:
        return sum(event["type"] == kind for event in events)

    receipts = sum("receiptJws" in event["details"] for event in events)
    return (
        f"{len({event['incidentId'] for event in events})} chain(s), {len(events)} events, "
        f"{count('STATUSPAGE_DRAFT_APPROVED')} approval(s) and {count('STATUSPAGE_PUBLISHED')} "
        f"publication(s) with good signatures, {receipts} receipt(s)"
    )


def main(path: str, brief: bool) -> int:
    try:
        bad, events = verify(read(path))
    except (OSError, *MALFORMED) as error:
        print(f"{path}: could not be read: {type(error).__name__}: {error}", file=sys.stdout if brief else sys.stderr)
        return 3
    if brief:
        first = f"NOT VALID: {bad[0][0]}#{bad[0][1]}: {bad[0][2]}" if bad else "valid"
        print(f"{path}: {first}")
        return 1 if bad else 0
    for name, seq, reason in bad:
        print(f"NOT VALID: {name}#{seq}: {reason}")
    glass = sum(event["type"] == "BREAK_GLASS_USED" for event in events)
    if glass:
        print(f"BREAK-GLASS: one person approved alone, {glass} time(s)")
    if not bad:
        print(f"FIGURE valid: {summary(events)}")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or any(word.startswith("-") for word in sys.argv[1:]):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    files = sys.argv[1:]
    sys.exit(max(main(path, len(files) > 1) for path in files))
