#!/usr/bin/env python3
"""Verify an export of the finance audit trail, without Odoo and without the code that wrote it.

    python3 verify_trail.py FOLDER            an evidence bundle (unpacked), all of its files
    python3 verify_trail.py trail.jsonl       the trail alone

The whole trail is read from the database by psql, without Odoo:

    python3 verify_trail.py --sql > trail.sql
    psql -XAtq -f trail.sql DATABASE > trail.jsonl

    --trust NAME      name of a public key that you know from elsewhere; may be repeated. Without it the keys of the
                      export are believed, which proves nothing against whoever could exchange them: it is said so.
    --anchors FOLDER  what was kept outside: heads (head-*.txt) and tokens of timestamp authorities after RFC 3161
                      (*.tsr, *.tsr.b64); may be repeated
    --authority FILE  certificate (PEM) of a timestamp authority that you know; may be repeated. Without it the
                      certificates inside of the tokens are believed, which is said.
    --keys FILE       lines "name hexadecimal": the secret keys, where you were given them; rows and chain are then
                      verified by HMAC as well

Needs Python 3.10 and the package ``cryptography`` for signatures and certificates; tokens are taken apart here. Ends
with 0 when everything is proved, with 1 and the first bad place when not, with 2 when the input cannot be read.
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

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID

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
#: what the sealer writes when an entry that waited was written by nobody with the key
FORGED = "audit.entry.forged"

#: tables that only grow, what guards them, and SHA-256 of language and text of the function that refuses
TABLES = ("finance_audit_entry", "finance_audit_seal", "finance_audit_checkpoint", "finance_audit_receipt")
TRIGGERS = {
    "finance_append_only_all": "CREATE TRIGGER finance_append_only_all BEFORE TRUNCATE ON {}"
    " FOR EACH STATEMENT EXECUTE FUNCTION finance_append_only()",
    "finance_append_only_rows": "CREATE TRIGGER finance_append_only_rows BEFORE DELETE OR UPDATE ON {}"
    " FOR EACH ROW EXECUTE FUNCTION finance_append_only()",
}
GUARD_SOURCE = "e1c796a64b33088e6460657c0217383f0d8f27333d64d0b7fa8ce4fbd35ae3b2"

KEPT = "unnest(ARRAY['" + "','".join(TABLES) + "']) AS name"
#: each gives lines of the export in its first column
QUERIES = (
    """SELECT json_build_object('type', 'trail', 'version', 1, 'complete', true,
       'origin', (SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'),
       'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text""",
    """SELECT json_build_object('type', 'key', 'name', name, 'public', public)::text
  FROM finance_audit_key WHERE purpose = 'sign' ORDER BY id""",
    """SELECT json_build_object('type', 'guard', 'kind', 'trigger', 'table', k.name, 'name', t.tgname,
       'enabled', t.tgenabled, 'definition', pg_get_triggerdef(t.oid, true),
       'source', encode(sha256(convert_to(l.lanname || ' ' || btrim(p.prosrc, E' \\t\\n\\r'), 'UTF8')), 'hex'))::text
  FROM (SELECT name, to_regclass(name) AS id FROM """
    + KEPT
    + """) AS k JOIN pg_trigger t ON t.tgrelid = k.id AND NOT t.tgisinternal
  JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang""",
    """SELECT json_build_object('type', 'guard', 'kind', kind, 'table', k.name, 'name', x.name)::text
  FROM (SELECT name, to_regclass(name) AS id FROM """
    + KEPT
    + """) AS k JOIN (SELECT 'rule' AS kind, ev_class AS id, rulename::text AS name FROM pg_rewrite
        UNION ALL SELECT 'security', oid, 'row level security' FROM pg_class WHERE relrowsecurity) AS x
    ON x.id = k.id""",
    """SELECT json_build_object('type', 'guard', 'kind', 'setting', 'name', one,
       'table', CASE s.setrole WHEN 0 THEN '' ELSE s.setrole::regrole::text END)::text
  FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS one
 WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
   AND split_part(one, '=', 1) = 'session_replication_role' AND split_part(one, '=', 2) <> 'origin'""",
    "SELECT json_build_object('type', 'guards')::text",
    "SELECT json_build_object('type', 'start', 'seq', 0)::text",
    """SELECT line FROM (
    SELECT s.id AS place, 0 AS part, s.id AS number, json_build_object('type', 'entry', 'seq', s.id, 'number', s.number,
           'leaf', s.leaf, 'chain', s.chain, 'chain_key', coalesce(s.key, ''), 'mac', coalesce(e.mac, ''),
           'facts', CASE WHEN e.id IS NOT NULL THEN json_build_object('number', e.id,
               'at', to_char(e.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'event', e.event, 'model', e.model,
               'res_id', e.res_id, 'record_name', e.record_name, 'company_ref', e.company_ref,
               'user_ref', e.user_ref, 'user_login', e.user_login, 'correlation_id', e.correlation_id,
               'reason', e.reason, 'before', e.before, 'after', e.after, 'key', e.key) END)::text AS line
      FROM finance_audit_seal s LEFT JOIN finance_audit_entry e ON e.id = s.number
    UNION ALL
    SELECT size, 1, number, json_build_object('type', 'head', 'text',
           concat(note, 'signature ', signature, chr(10)))::text FROM finance_audit_checkpoint
  ) AS trail ORDER BY place, part, number""",
    """SELECT json_build_object('type', 'stamp', 'number', number, 'anchor', anchor_name, 'token', receipt)::text
  FROM finance_audit_receipt WHERE kind = 'finance.anchor.timestamp' ORDER BY id""",
    """SELECT json_build_object('type', 'end', 'entries', count(*))::text FROM finance_audit_seal""",
)
SCRIPT = (
    "SET client_encoding TO 'UTF8';\n\\set FETCH_COUNT 5000\n"
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n" + ";\n".join(QUERIES) + ";\nCOMMIT;"
)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def raw(text: str) -> bytes:
    """What hexadecimal says; whatever else was written there says nothing."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


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


class Der:
    """One value of ASN.1 in DER."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.tag, size, begin = data[at], data[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
            if not 0 < count < 5:
                raise ValueError("a length that DER does not have")
        self.end = begin + size
        if self.end > len(data):
            raise ValueError("it is cut off")
        self.body, self.whole = data[begin : self.end], data[at : self.end]

    def parts(self) -> list[Der]:
        found: list[Der] = []
        at = 0
        while at < len(self.body):
            found.append(Der(self.body, at))
            at = found[-1].end
        return found

    def oid(self) -> str:
        return self.body.hex() if self.tag == 6 else ""


#: object identifiers, as DER writes them
SIGNED_DATA, TST_INFO = "2a864886f70d010702", "2a864886f70d0109100104"
CONTENT_TYPE, MESSAGE_DIGEST = "2a864886f70d010903", "2a864886f70d010904"
HASHES: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "608648016503040201": ("sha256", hashes.SHA256()),
    "608648016503040202": ("sha384", hashes.SHA384()),
    "608648016503040203": ("sha512", hashes.SHA512()),
}


