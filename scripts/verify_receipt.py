#!/usr/bin/env python3
"""Verifies one receipt without any of this project's code.

    python verify_receipt.py FILE KEY
    python verify_receipt.py --first-of EXPORT

FILE is a receipt, KEY the publication public key (PEM); EXPORT a trail exported with its keys. Needs
the package cryptography. Prints the signed words and exits 0, or says why not and exits 1; 2 is usage,
3 a file that could not be read. Read the text it prints: the readable part of the file is not compared
with it.
"""

import base64
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

BEGIN, END = "\n-----BEGIN RECEIPT-----\n", "\n-----END RECEIPT-----\n"


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def signed_part(path: str) -> str:
    text = open(path, encoding="utf-8").read()
    return text[text.rindex(BEGIN) + len(BEGIN) : text.rindex(END)].replace("\n", "")


def first_of(path: str) -> tuple:
    export = json.load(open(path, encoding="utf-8"))
    receipts = (event["details"].get("receiptJws") for event in export["events"])
    return next(filter(None, receipts)), export["keys"]["publication"].encode()


def main(jws: str, pem: bytes) -> int:
    head, payload, signature = jws.split(".")
    header, raw = json.loads(decode(head)), decode(signature)
    if header["alg"] != "ES256" or header["typ"] != "incident-response-receipt+jwt":
        print("NOT VALID: it is not a receipt")
        return 1
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = load_pem_public_key(pem)
    try:
        key.verify(der, f"{head}.{payload}".encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        print("NOT VALID: its signature is not by this key, or what it covers was changed")
        return 1
    print(json.dumps(json.loads(decode(payload)), indent=2, ensure_ascii=True))
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        if sys.argv[1] == "--first-of":
            given = first_of(sys.argv[2])
        else:
            given = (signed_part(sys.argv[1]), open(sys.argv[2], "rb").read())
    except (OSError, ValueError, KeyError, StopIteration) as error:
        print(f"could not be read: {error}", file=sys.stderr)
        sys.exit(3)
    sys.exit(main(*given))
