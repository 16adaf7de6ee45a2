"""Examines the trail row by row: linear, in flat memory, and names what was done to it.

Nothing here repairs or decides. A finding says the first place and the kind; what is odd is remembered for a few
rows only, to tell rows that changed places from rows that were edited.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from . import keys
from .canonical import Facts, digest
from .chain import START, leaf_of, link
from .head import Head, HeadBroken, Signed, parse
from .merkle import Tree

EDITED, DELETED, INSERTED, REORDERED = "edited", "deleted", "inserted", "reordered"
TRUNCATED, ROLLED_BACK, RECOMPUTED = "truncated", "rolled_back", "recomputed"
KEY_SWAPPED, REPLACED, UNPROTECTED = "key_swapped", "checkpoint_replaced", "unprotected"
TRIGGER, UNSEALED = "trigger", "unsealed"
KINDS = (
    EDITED,
    DELETED,
    INSERTED,
    REORDERED,
    TRUNCATED,
    ROLLED_BACK,
    RECOMPUTED,
    KEY_SWAPPED,
    REPLACED,
    UNPROTECTED,
    TRIGGER,
    UNSEALED,
)
#: how long a transaction may take at most, from its beginning to its commit
LATE = timedelta(days=1)
#: findings that are kept; the rest is counted
KEPT = 50


class Row(NamedTuple):
    """One seal with its entry."""

    seq: int
    number: int
    leaf: bytes
    chain: bytes
    #: name of the key of the chain
    key: str
    #: what the entry says; None when it is gone
    facts: Facts | None
    mac: bytes


@dataclass(slots=True)
class Finding:
    """What was done to the trail, and the first place where."""

    kind: str
    seq: int
    detail: str


class Odd(NamedTuple):
    finding: Finding
    row: Row
    before: bytes


@dataclass(slots=True)
class Examiner:
    """Takes rows and heads in their order; begins with the first, or after a head that was examined before.

    :param known: keys by name (rows and chain); those that are not at hand are not judged by
    :param publics: public keys by name that heads may be signed by
    """

    known: Mapping[str, bytes]
    publics: Mapping[str, bytes]
    tree: Tree = field(default_factory=Tree)
    chain: bytes = START
    last: Head | None = None
    findings: list[Finding] = field(default_factory=list)
    count: int = 0
    unprotected: int = 0
    #: nothing was missing so far: heads can be compared
    is_whole: bool = True
    protected: bool = False
    odd: list[Odd] = field(default_factory=list)
    seq: int = 0

    def __post_init__(self) -> None:
        self.seq = self.tree.size
        self.protected = self.tree.size > 0

    def note(self, kind: str, seq: int, detail: str) -> None:
        """Add what was found beside the rows."""
        self._find(kind, seq, detail)

    def _find(self, kind: str, seq: int, detail: str) -> Finding:
        finding = Finding(kind, seq, detail)
        if len(self.findings) < KEPT:
            self.findings.append(finding)
        self.count += 1
        return finding

    # -- rows ------------------------------------------------------------------------------

    def take(self, row: Row) -> None:
        """Examine the next row."""
        if row.seq != self.seq + 1:
            self._find(DELETED, self.seq + 1, f"seals {self.seq + 1} to {row.seq - 1} are missing")
            self.is_whole = False
            # what follows a gap is examined by itself
            self._advance(row)
            return
        kind, detail = self._judge(row)
        if kind:
            finding = self._find(kind, row.seq, f"entry {row.number}: {detail}")
            if len(self.odd) < KEPT:
                self.odd.append(Odd(finding, row, self.chain))
        self._advance(row)

    def _advance(self, row: Row) -> None:
        self.tree.add(row.leaf)
        self.chain, self.seq = row.chain, row.seq

    def _judge(self, row: Row) -> tuple[str, str]:
        key = self.known.get(row.key)
        if self.known and key is None:
            return KEY_SWAPPED, f"sealed by key {row.key}, which is none of the trail's"
        linked = key is None or hmac.compare_digest(link(key, self.chain, row.seq, row.leaf), row.chain)
        if row.facts is None:
            return DELETED, "the entry is gone, its seal is there"
        content = digest(row.facts)
        if leaf_of(row.number, content, row.mac) != row.leaf:  # public: leaves are exported
            return EDITED, "it is not what was sealed"
        mine, detail = self._judge_mac(row.facts, content, row.mac)
        if mine:
            if not linked:
                return RECOMPUTED, "edited, and hashes made anew without the key"
            return mine, detail
        if self.last and row.number <= self.last.until:
            return INSERTED, "it has a number that was sealed before"
        if self.last and row.facts.at < datetime.fromisoformat(self.last.at[:-1]) - LATE:
            return INSERTED, "it is older than a checkpoint that it is not in"
        return ("", "") if linked else (RECOMPUTED, "the chain was made anew without the key, or a seal was moved")

    def _judge_mac(self, facts: Facts, content: bytes, mac: bytes) -> tuple[str, str]:
        if facts.key is None:
            self.unprotected += 1
            if self.protected:
                return UNPROTECTED, "written by a server without the master key, or put in by SQL"
            return "", ""
        if not self.known:
            return "", ""
        key = self.known.get(facts.key)
        if key is None:
            return KEY_SWAPPED, f"protected by key {facts.key}, which is none of the trail's"
        self.protected = True
        if not hmac.compare_digest(keys.mac(key, content), mac):
            return INSERTED, "put in, or edited, before it was sealed: nobody with the key wrote it"
        return "", ""

    # -- heads -----------------------------------------------------------------------------

    def head(self, signed: Signed) -> None:
        """Examine the head that follows the rows taken so far (its size is theirs)."""
        try:
            head = parse(signed.note)
        except HeadBroken:
            self._find(REPLACED, self.seq, "a checkpoint is no head of a trail")
            return
        where = f"checkpoint {head.number}"
        if head.key not in self.publics:
            self._find(KEY_SWAPPED, head.size, f"{where} is signed by key {head.key}, which is none of the trail's")
        elif not signed.is_by(self.publics, head.key):
            self._find(REPLACED, head.size, f"{where} is not what was signed")
        elif not self._follows(head):
            self._find(REPLACED, head.size, f"{where} does not follow the one before it")
        elif head.size > self.seq:
            self._find(TRUNCATED, self.seq + 1, f"{where} is about {head.size} entries, {self.seq} are here")
        elif self.is_whole and head.size == self.tree.size and head.root != self.tree.root():  # public: published
            # without the keys of the chain it is the head that shows it
            if not self.count:
                self._find(RECOMPUTED, self.last.size + 1 if self.last else 1, f"seals are not those of {where}")
        self.last = head

    def _follows(self, head: Head) -> bool:
        if self.last is None:
            return head.number == 1 and not head.previous
        return head.number == self.last.number + 1 and head.previous == self.last.digest()  # public: published

    def outside(self, mine: Signed | None, newest: int, anchored: Signed) -> None:
        """Compare a head that was kept outside with the trail's own of the same number.

        :param newest: number of the newest head of the trail
        """
        try:
            head = parse(anchored.note)
        except HeadBroken:
            return
        if not anchored.is_by(self.publics, head.key):
            self._find(
                KEY_SWAPPED, head.size, f"head {head.number} was anchored with a key that is none of the trail's"
            )
        elif mine is None and head.number > newest:
            self._find(
                ROLLED_BACK,
                min(self.seq, head.size) + 1,
                f"head {head.number} of {head.size} entries was anchored on {head.at}, the newest here is {newest}: "
                "older backup restored, or the end cut off with its checkpoints",
            )
        elif mine is None:
            self._find(REPLACED, head.size, f"head {head.number} was anchored and is not here")
        elif mine.note != anchored.note:
            self._find(
                ROLLED_BACK if mine.is_by(self.publics, _key_of(mine)) else REPLACED,
                head.size,
                f"checkpoint {head.number} is not the one that was anchored",
            )

    def end(self) -> list[Finding]:
        """Tell rows that changed places from others.

        :return: the findings, the first place first
        """
        for one in self.odd:
            if one.finding.kind == EDITED and any(self._is_content_of(one.row, other.row) for other in self.odd):
                one.finding.kind = REORDERED
            elif one.finding.kind == RECOMPUTED and any(self._is_place_of(one, other.row) for other in self.odd):
                one.finding.kind = REORDERED
        if any(one.finding.kind == REORDERED for one in self.odd):
            # what follows a row that was moved does not fit either
            for one in self.odd:
                if one.finding.kind == RECOMPUTED:
                    one.finding.kind = REORDERED
        self.findings.sort(key=lambda finding: finding.seq)
        return self.findings

    def _is_content_of(self, row: Row, other: Row) -> bool:
        if row.facts is None or row.number == other.number:
            return False
        moved = digest(row.facts._replace(number=other.number))
        return leaf_of(other.number, moved, row.mac) == other.leaf  # public: leaves are exported

    def _is_place_of(self, one: Odd, other: Row) -> bool:
        key = self.known.get(one.row.key)
        if key is None or other.seq == one.row.seq:
            return False
        right = link(key, one.before, one.row.seq, other.leaf)
        return right in (one.row.chain, other.chain)


def _key_of(signed: Signed) -> str:
    try:
        return parse(signed.note).key
    except HeadBroken:
        return ""
