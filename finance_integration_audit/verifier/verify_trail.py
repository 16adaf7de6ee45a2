#!/usr/bin/env python3
"""Verify an export of the finance audit trail, without Odoo and without the code that wrote it.

    python3 verify_trail.py FOLDER            an evidence bundle (unpacked), all of its files
    python3 verify_trail.py trail.jsonl       the trail alone

    --trust NAME      name of a public key that you know from elsewhere; may be repeated. Without it the keys of the
                      export are believed, which proves nothing against whoever could exchange them: it is said so.
    --anchors FOLDER  heads that were kept outside (files head-*.txt); may be repeated
    --keys FILE       lines "name hexadecimal": the secret keys, where you were given them; rows and chain are then
                      verified by HMAC as well

Needs Python 3.10 and the package ``cryptography`` for signatures. Ends with 0 when everything is proved, with 1 and
the first bad place when not, with 2 when the input cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FIELDS = (
    "number",
    "at",
    "event",
    "model",
    "res_id",
    "record_name",
    "company_ref",
    "user_ref",
    "user_login",
    "correlation_id",
    "reason",
    "before",
    "after",
    "key",
)
HEAD_LINES = ["origin", "number", "size", "root", "chain", "until", "at", "previous", "key"]
ODD = 50
#: how long a transaction may take at most
LATE = timedelta(days=1)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def moment(text: str) -> datetime:
    """UTC, written with a Z."""
    return datetime.fromisoformat(text.removesuffix("Z"))


def canonical(facts: dict[str, Any]) -> bytes:
    """A version byte; for each field four bytes of length and UTF-8, FF FF FF FF for nothing."""
    out = b"\x01"
    for name in FIELDS:
        value = facts.get(name)
        if value is None:
            out += b"\xff" * 4
        else:
            raw = str(value).encode("utf-8")
            out += len(raw).to_bytes(4, "big") + raw
    return out


def leaf_hash(number: int, content: bytes, mac: bytes) -> bytes:
    """RFC 9162: a zero byte, then what is kept."""
    return sha256(b"\x00\x01" + number.to_bytes(8, "big") + content + mac)


def node(left: bytes, right: bytes) -> bytes:
    """RFC 9162: a one byte, then both subtrees."""
    return sha256(b"\x01" + left + right)


class Frontier:
    """Roots of the full subtrees."""

    def __init__(self) -> None:
        self.levels: list[tuple[int, bytes]] = []
        self.size = 0

    def push(self, digest: bytes, height: int = 0) -> None:
        self.size += 1 << height
        while self.levels and self.levels[-1][0] == height:
            digest = node(self.levels.pop()[1], digest)
            height += 1
        self.levels.append((height, digest))

    def start(self, size: int, peaks: list[bytes]) -> None:
        """Go on after a tree of this size."""
        for height in range(size.bit_length() - 1, -1, -1):
            if size >> height & 1:
                self.push(peaks.pop(0), height)

    def root(self) -> bytes:
        if not self.levels:
            return sha256(b"")
        digest = self.levels[-1][1]
        for _height, left in reversed(self.levels[:-1]):
            digest = node(left, digest)
        return digest


def follows_proof(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2: the head that a proof leads to, empty when it leads nowhere."""
    place, last = index, size - 1
    for other in proof:
        if last == 0:
            return b""
        if place % 2 or place == last:
            leaf = node(other, leaf)
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            leaf = node(leaf, other)
        place, last = place // 2, last // 2
    return leaf if last == 0 else b""


class Head:
    """A signed head, read from its text."""

    def __init__(self, text: str) -> None:
        note, _, signature = text.replace("\r\n", "\n").rpartition("signature ")
        lines = note.split("\n")
        names = [line.partition(" ")[0] for line in lines[1:-1]]
        if lines[0] != "finance audit trail head 1" or names != HEAD_LINES:
            raise ValueError("not a head")
        facts = {line.partition(" ")[0]: line.partition(" ")[2] for line in lines[1:-1]}
        self.note, self.signature = note.encode(), base64.b64decode(signature.strip(), validate=True)
        self.number, self.size, self.until = int(facts["number"]), int(facts["size"]), int(facts["until"])
        self.root, self.chain = bytes.fromhex(facts["root"]), bytes.fromhex(facts["chain"])
        self.previous = b"" if facts["previous"] == "-" else bytes.fromhex(facts["previous"])
        self.key, self.at = facts["key"], facts["at"]

    def is_signed(self, publics: dict[str, bytes]) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(publics[self.key]).verify(self.signature, self.note)
        except (InvalidSignature, ValueError, KeyError):
            return False
        return True


