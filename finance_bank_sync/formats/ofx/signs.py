"""Whether the signs of amounts tell their direction, as the format has it, or the types of the transactions do.

Some banks write amounts without signs, or those of a card with the signs turned, and say DEBIT or CREDIT beside them.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import BinaryIO

from ..model import Question

_AMOUNT = re.compile(
    rb"<TRNTYPE>\s*([A-Z]{1,20})\b(?:(?!<TRNTYPE>).){0,2000}?<TRNAMT>([^<\r\n]{1,60})[<\r\n]",
    re.DOTALL | re.IGNORECASE,
)
#: types that tell a direction
_TOLD = frozenset({b"DEBIT", b"CREDIT"})
#: bytes read at a time, and of a transaction as far as its amount
_BLOCK, _LONGEST = 1024**2, 2200
#: bytes that show whether the file has to be looked at
_BEGIN = 32 * 1024
#: what tells the direction (:class:`~..model.Answers`)
TYPES, SIGNS = "types", "signs"
_UNCLEAR = ""


class Signs:
    """Gives amounts the sign of their direction; the file is looked at once, where a sign contradicts its type."""

    def __init__(self, stream: BinaryIO, answer: str = "") -> None:
        """Begin a file.

        :param answer: what a person said that tells the direction
        """
        self._stream = stream
        #: absent as long as nothing contradicts
        self._by_type = answer == TYPES if answer else None
        #: whether debits with a sign have to be looked at, too: until the first one, and where types tell
        self.are_debits_open = answer != SIGNS

    def told(self, kind: str, amount: str, line: int) -> tuple[str, bool]:
        """Look at an amount.

        :param kind: DEBIT or CREDIT
        :param line: where it stands
        :return: the amount with the sign of its direction, and whether its type told it
        :raise Question: types and signs may both tell the direction
        """
        is_debit, is_negative = kind == "DEBIT", _is_negative(amount)
        if not amount.strip("0.,+-() "):
            return amount, False
        bare = amount.strip("+-() \u2212\u2013")
        # a debit with a sign among those without is money that came back
        by_type = f"-{bare}" if is_debit and not is_negative else bare
        if self._by_type is None and (is_negative is not is_debit or self._begins_without_signs()):
            found = self._counted(_BLOCK)
            verdict = _told_by(found)
            if verdict == _UNCLEAR:
                raise _question(found, line, by_type, f"-{bare}" if is_negative else bare)
            self._by_type = self.are_debits_open = verdict == TYPES
        return (by_type, True) if self._by_type else (amount, False)

    def _begins_without_signs(self) -> bool:
        """Look at the beginning of the file, once: the debits of most files have their signs."""
        is_open, self.are_debits_open = self.are_debits_open, False
        return is_open and _told_by(self._counted(_BEGIN, most=_BEGIN)) != SIGNS

    def _counted(self, size: int, most: int = 0) -> Counter[tuple[bytes, bool]]:
        """Count debits, credits and (under an empty name) all others, with and without a minus sign.

        :param most: how many bytes are looked at; none: all
        """
        found: Counter[tuple[bytes, bool]] = Counter()
        if not self._stream.seekable():
            return found
        at = self._stream.tell()
        self._stream.seek(0)
        before, read = b"", 0
        while (not most or read < most) and (block := self._stream.read(size)):
            read += len(block)
            block = before + block
            end = 0
            for match in _AMOUNT.finditer(block):
                kind = match[1].upper()
                found[kind if kind in _TOLD else b"", _is_negative(match[2].decode("latin-1"))] += 1
                end = match.end()
            # a transaction may be cut
            before = block[max(end, len(block) - _LONGEST) :]
        self._stream.seek(at)
        return found


def _told_by(found: Counter[tuple[bytes, bool]]) -> str:
    """Say what tells the direction.

    Types do where no debit has a sign and all credits have one and the same. Signs do where most debits have one: the
    others are money that came back, as a debit with a sign is where most have none. Which of the two is meant is
    unclear in between, and where there is no credit: a bank may call everything a debit. Then other types that have
    signs tell that signs are meant.
    """
    without, with_sign = found[b"DEBIT", False], found[b"DEBIT", True]
    credits = {sign for sign in (False, True) if found[b"CREDIT", sign]}
    if len(credits) > 1 or with_sign > without or not without:
        return SIGNS
    if not credits and found[b"", True]:
        return SIGNS
    return TYPES if credits and not with_sign else _UNCLEAR


def _question(found: Counter[tuple[bytes, bool]], line: int, by_type: str, by_sign: str) -> Question:
    message = (
        "Some debits have a minus sign and others have none, so that either may be money that came back"
        if found[b"DEBIT", True]
        else "Every amount is called a debit, and none has a minus sign"
    )
    return Question(
        "direction_ambiguous",
        message,
        place=f"line {line}",
        asks="directions",
        readings=((TYPES, by_type), (SIGNS, by_sign)),
    )


def _is_negative(text: str) -> bool:
    return "-" in text or "(" in text or "\u2212" in text or "\u2013" in text