class Stamp:
    """A token of a timestamp authority (RFC 3161), believed when its signature is right."""

    def __init__(self, data: bytes, known: dict[str, x509.Certificate]) -> None:
        """:raise ValueError: it proves nothing"""
        try:
            self.read(data, known)
        except (IndexError, KeyError, InvalidSignature) as error:
            raise ValueError(f"it is broken ({error!r})") from error

    def read(self, data: bytes, known: dict[str, x509.Certificate]) -> None:
        token = Der(data).parts()
        if token[0].tag == 0x30:
            # the whole answer: status, token
            token = token[1].parts()
        if token[0].oid() != SIGNED_DATA:
            raise ValueError("it is no token")
        signed = token[1].parts()[0].parts()
        kind, content = signed[2].parts()
        if kind.oid() != TST_INFO:
            raise ValueError("it is no timestamp")
        info = content.parts()[0].body
        [signer] = signed[-1].parts()
        parts = signer.parts()
        attributes = next(part for part in parts if part.tag == 0xA0)
        algorithm, mechanism = HASHES[parts[2].parts()[0].oid()]
        values = {one.parts()[0].oid(): one.parts()[1].parts()[0] for one in attributes.parts()}
        is_whole = hmac.compare_digest(values[MESSAGE_DIGEST].body, hashlib.new(algorithm, info).digest())
        if values[CONTENT_TYPE].oid() != TST_INFO or not is_whole:
            raise ValueError("it is not what was signed")
        certificate = self.certificate(signed, parts[1])
        self.name = certificate.fingerprint(hashes.SHA256()).hex()
        self.subject = certificate.subject.rfc4514_string()
        if known and self.name not in known:
            raise ValueError(f"it is of an authority that you do not know, certificate {self.name}")
        signature = next(part for part in parts[4:] if part.tag == 4).body
        self.check(certificate, signature, b"\x31" + attributes.whole[1:], mechanism)
        facts = Der(info).parts()
        imprint = facts[2].parts()
        if HASHES[imprint[0].parts()[0].oid()][0] != "sha256":
            raise ValueError("it witnesses a hash of another kind")
        self.digest, when = imprint[1].body, facts[4].body.decode("ascii")
        self.at = f"{when[:4]}-{when[4:6]}-{when[6:8]}T{when[8:10]}:{when[10:12]}:{when[12:14]}Z"

    @staticmethod
    def certificate(signed: list[Der], signer: Der) -> x509.Certificate:
        serial = signer.parts()[1].body if signer.tag == 0x30 else b""
        for held in (part for part in signed if part.tag == 0xA0):
            for one in held.parts():
                found = x509.load_der_x509_certificate(one.whole)
                if serial and found.serial_number == int.from_bytes(serial, "big"):
                    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
                    if ExtendedKeyUsageOID.TIME_STAMPING in usage:
                        return found
        raise ValueError("it has no certificate of a timestamp authority")

    @staticmethod
    def check(certificate: x509.Certificate, signature: bytes, text: bytes, mechanism: hashes.HashAlgorithm) -> None:
        key = certificate.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, text, padding.PKCS1v15(), mechanism)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, text, ec.ECDSA(mechanism))
        elif isinstance(key, Ed25519PublicKey):
            key.verify(signature, text)
        else:
            raise ValueError("the authority signs in a way that is not known here")


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
        self.is_complete, self.made_at = True, ""
        self.guards: list[dict[str, Any]] = []
        self.has_guards = False
        self.authorities: dict[str, x509.Certificate] = {}
        self.tokens: list[tuple[str, int | None, bytes]] = []
        self.stamps: list[Stamp] = []

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
            self.is_complete, self.made_at = bool(line.get("complete")), str(line.get("at", ""))
        elif kind == "guard":
            self.guards.append(line)
        elif kind == "guards":
            self.has_guards = True
        elif kind == "stamp":
            self.tokens.append((f"receipt of {line['anchor']}", int(line["number"]), decoded(line["token"])))
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
        seq, leaf, chain = int(line["seq"]), raw(line["leaf"]), raw(line["chain"])
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
        self.told_by_sealer(line["facts"])

    def told_by_sealer(self, facts: dict[str, Any] | None) -> None:
        """The sealer has the keys: what it found to be written without them is named although none are given here."""
        if facts is None or facts.get("event") != FORGED or self.secrets:
            return
        for place, number in json.loads(facts.get("after") or "{}").get("entries", ()):
            self.bad("inserted", int(place), f"entry {number}: the sealer saw that nobody with the key wrote it")

    def judge(self, line: dict[str, Any], leaf: bytes, chain: bytes) -> tuple[str, str]:
        secret = self.secrets.get(line["chain_key"])
        if self.secrets and secret is None:
            return "key_swapped", f"sealed by key {line['chain_key']}, which is none you were given"
        linked = secret is None or hmac.compare_digest(self.link(secret, self.chain, int(line["seq"]), leaf), chain)
        if line["facts"] is None:
            return "deleted", "the entry is gone, its seal is there"
        content, mac = sha256(canonical(line["facts"])), raw(line["mac"])
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
        self.told_by_sealer(line["facts"])
        seq, facts = int(line["seq"]), line["facts"]
        head = self.heads.get(int(line["head"]))
        leaf = leaf_hash(int(line["number"]), sha256(canonical(facts)), raw(line["mac"]))
        proof = [bytes.fromhex(one) for one in line["proof"]]
        if head is None:
            self.bad("truncated", seq, f"checkpoint {line['head']} is not in the export")
        elif leaf.hex() != line["leaf"]:
            self.bad("edited", seq, f"entry {line['number']}: it is not what was sealed")
        elif follows_proof(leaf, seq - 1, head.size, proof) != head.root:
            self.bad("recomputed", seq, f"entry {line['number']} is not in checkpoint {head.number}")
        elif self.secrets:
            kind, detail = self.judge_mac(facts, sha256(canonical(facts)), raw(line["mac"]))
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
        newest = max(self.heads, default=0)
        if mine is None and not self.is_complete and (head.number < newest or head.at > self.made_at):
            # a part of the trail has some of its heads, and none that were made after it
            return
        if mine is None and head.number > newest:
            self.bad(
                "rolled_back",
                min(self.seq, head.size) + 1,
                f"head {head.number} of {head.size} entries was anchored on {head.at}, the newest here is {newest}: "
                "older backup restored, or the end cut off with its checkpoints" + self.or_old(head.at),
            )
        elif mine is None:
            self.bad("checkpoint_replaced", head.size, f"head {head.number} was anchored and is not here")
        elif mine.note != head.note:
            kind = "rolled_back" if mine.is_signed(self.publics) else "checkpoint_replaced"
            self.bad(kind, head.size, f"checkpoint {head.number} is not the one that was anchored")

    def or_old(self, at: str) -> str:
        return f" (or this export is an old one: it says {self.made_at})" if self.made_at < at else ""

    # -- beside the rows -------------------------------------------------------------------

    def look_at_guards(self) -> None:
        """Triggers count by their whole definition; whatever else decides about rows should not be there."""
        there = set()
        for one in self.guards:
            kind, table, name = one["kind"], one["table"], one["name"]
            if kind == "setting":
                self.bad("trigger", 0, f"{name} is set for {table or 'everybody'}: triggers do not fire")
            elif kind != "trigger" or name not in TRIGGERS:
                self.bad("trigger", 0, f"{table}: {name} was added, it can swallow or change rows")
            elif (
                one["enabled"] in ("O", "A")
                and one["definition"] == TRIGGERS[name].format(table)
                and one["source"] == GUARD_SOURCE
            ):
                there.add((table, name))
        for table in TABLES if self.has_guards else ():
            missing = [name for name in TRIGGERS if (table, name) not in there]
            if missing:
                self.bad("trigger", 0, f"{table}: {', '.join(missing)} is missing, disabled or changed")

    def look_at_tokens(self) -> None:
        """Each token witnesses one of the heads that are here."""
        digests = {sha256(head.note): head for head in self.heads.values()}
        for where, number, data in self.tokens:
            mine = self.heads.get(number) if number else None
            if number and mine is None and not self.is_complete:
                continue
            try:
                stamp = Stamp(data, self.authorities)
            except ValueError as error:
                self.bad("checkpoint_replaced", mine.size if mine else 0, f"{where}: no timestamp: {error}")
                continue
            head = digests.get(stamp.digest)
            if head is not None and (mine is None or mine is head):
                self.stamps.append(stamp)
            elif mine is not None:
                self.bad("checkpoint_replaced", mine.size, f"{where}: checkpoint {number} is not what was witnessed")
            elif self.is_complete:
                text = (
                    f"{where}: what was witnessed on {stamp.at} is not here: older backup restored, or the end cut off"
                )
                self.bad("rolled_back", self.seq + 1, text + self.or_old(stamp.at))

    # -- the end ---------------------------------------------------------------------------

    def finish(self) -> None:
        for line in self.sparse:
            self.alone(line)
        self.look_at_guards()
        self.look_at_tokens()
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
        return bool(leaf_hash(int(other["number"]), content, raw(line["mac"])).hex() == other["leaf"])

    def is_place_of(self, line: dict[str, Any], before: bytes, other: dict[str, Any]) -> bool:
        secret = self.secrets.get(line["chain_key"])
        if secret is None:
            return False
        right = self.link(secret, before, int(line["seq"]), raw(other["leaf"])).hex()
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


