"""The end of one attempt, as it is written to the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from ..safe.masking import mask_text
from . import states
from .claim import Claim
from .outcome import Done, Held, Ignored, Outcome
from .text import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One row of the statement that ends attempts; the field names are its columns.

    :param outcome: what the attempt row says; the state unless the attempt was put back
    :param uncount: 1 takes the attempt off the message's count
    :param next_in: seconds until the message may be claimed again
    """

    id: int
    attempt_id: int
    state: str
    outcome: str
    result: str | None = None
    reason: str | None = None
    detail: str | None = None
    trace: str | None = None
    error_class: str | None = None
    waiting_key: str | None = None
    next_in: float | None = None
    uncount: int = 0
    versions: str | None = None
    asked: str | None = None

    def __post_init__(self) -> None:
        states.check(states.PROCESSING, self.state)


#: columns in the order of :func:`columns`
COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Completion))


def row(completion: Completion) -> dict[str, Any]:
    """Give the values of one row by column."""
    return {name: getattr(completion, name) for name in COLUMNS}


def columns(completions: Sequence[Completion]) -> dict[str, list[Any]]:
    """Turn rows into one array per column, for a single statement whatever their number."""
    return {name: [getattr(completion, name) for completion in completions] for name in COLUMNS}


def of_outcome(
    claim: Claim,
    outcome: Outcome,
    versions: dict[str, int] | None = None,
    asked: Sequence[dict[str, Any]] = (),
) -> Completion:
    """Give the completion that a handler's outcome asks for.

    :param versions: versions of the mappings that were used
    :param asked: what the mappings were asked
    :raise TypeError: when the handler answered something else
    """
    used = to_json(versions) if versions else None
    questions = to_json(list(asked)) if asked else None
    if isinstance(outcome, Done):
        return Completion(
            id=claim.id,
            attempt_id=claim.attempt_id,
            state=states.DONE,
            outcome=states.DONE,
            result=to_json(outcome.result) if outcome.result else None,
            versions=used,
            asked=questions,
        )
    if isinstance(outcome, Ignored):
        return Completion(
            id=claim.id,
            attempt_id=claim.attempt_id,
            state=states.IGNORED,
            outcome=states.IGNORED,
            reason=outcome.reason,
            # details are read by people who may not see content
            detail=mask_text(outcome.detail) if outcome.detail else outcome.detail,
            versions=used,
            asked=questions,
        )
    if isinstance(outcome, Held):
        return Completion(
            id=claim.id,
            attempt_id=claim.attempt_id,
            state=states.HELD,
            outcome=states.HELD,
            reason=outcome.reason,
            # details are read by people who may not see content
            detail=mask_text(outcome.detail) if outcome.detail else outcome.detail,
            error_class=outcome.error_class,
            waiting_key=outcome.waiting_key,
            versions=used,
            asked=questions,
        )
    raise TypeError(f"{claim.flow.handler} answered {outcome!r}, expected Done, Held or Ignored")


def released(claim: Claim, *, reason: str, detail: str, next_in: float) -> Completion:
    """Give the completion that puts a claim back as if it had not been taken."""
    return Completion(
        id=claim.id,
        attempt_id=claim.attempt_id,
        state=states.QUEUED,
        outcome="released",
        reason=reason,
        detail=detail,
        error_class="technical",
        next_in=next_in,
        uncount=1,
    )
