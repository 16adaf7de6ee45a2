"""What an automatic check of the close has found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check says.

    :param text: what is wrong and what to do, or what was seen to be right; names no person and no amount of one
    :param count: how many records are in the way
    :param model: model of these records, empty where there are none to open
    :param domain: which of its records they are; values that JSON knows
    """

    passed: bool
    text: str
    count: int = 0
    model: str = ""
    domain: Sequence[Any] = field(default_factory=list)