class Verifier:
    """Reads an export line by line and remembers what is wrong."""

    def __init__(self, trusted: set[str], secrets: dict[str, bytes]) -> None:
        self.trusted, self.secrets = trusted, secrets
        self.publics: dict[str, bytes] = {}
        self.findings: list[list[Any]] = []
        self.tree, self.seq, self.chain = Frontier(), 0, bytes(32)
        self.heads: dict[int, Head] = {}
        self.last: Head | None = None
        self.is_whole, self.protected, self.unprotected, self.count = True, False, 0, 0
        self.odd: list[tuple[list[Any], dict[str, Any], bytes]] = []
        self.sparse: list[dict[str, Any]] = []
        self.ended: int | None = None
        self.is_complete = True

    def bad(self, kind: str, seq: int, detail: str) -> list[Any]:
        finding = [kind, seq, detail]
        self.findings.append(finding)
        return finding

    def line(self, line: dict[str, Any]) -> None:
        kind = line.get("type")
        if kind == "key":
            self.key(line)
        elif kind == "start":
            self.begin(line)
        elif kind == "entry":
            self.entry(line)
        elif kind == "sparse":
            self.sparse.append(line)
        elif kind == "trail":
            self.is_complete = bool(line.get("complete"))
        elif kind == "witness":
            self.witness(line["text"])
        elif kind == "head":
            self.head(line["text"])
        elif kind == "anchor":
            self.anchor(line["text"])
        elif kind == "end":
            self.ended = int(line["entries"])

    def key(self, line: dict[str, Any]) -> None:
        public = bytes.fromhex(line["public"])
        name = sha256(b"finance audit sign key id" + public).hex()[:16]
        if name != line["name"]:
            self.bad("key_swapped", 0, f"public key {line['name']} has another name")
        elif self.trusted and name not in self.trusted:
            self.bad("key_swapped", 0, f"public key {name} is none that you trust")
        else:
            self.publics[name] = public

    def begin(self, line: dict[str, Any]) -> None:
        """Go on after a head: its tree and chain are believed when the head proves them."""
        if not line["seq"]:
            return
        self.seq, self.chain = int(line["seq"]), bytes.fromhex(line["chain"])
        self.tree.start(self.seq, [bytes.fromhex(peak) for peak in line["frontier"]])
        self.protected = True
        head = Head(line["head"])
        if not head.is_signed(self.publics):
            self.bad("checkpoint_replaced", self.seq, f"checkpoint {head.number} is not what was signed")
        elif (head.root, head.chain, head.size) != (self.tree.root(), self.chain, self.seq):
            self.bad("checkpoint_replaced", self.seq, f"checkpoint {head.number} is not where this export begins")
        self.heads[head.number] = self.last = head

    # -- entries ---------------------------------------------------------------------------

    def entry(self, line: dict[str, Any]) -> None:
        seq, leaf, chain = int(line["seq"]), bytes.fromhex(line["leaf"]), bytes.fromhex(line["chain"])
        self.count += 1
        if seq != self.seq + 1:
            self.bad("deleted", self.seq + 1, f"seals {self.seq + 1} to {seq - 1} are missing")
            self.is_whole = False
        else:
            kind, detail = self.judge(line, leaf, chain)
            if kind:
                finding = self.bad(kind, seq, f"entry {line['number']}: {detail}")
                if len(self.odd) < ODD:
                    self.odd.append((finding, line, self.chain))
        self.tree.push(leaf)
        self.seq, self.chain = seq, chain

    def judge(self, line: dict[str, Any], leaf: bytes, chain: bytes) -> tuple[str, str]:
        secret = self.secrets.get(line["chain_key"])
        if self.secrets and secret is None:
            return "key_swapped", f"sealed by key {line['chain_key']}, which is none you were given"
        linked = secret is None or hmac.compare_digest(self.link(secret, self.chain, int(line["seq"]), leaf), chain)
        if line["facts"] is None:
            return "deleted", "the entry is gone, its seal is there"
        content, mac = sha256(canonical(line["facts"])), bytes.fromhex(line["mac"])
        if leaf_hash(int(line["number"]), content, mac) != leaf:
            return "edited", "it is not what was sealed"
        kind, detail = self.judge_mac(line["facts"], content, mac)
        if kind:
            return (kind, detail) if linked else ("recomputed", "edited, and hashes made anew without the key")
        if self.last and int(line["number"]) <= self.last.until:
            return "inserted", "it has a number that was sealed before"
        if self.last and moment(line["facts"]["at"]) < moment(self.last.at) - LATE:
            return "inserted", "it is older than a checkpoint that it is not in"
        return ("", "") if linked else ("recomputed", "the chain was made anew without the key, or a seal was moved")

    def judge_mac(self, facts: dict[str, Any], content: bytes, mac: bytes) -> tuple[str, str]:
        if facts.get("key") is None:
            self.unprotected += 1
            if self.protected:
                return "unprotected", "written by a server without the master key, or put in by SQL"
            return "", ""
        if not self.secrets:
            self.protected = True
            return "", ""
        secret = self.secrets.get(facts["key"])
        if secret is None:
            return "key_swapped", f"protected by key {facts['key']}, which is none you were given"
        self.protected = True
        if not hmac.compare_digest(hmac.digest(secret, content, "sha256"), mac):
            return "inserted", "put in, or edited, before it was sealed: nobody with the key wrote it"
        return "", ""

    @staticmethod
    def link(secret: bytes, before: bytes, seq: int, leaf: bytes) -> bytes:
        return hmac.digest(secret, before + seq.to_bytes(8, "big") + leaf, "sha256")

    def alone(self, line: dict[str, Any]) -> None:
        """An entry out of its row: its proof leads to a signed head."""
        self.count += 1
        seq, facts = int(line["seq"]), line["facts"]
        head = self.heads.get(int(line["head"]))
        leaf = leaf_hash(int(line["number"]), sha256(canonical(facts)), bytes.fromhex(line["mac"]))
        proof = [bytes.fromhex(one) for one in line["proof"]]
        if head is None:
            self.bad("truncated", seq, f"checkpoint {line['head']} is not in the export")
        elif leaf.hex() != line["leaf"]:
            self.bad("edited", seq, f"entry {line['number']}: it is not what was sealed")
        elif follows_proof(leaf, seq - 1, head.size, proof) != head.root:
            self.bad("recomputed", seq, f"entry {line['number']} is not in checkpoint {head.number}")
        elif self.secrets:
            kind, detail = self.judge_mac(facts, sha256(canonical(facts)), bytes.fromhex(line["mac"]))
            if kind:
                self.bad(kind, seq, f"entry {line['number']}: {detail}")

    # -- heads -----------------------------------------------------------------------------

    def head(self, text: str) -> None:
        try:
            head = Head(text)
        except ValueError:
            self.bad("checkpoint_replaced", self.seq, "a checkpoint is no head of a trail")
            return
        where = f"checkpoint {head.number}"
        last = self.last
        in_row = (
            head.number == last.number + 1 and head.previous == sha256(last.note)
            if last
            else head.number == 1 and not head.previous
        )
        if head.key not in self.publics:
            self.bad("key_swapped", head.size, f"{where} is signed by key {head.key}, which is not known")
        elif not head.is_signed(self.publics):
            self.bad("checkpoint_replaced", head.size, f"{where} is not what was signed")
        elif not in_row:
            self.bad("checkpoint_replaced", head.size, f"{where} does not follow the one before it")
        elif self.count and head.size > self.seq:
            self.bad("truncated", self.seq + 1, f"{where} is about {head.size} entries, {self.seq} are here")
        elif self.is_whole and head.size == self.tree.size and head.root != self.tree.root() and not self.findings:
            self.bad("recomputed", last.size + 1 if last else 1, f"seals are not those of {where}")
        self.heads[head.number] = self.last = head

    def witness(self, text: str) -> None:
        """A head by itself, for entries that are shown with a proof."""
        head = Head(text)
        if head.key not in self.publics:
            self.bad("key_swapped", head.size, f"checkpoint {head.number} is signed by a key that is not known")
        elif not head.is_signed(self.publics):
            self.bad("checkpoint_replaced", head.size, f"checkpoint {head.number} is not what was signed")
        self.heads[head.number] = head

    def anchor(self, text: str) -> None:
        try:
            head = Head(text)
        except ValueError:
            return
        if not head.is_signed(self.publics):
            self.bad("key_swapped", head.size, f"head {head.number} was anchored with another key")
            return
        mine = self.heads.get(head.number)
        if mine is None and not self.is_complete:
            # a part of the trail has some of its heads
            return
        if mine is None:
            place = min(self.seq, head.size) + 1
            self.bad(
                "rolled_back",
                place,
                f"head {head.number} of {head.size} entries was anchored and is not here: "
                "the end was cut off, or an older backup was restored",
            )
        elif mine.note != head.note:
            kind = "rolled_back" if mine.is_signed(self.publics) else "checkpoint_replaced"
            self.bad(kind, head.size, f"checkpoint {head.number} is not the one that was anchored")

    # -- the end ---------------------------------------------------------------------------

    def finish(self) -> None:
        for line in self.sparse:
            self.alone(line)
        if self.ended is None or self.ended != self.count:
            self.bad("truncated", self.seq + 1, "the export itself is not complete")
        for finding, line, before in self.odd:
            others = [other for _finding, other, _before in self.odd if other["seq"] != line["seq"]]
            edited = finding[0] == "edited" and any(self.is_content_of(line, other) for other in others)
            moved = finding[0] == "recomputed" and any(self.is_place_of(line, before, other) for other in others)
            if edited or moved:
                finding[0] = "reordered"
        if any(finding[0] == "reordered" for finding, _line, _before in self.odd):
            for finding, _line, _before in self.odd:
                if finding[0] == "recomputed":
                    finding[0] = "reordered"
        self.findings.sort(key=lambda finding: finding[1])

    def is_content_of(self, line: dict[str, Any], other: dict[str, Any]) -> bool:
        if line["facts"] is None:
            return False
        content = sha256(canonical({**line["facts"], "number": other["number"]}))
        return bool(leaf_hash(int(other["number"]), content, bytes.fromhex(line["mac"])).hex() == other["leaf"])

    def is_place_of(self, line: dict[str, Any], before: bytes, other: dict[str, Any]) -> bool:
        secret = self.secrets.get(line["chain_key"])
        if secret is None:
            return False
        right = self.link(secret, before, int(line["seq"]), bytes.fromhex(other["leaf"])).hex()
        return right in (line["chain"], other["chain"])


