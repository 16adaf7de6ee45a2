"""What a delivery says about itself: identity, kind, what it is about, and its rank among the events of that.

The places are JMESPath expressions over the body, so that a sender is described by data. They are evaluated only
after the signature was found to be right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from ..safe import strict_json
from ..safe.errors import SafetyError

#: largest rank that a message can carry
MAX_RANK = 2**31 - 1
MAX_TEXT = 200


class PathError(ValueError):
    """An expression that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where the facts stand.

    :param identity: expression for the sender's identity of the event, the same in every repetition
    :param kind: expression for the kind of event
    :param key: expression for what the event is about; events of one key are worked in order
    :param rank: expression for a number or time that grows with each event of a key
    :param ranks: kind -> rank, where the sender's times do not tell the order; wins over ``rank``
    """

    identity: str = ""
    kind: str = ""
    key: str = ""
    rank: str = ""
    ranks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was found; None where nothing is said.

    :param readable: the body is a JSON document
    """

    readable: bool
    identity: str | None = None
    kind: str | None = None
    key: str | None = None
    rank: int | None = None


def check_path(expression: str) -> None:
    """:raise PathError: it is no JMESPath expression"""
    try:
        jmespath.compile(expression)
    except JMESPathError as error:
        raise PathError(str(error).splitlines()[0]) from error


def read_facts(body: bytes, paths: Paths) -> Facts:
    """Read the facts of a delivery; what cannot be read is no fact, never an error."""
    try:
        document = strict_json.loads(body)
    except SafetyError:
        return Facts(readable=False)
    kind = _text(_found(paths.kind, document))
    rank = paths.ranks.get(kind) if kind else None
    return Facts(
        readable=True,
        identity=_text(_found(paths.identity, document)),
        kind=kind,
        key=_text(_found(paths.key, document)),
        rank=_rank(_found(paths.rank, document)) if rank is None else rank,
    )


def _found(expression: str, document: Any) -> Any:
    if not expression:
        return None
    try:
        return jmespath.search(expression, document)
    except (JMESPathError, TypeError, ArithmeticError):
        return None


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    text = str(value)
    return text if 0 < len(text) <= MAX_TEXT and text.isprintable() else None


def _rank(value: Any) -> int | None:
    """:return: a number as it is, a time as seconds since 1970; what does not fit is no rank"""
    if isinstance(value, str):
        if value.isascii() and value.isdigit() and len(value) <= 13:
            value = int(value)
        else:
            try:
                moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
            except ValueError:
                return None
            value = int((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp())
    if isinstance(value, Decimal):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    if value > MAX_RANK:
        # milliseconds
        value //= 1000
    return value if 0 < value <= MAX_RANK else None
