"""Virtual account numbers in what a bank tells of a booking (K-17).

A virtual account is a number that its owner hands to one customer: money that is sent to it arrives
on the real account, so the number alone says who paid. Banks tell it as the account of the
receiver in the details of the booking, or somewhere in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .tokens import MAX_TEXT, normalise, tokens

#: shorter numbers are somebody's by chance
MIN_LENGTH = 6
_IBAN = re.compile(r"(?<![0-9A-Z])[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]){11,34}")


def is_iban(number: str) -> bool:
    """ISO 13616: country, two check digits, 11 to 30 letters and digits, mod 97 is 1."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", number):
        return False
    turned = number[4:] + number[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def numbers_in(own_account: str | None, texts: Iterable[str | None]) -> frozenset[str]:
    """Everything that could be a virtual account number, normalised; who asks compares it with those that exist.

    :param own_account: account of the receiver as the bank tells it, where it is not the account itself
    """
    listed = [text[:MAX_TEXT] for text in texts if text]
    found = {piece for piece in tokens(listed) if len(piece) >= MIN_LENGTH}
    for text in listed:
        for match in _IBAN.finditer(text.upper()):
            found.update(_whole_iban(match.group().replace(" ", "")))
    if own_account:
        found.add(normalise(own_account))
    return frozenset(found - {""})


def _whole_iban(text: str) -> list[str]:
    """A word that follows may look like a part of the number: every piece with right check digits counts."""
    return [text[:length] for length in range(15, min(len(text), 34) + 1) if is_iban(text[:length])]