def check_manifest(folder: Path) -> list[str]:
    """:return: what is wrong with the files of a bundle"""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    wrong = []
    for name, expected in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            wrong.append(f"{name} is missing")
        elif sha256(path.read_bytes()).hex() != expected["sha256"]:
            wrong.append(f"{name} is not what the manifest says")
    return wrong


def read_keys(path: str | None) -> dict[str, bytes]:
    lines = Path(path).read_text(encoding="ascii").splitlines() if path else []
    return {name: bytes.fromhex(key) for name, key in (line.split() for line in lines if line.strip())}


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Verify an export of the finance audit trail.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--trust", action="append", default=[])
    parser.add_argument("--anchors", action="append", default=[], type=Path)
    parser.add_argument("--keys")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    options = arguments(given)
    verifier = Verifier(set(options.trust), read_keys(options.keys))
    trail, wrong = options.export, []
    try:
        if options.export.is_dir():
            trail, wrong = options.export / "trail.jsonl", check_manifest(options.export)
        with trail.open(encoding="utf-8") as lines:
            for line in lines:
                verifier.line(json.loads(line))
        for folder in options.anchors:
            for path in sorted(folder.glob("head-*.txt")):
                verifier.anchor(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"UNREADABLE: {error!r}")
        return 2
    verifier.finish()
    for text in wrong:
        print(f"BROKEN bundle: {text}")
    for kind, seq, detail in verifier.findings[:20]:
        print(f"BROKEN at {seq}: {kind}: {detail}")
    if wrong or verifier.findings:
        return 1
    print(f"PROVED: {verifier.count} entries, {len(verifier.heads)} signed checkpoints")
    if verifier.unprotected:
        print(f"  {verifier.unprotected} entries were written before there was a master key")
    if not verifier.is_complete:
        print("  a part of the trail: what is here is proved, not that nothing else happened")
    if not options.trust:
        print(f"  the public keys came with the export: compare {', '.join(verifier.publics)} with what you know")
    if not options.keys:
        print("  rows and chain were not verified by HMAC: no secret keys were given")
    return 0


if __name__ == "__main__":
    sys.exit(main())
