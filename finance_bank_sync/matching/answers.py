"""What was found out about one booking, from all sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .facts import AUTOMATIC, PROPOSED, UNMATCHED, BookingFacts, Decision
from .returns import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """An account to book on: of a rule that a person wrote, or learned from what people did.

    :param is_automatic: the rule says that nobody has to be asked
    """

    account_id: int
    score: int
    parts: tuple[tuple[str, int], ...]
    partner_id: int | None = None
    tax_ids: tuple[int, ...] = ()
    analytic: Mapping[str, float] | None = None
    label: str | None = None
    rule_id: int | None = None
    lesson_id: int | None = None
    is_automatic: bool = False


@dataclass(slots=True, kw_only=True)
class Answer:
    """One booking: its row, its facts, and what each source says."""

    row: Mapping[str, Any]
    fact: BookingFacts
    decision: Decision
    booked: Booked | None = None
    origins: tuple[Origin, ...] = ()
    is_return_automatic: bool = False

    @property
    def outcome(self) -> str:
        """Items that are named go before a rule about an account."""
        if self.decision.items or self.takes_origin or self.takes_account:
            return AUTOMATIC
        return PROPOSED if self.decision.suggestions or self.booked or self.origins else UNMATCHED

    @property
    def takes_origin(self) -> bool:
        return self.is_return_automatic and bool(self.origins) and self.origins[0].is_sure

    @property
    def takes_account(self) -> bool:
        return not self.decision.items and not self.takes_origin and bool(self.booked and self.booked.is_automatic)

    @property
    def score(self) -> int:
        """Of the best answer."""
        return max(
            self.decision.score,
            self.booked.score if self.booked else 0,
            self.origins[0].score if self.origins else 0,
        )

    def leave(self) -> None:
        """Known, but not to be done without a person."""
        decision = self.decision
        self.decision = Decision(suggestions=decision.suggestions, score=decision.score, parts=decision.parts)
        self.is_return_automatic = False
        if self.booked is not None:
            booked = self.booked
            self.booked = Booked(**{
                name: getattr(booked, name) for name in Booked.__dataclass_fields__ if name != "is_automatic"
            })  # fmt: skip
