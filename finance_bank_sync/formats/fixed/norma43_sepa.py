"""Transfers and direct debits of SEPA in the five text records of Norma 43, each field at its place.

Booklet 43 of 2012, appendix 4. A bank may as well write free texts into these records, so that what tells SEPA from
a text has to be there: the scheme and the creditor's number of a direct debit, all five records of a transfer with
codes for its purpose or none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..model import Party
from ..text_values import reference

#: common concepts of the booklet
_TRANSFER, _DEBIT = "04", "03"
_SCHEMES = frozenset({"CORE", "B2B "})
_ALL = 5
_CODE = re.compile(r"[A-Z]{4}|\s{4}", re.ASCII)
#: category purposes of ISO 20022
_CATEGORIES = frozenset(
    "    |BONU|CASH|CBLK|CCRD|CORT|DCRD|DIVI|EPAY|FCOL|GOVT|HEDG|ICCP|IDCP|INTC|INTE|LOAN|OTHR|PENS|RRCT|SALA|SECU"
    "|SSBE|SUPP|TAXS|TRAD|TREA|VATX|WHLD".split("|")
)


class Sepa(NamedTuple):
    """What the records say."""

    party: Party
    remittance: str
    end_to_end_id: str | None
    mandate_id: str | None = None
    purpose: str | None = None
    more: str | None = None


def read_sepa(common: str, texts: Sequence[str], *, negative: bool) -> Sepa | None:
    """Read the text records of a movement.

    :param common: common concept of the movement
    :param texts: records 23 from their data code on
    :param negative: money went out
    :return: None where they are free texts
    """
    if [text[:2] for text in texts] != [f"{number:02d}" for number in range(1, len(texts) + 1)]:
        return None
    if common == _DEBIT and negative and texts[0][2:6] in _SCHEMES:
        return _debit([*texts, *[""] * (_ALL - len(texts))])
    if common == _TRANSFER and not negative and len(texts) == _ALL:
        return _transfer(texts)
    return None


def _debit(texts: Sequence[str]) -> Sepa | None:
    name, identifier = _words(texts[0][6:76]), texts[1][2:37].strip()
    if not (name and identifier) or " " in identifier:
        return None
    return Sepa(
        party=Party(name=name, identifier=identifier),
        remittance=_remittance(texts),
        end_to_end_id=reference(texts[4][2:37]),
        mandate_id=reference(texts[1][37:72]),
        purpose=texts[2][2:6].strip() or None,
        more=_words(texts[4][37:]) or None,
    )


def _transfer(texts: Sequence[str]) -> Sepa | None:
    name = _words(texts[0][2:68])
    if not name or not _CODE.fullmatch(texts[2][2:6]) or texts[2][6:10] not in _CATEGORIES:
        return None
    return Sepa(
        party=Party(name=name, ultimate_name=_words(texts[1][37:]) or None, identifier=reference(texts[0][68:78])),
        remittance=_remittance(texts),
        end_to_end_id=reference(texts[1][2:37]),
        purpose=texts[2][2:6].strip() or None,
        more=_words(texts[4][2:]) or None,
    )


def _remittance(texts: Sequence[str]) -> str:
    """Return a text of 140 characters, which may be parted inside of a word."""
    return _words(texts[2][10:78] + texts[3][2:74])


def _words(text: str) -> str:
    return " ".join(text.split())
