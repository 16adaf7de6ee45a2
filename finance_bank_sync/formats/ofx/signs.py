"""Whether the signs of amounts tell their direction, as the format has it, or the types of the transactions do.

Some banks write amounts without signs, or those of a card with the signs turned, and say DEBIT or CREDIT beside them.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import BinaryIO

_AMOUNT = re.compile(
    rb"<TRNTYPE>\s*(DEBIT|CREDIT)\b(?:(?!<TRNTYPE>).){0,2000}?<TRNAMT>([^<\r\n]{1,60})[<\r\n]",
    re.DOTALL | re.IGNORECASE,
)
#: bytes read at a time, and of a transaction as far as its amount
_BLOCK, _LONGEST = 1024**2, 2200
#: bytes that show whether the file has to be looked at
_BEGIN = 32 * 1024
#: so many debits without a sign stand against one that has it, beside credits
_AGAINST_ONE = 3
#: where there is no credit, debits have to be many, and hardly one to have a sign: a bank may call everything a debit
_FEWEST = _AGAINST_ONE_ALONE = 10


class Signs:
    """Gives amounts the sign of their direction; the file is looked at once, where a sign contradicts its type."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        #: absent as long as nothing contradicts
        self._by_type: bool | None = None
        #: whether debits with a sign have to be looked at, too: until the first one, and where types tell
        self.are_debits_open = True

    def told(self, kind: str, amount: str) -> tuple[str, bool]:
        """Look at an amount.

        :param kind: DEBIT or CREDIT
        :return: the amount with the sign of its direction, and whether its type told it
        """
        is_debit, is_negative = kind == "DEBIT", _is_negative(amount)
        if not amount.strip("0.,+-() "):
            return amount, False
        if self._by_type is None and (is_negative is not is_debit or self._begins_without_signs()):
            self._by_type = self.are_debits_open = _are_told_by_type(self._counted(_BLOCK))
        if not self._by_type:
            return amount, False
        bare = amount.strip("+-() \u2212\u2013")
        # a debit with a sign among those without is money that came back
        return (f"-{bare}" if is_debit and not is_negative else bare), True

    def _begins_without_signs(self) -> bool:
        """Look at the beginning of the file, once: the debits of most files have their signs."""
        is_open, self.are_debits_open = self.are_debits_open, False
        return is_open and _are_told_by_type(self._counted(_BEGIN, most=_BEGIN), fewest=1)

    def _counted(self, size: int, most: int = 0) -> Counter[tuple[bytes, bool]]:
        """Count debits and credits with and without a minus sign.

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
                found[match[1].upper(), _is_negative(match[2].decode("latin-1"))] += 1
                end = match.end()
            # a transaction may be cut
            before = block[max(end, len(block) - _LONGEST) :]
        self._stream.seek(at)
        return found


def _are_told_by_type(found: Counter[tuple[bytes, bool]], fewest: int = _FEWEST) -> bool:
    """Say whether the debits lack their signs, but for a few that came back, and all credits have one and the same.

    :param fewest: so many debits say it where there is no credit
    """
    without, with_sign = found[b"DEBIT", False], found[b"DEBIT", True]
    credits = {sign for sign in (False, True) if found[b"CREDIT", sign]}
    if len(credits) == 1:
        return without > 0 and with_sign * _AGAINST_ONE <= without
    return not credits and without >= max(fewest, with_sign * _AGAINST_ONE_ALONE)


def _is_negative(text: str) -> bool:
    return "-" in text or "(" in text or "\u2212" in text or "\u2013" in text
