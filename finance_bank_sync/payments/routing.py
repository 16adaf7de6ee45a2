"""Which route a payment takes: the first that fits and can be used (K-25, S-07)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A line of the table of routes; what is empty fits everything.

    :param countries: of the payee's bank, two letters
    :param amount_to: None: no limit
    :param obstacle: why it cannot be used now, in words
    """

    id: int
    currency: str | None = None
    countries: frozenset[str] = frozenset()
    urgency: str | None = None
    amount_from: Decimal = Decimal(0)
    amount_to: Decimal | None = None
    obstacle: str | None = None

    def fits(self, payment: Routed) -> bool:
        amount = payment.amount if self.currency else payment.local
        return (
            self.currency in (None, payment.currency)
            and (not self.countries or payment.country in self.countries)
            and self.urgency in (None, payment.urgency)
            and amount >= self.amount_from
            and (self.amount_to is None or amount <= self.amount_to)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """What of a payment decides its route.

    :param country: of the payee's bank, two letters; None: not known
    :param local: the amount in the company's currency, for routes of any currency
    """

    currency: str
    country: str | None
    amount: Decimal
    local: Decimal
    urgency: str = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """:param passed: routes that would have come first and cannot be used now"""

    route: Route | None
    passed: tuple[Route, ...] = ()


def choose(routes: Iterable[Route], payment: Routed) -> Choice:
    """:param routes: in the order in which they are asked"""
    passed: list[Route] = []
    for route in routes:
        if route.fits(payment):
            if route.obstacle is None:
                return Choice(route=route, passed=tuple(passed))
            passed.append(route)
    return Choice(route=None, passed=tuple(passed))
