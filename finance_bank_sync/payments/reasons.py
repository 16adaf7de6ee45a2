"""What the reason codes of banks mean for people, and what to do (``reasons.json``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

#: what follows: correct and pay anew; pay anew later; a person decides; find out first; nothing
FIX, RETRY, PERSON, UNCLEAR, NONE = "fix", "retry", "person", "unclear", "none"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A reason in words.

    :param next: one of :data:`FIX`, :data:`RETRY`, :data:`PERSON`, :data:`UNCLEAR`, :data:`NONE`
    """

    code: str
    meaning: str
    advice: str
    next: str


@cache
def known() -> Mapping[str, Meaning]:
    """:return: all reasons by code"""
    data = json.loads(Path(__file__).with_name("reasons.json").read_text(encoding="utf-8"))
    return {code: Meaning(code, *texts) for code, texts in data.items()}


def meaning(code: str) -> Meaning:
    """:return: a reason in words; an unknown one is left to a person"""
    return known().get(code) or Meaning(code, f"Reason {code}", "Ask the bank what it means.", PERSON)
