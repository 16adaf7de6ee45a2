"""Writes texts in the characters that a bank takes, and shows what was lost by it.

Nothing is cut and nothing vanishes: a character that has no counterpart becomes a question mark and is told as lost.
White space of any kind becomes a blank.
"""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .charset import Charset
from .fields import with_texts
from .model import Batch

#: what stands for a character without a counterpart
LOST = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A text that the bank gets in other letters.

    :param place: ``groups[0].payments[2].counterparty.name``
    :param characters: each foreign character and what stands for it, in the order of the text, each once
    :param lost: those of them that nothing stands for
    """

    place: str
    kind: str
    before: str
    after: str
    characters: tuple[tuple[str, str], ...]
    lost: tuple[str, ...] = ()


def transliterated(text: str, target: Charset) -> tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Write a text in a set of characters.

    :return: the text, each foreign character with what stands for it, and the ones that were lost
    """
    if target.fits(text):
        return text, (), ()
    pairs: dict[str, str] = {}
    lost: list[str] = []
    # letters and their accents may come apart (NFD): what belongs together is looked at together
    composed = unicodedata.normalize("NFC", text)
    if composed != text and target.fits(composed):
        return composed, tuple((one, "") for one in target.strangers(text)), ()
    for character in dict.fromkeys(composed):
        if target.fits(character):
            continue
        found = _counterpart(character, target)
        if found is None:
            lost.append(character)
        pairs[character] = LOST if found is None else found
    return composed.translate({ord(sign): text for sign, text in pairs.items()}), tuple(pairs.items()), tuple(lost)


def prepare(batch: Batch, target: Charset) -> tuple[Batch, tuple[Change, ...]]:
    """Write all names, addresses and texts of a batch as the bank takes them; references stay as they are.

    :return: the batch as the file will tell it, and every text that is different in it
    """
    changes: list[Change] = []

    def change(place: str, kind: str, text: str) -> str:
        after, characters, lost = transliterated(text, target)
        if after != text:
            changes.append(Change(place=place, kind=kind, before=text, after=after, characters=characters, lost=lost))
        return after

    groups = []
    for number, group in enumerate(batch.groups):
        whole = dataclasses.replace(group, payments=tuple(group.payments))
        groups.append(with_texts(whole, change, f"groups[{number}]"))
    initiator = with_texts(batch.initiator, change, "initiator")
    prepared = dataclasses.replace(batch, initiator=initiator, groups=tuple(groups))
    return prepared, tuple(changes)


def _counterpart(character: str, target: Charset) -> str | None:
    """What stands for a character; None: nothing does."""
    if character.isspace():
        return " "
    candidates = [_table().get(character)]
    decomposed = unicodedata.normalize("NFD", character)
    base = "".join(one for one in decomposed if not unicodedata.combining(one))
    # an accent that stands alone, and what cannot be seen (joiners, marks of direction), says nothing
    if not base or unicodedata.category(character) == "Cf":
        candidates.append("")
    elif base != character:
        candidates += [base, "".join(_table().get(one, one) for one in base)]
    compatible = unicodedata.normalize("NFKC", character)
    if compatible != character:
        flat = "".join(one for one in unicodedata.normalize("NFD", compatible) if not unicodedata.combining(one))
        candidates.append("".join(one if target.fits(one) else _table().get(one, one) for one in flat))
    return next((one for one in candidates if one is not None and target.fits(one)), None)


@cache
def _table() -> dict[str, str]:
    data = json.loads(Path(__file__).with_name("transliteration.json").read_text(encoding="utf-8"))
    return {sign: text for name, table in data.items() if name != "note" for sign, text in table.items()}
