"""What a step of a process answers, and how the facts behind a decision are pinned down."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The step is complete; its effects commit together with the answer.

    :param outcome: one sentence for the person who reads the timeline
    :param evidence: JSON-able facts that prove it
    """

    outcome: str
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The step cannot go on before somebody does something.

    :param reason: whom or what it waits for, in words
    :param key: announced by ``finance.message._resume_waiting(key)`` when it is there; None where
        a person resumes it with a button
    :param facts: what a person decides upon; a decision is bound to exactly these
    :param decisions: so many people have to agree
    """

    reason: str
    key: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    decisions: int = 0


Answer = Finished | Wait


def facts_hash(facts: dict[str, Any]) -> str:
    """Digest of what a person has seen; the order of the facts does not matter."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