def decoded(text: str) -> bytes:
    """What Base64 says; whatever else was written there says nothing."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return b""


def read_authorities(paths: list[Path]) -> dict[str, x509.Certificate]:
    found = [one for path in paths for one in x509.load_pem_x509_certificates(path.read_bytes())]
    return {one.fingerprint(hashes.SHA256()).hex(): one for one in found}


def read_outside(folder: Path, verifier: Verifier) -> None:
    """Heads and tokens that lie in a folder."""
    for path in sorted(folder.glob("head-*.txt")):
        verifier.anchor(path.read_text(encoding="utf-8"))
    for path in sorted(folder.glob("*.tsr")):
        verifier.tokens.append((path.name, None, path.read_bytes()))
    for path in sorted(folder.glob("*.tsr.b64")):
        verifier.tokens.append((path.name, None, decoded(path.read_text(encoding="ascii"))))


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Verify an export of the finance audit trail.")
    parser.add_argument("export", type=Path, nargs="?")
    parser.add_argument("--sql", action="store_true", help="print what psql is to run, to make an export")
    parser.add_argument("--trust", action="append", default=[])
    parser.add_argument("--anchors", action="append", default=[], type=Path)
    parser.add_argument("--authority", action="append", default=[], type=Path)
    parser.add_argument("--keys")
    options = parser.parse_args(given)
    if not options.export and not options.sql:
        parser.error("say which export, or --sql")
    return options


def tell_limits(verifier: Verifier, options: argparse.Namespace) -> None:
    """What was not proved, and by whom what is proved."""
    if verifier.unprotected:
        print(f"  {verifier.unprotected} entries were written before there was a master key")
    if not verifier.is_complete:
        print("  a part of the trail: what is here is proved, not that nothing else happened")
    if not verifier.has_guards:
        print("  triggers were not looked at: the export does not tell about them")
    if not options.trust:
        print(f"  the public keys came with the export: compare {', '.join(verifier.publics)} with what you know")
    if not options.anchors:
        print("  no heads that were kept outside: an older backup, or an end that was cut off, is not seen")
    for name, subject in sorted({(stamp.name, stamp.subject) for stamp in verifier.stamps}):
        count = sum(stamp.name == name for stamp in verifier.stamps)
        print(f"  {count} timestamps of {subject}, certificate {name}")
    if verifier.stamps and not options.authority:
        print("  the certificates of timestamps came with them: compare them with what you know, or give --authority")
    if not options.keys:
        print("  rows and chain were not verified by HMAC: no secret keys were given")


def main(given: list[str] | None = None) -> int:
    options = arguments(given)
    if options.sql:
        print(SCRIPT)
        return 0
    verifier = Verifier(set(options.trust), read_keys(options.keys))
    trail, wrong = options.export, []
    try:
        verifier.authorities = read_authorities(options.authority)
        if options.export.is_dir():
            trail, wrong = options.export / "trail.jsonl", check_manifest(options.export)
        with trail.open(encoding="utf-8") as lines:
            for line in lines:
                verifier.line(json.loads(line))
        for folder in options.anchors:
            read_outside(folder, verifier)
        verifier.finish()
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"UNREADABLE: {error!r}")
        return 2
    for text in wrong:
        print(f"BROKEN bundle: {text}")
    for kind, seq, detail in verifier.findings[:20]:
        print(f"BROKEN at {seq}: {kind}: {detail}")
    if wrong or verifier.findings:
        return 1
    print(f"PROVED: {verifier.count} entries, {len(verifier.heads)} signed checkpoints")
    tell_limits(verifier, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
