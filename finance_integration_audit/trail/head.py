"""Heads of the trail: what a checkpoint says, as a text that people can read and that is signed byte by byte."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from . import keys

TITLE = "finance audit trail head 1"
_LINES = ("origin", "number", "size", "root", "chain", "until", "at", "previous", "key")
_SIGNATURE = "signature "


class HeadBroken(ValueError):
    """The text is no head."""


@dataclass(frozen=True, slots=True)
class Head:
    """Everything up to here, in one hash."""

    #: identity of the database
    origin: str
    #: first is 1, no gaps
    number: int
    #: entries that are sealed
    size: int
    root: bytes
    #: the chain after the last of them
    chain: bytes
    #: every entry with an id up to this one is sealed
    until: int
    at: str
    #: SHA-256 of the text of the head before, empty for the first
    previous: bytes
    #: name of the public key
    key: str

    def note(self) -> str:
        """:return: the text that is signed"""
        values = (
            self.origin,
            str(self.number),
            str(self.size),
            self.root.hex(),
            self.chain.hex(),
            str(self.until),
            self.at,
            self.previous.hex() or "-",
            self.key,
        )
        lines = [f"{name} {value}" for name, value in zip(_LINES, values, strict=True)]
        return "\n".join([TITLE, *lines, ""])

    def digest(self) -> bytes:
        """:return: SHA-256 of the text, what the next head and outside witnesses refer to"""
        return hashlib.sha256(self.note().encode()).digest()


def parse(note: str) -> Head:
    """:raise HeadBroken: it is not what :meth:`Head.note` writes"""
    lines = note.split("\n")
    try:
        if lines[0] != TITLE or lines[-1] != "" or len(lines) != len(_LINES) + 2:
            raise HeadBroken("not a head of the trail")
        facts = dict(line.split(" ", 1) for line in lines[1:-1])
        head = Head(
            origin=facts["origin"],
            number=int(facts["number"]),
            size=int(facts["size"]),
            root=bytes.fromhex(facts["root"]),
            chain=bytes.fromhex(facts["chain"]),
            until=int(facts["until"]),
            at=facts["at"],
            previous=b"" if facts["previous"] == "-" else bytes.fromhex(facts["previous"]),
            key=facts["key"],
        )
    except (ValueError, KeyError) as error:
        raise HeadBroken("not a head of the trail") from error
    if head.note() != note:
        raise HeadBroken("a head has one form only")
    return head


@dataclass(frozen=True, slots=True)
class Signed:
    """A head with its signature, as it is stored, exported and anchored."""

    note: str
    signature: bytes

    def text(self) -> str:
        """:return: note and signature in one text"""
        return f"{self.note}{_SIGNATURE}{base64.b64encode(self.signature).decode('ascii')}\n"

    def is_by(self, publics: Mapping[str, bytes], name: str) -> bool:
        """Say whether it was signed by the key of that name."""
        public = publics.get(name)
        return public is not None and keys.is_signed(public, self.note.encode(), self.signature)


def signed_text(text: str) -> Signed:
    """:return: note and signature of what :meth:`Signed.text` wrote
    :raise HeadBroken: it is something else
    """
    note, mark, signature = text.replace("\r\n", "\n").rpartition(_SIGNATURE)
    try:
        if not mark:
            raise HeadBroken("a head without signature")
        return Signed(note, base64.b64decode(signature.strip(), validate=True))
    except ValueError as error:
        raise HeadBroken("a head without signature") from error


def number_of(signed: Signed) -> int:
    """:return: number of a head, 0 of what is none"""
    try:
        return parse(signed.note).number
    except HeadBroken:
        return 0


def size_of(note: str, otherwise: int) -> int:
    """:return: entries that a head is about, as it says itself"""
    try:
        return parse(note).size
    except HeadBroken:
        return otherwise
