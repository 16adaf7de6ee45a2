"""The characters that a bank takes, as data (``charsets.json``)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Charset:
    """A set of characters by name."""

    name: str
    #: matches one character that is not in the set
    foreign: re.Pattern[str]

    def fits(self, text: str) -> bool:
        """:return: whether all characters of the text are in the set"""
        return self.foreign.search(text) is None

    def strangers(self, text: str) -> tuple[str, ...]:
        """:return: the characters that are not in the set, each once"""
        return tuple(dict.fromkeys(self.foreign.findall(text)))


@cache
def charset(name: str) -> Charset:
    """Look up a set.

    :raise KeyError: there is no such set
    """
    return Charset(name, re.compile(f"[^{_members(_data(), name)}]"))


def names() -> tuple[str, ...]:
    """:return: the sets that there are"""
    return tuple(_data())


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("charsets.json").read_text(encoding="utf-8"))
    return found


def _members(data: dict[str, Any], name: str) -> str:
    """The set as the inside of a character class."""
    entry = data[name]
    ranges = [f"{re.escape(one[0])}-{re.escape(one[2])}" for one in entry.get("ranges", ())]
    inherited = _members(data, entry["extends"]) if "extends" in entry else ""
    return inherited + "".join(ranges) + "".join(map(re.escape, entry.get("extra", "")))
