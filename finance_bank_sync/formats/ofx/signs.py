"""Whether the signs of amounts tell their direction, as the format has it, or the types of the transactions do.

Some banks write amounts without signs, or those of a card with the signs turned, and say DEBIT or CREDIT beside them.
"""

from __future__ import annotations

import re
from typing import BinaryIO

_AMOUNT = re.compile(
    rb"<TRNTYPE>\s*(DEBIT|CREDIT)\b(?:(?!<TRNTYPE>).){0,2000}?<TRNAMT>([^<\r\n]{1,60})[<\r\n]",
    re.DOTALL | re.IGNORECASE,
)
#: bytes read at a time, and of a transaction as far as its amount
_BLOCK, _LONGEST = 1024**2, 2200


class Signs:
    """Gives amounts the sign of their direction; the file is looked at once, where a sign contradicts its type."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        #: absent as long as nothing contradicts
        self._by_type: bool | None = None

    def told(self, kind: str, amount: str) -> tuple[str, bool]:
        """Look at an amount whose sign seems to contradict its type.

        :param kind: DEBIT or CREDIT
        :return: the amount with the sign of its direction, and whether its type told it
        """
        is_debit = kind == "DEBIT"
        if _is_negative(amount) is is_debit or not amount.strip("0.,+-() "):
            return amount, False
        if self._by_type is None:
            self._by_type = self._are_told_by_type()
        if not self._by_type:
            return amount, False
        bare = amount.strip("+-() \u2212\u2013")
        return (f"-{bare}" if is_debit else bare), True

    def _are_told_by_type(self) -> bool:
        """Say whether every debit of the file lacks its sign, and there are credits, all with one and the same."""
        if not self._stream.seekable():
            return False
        at = self._stream.tell()
        self._stream.seek(0)
        found: set[tuple[bytes, bool]] = set()
        before = b""
        while block := self._stream.read(_BLOCK):
            block = before + block
            seen = _AMOUNT.findall(block)
            found |= {(kind.upper(), _is_negative(text.decode("latin-1"))) for kind, text in seen}
            # a transaction may be cut: what is seen twice says the same twice
            before = block[-_LONGEST:]
        self._stream.seek(at)
        debits, credits = ({sign for kind, sign in found if kind == one} for one in (b"DEBIT", b"CREDIT"))
        return debits == {False} and len(credits) == 1


def _is_negative(text: str) -> bool:
    return "-" in text or "(" in text or "\u2212" in text or "\u2013" in text
