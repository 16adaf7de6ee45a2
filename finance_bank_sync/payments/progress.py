"""Where a payment stands, out of everything that was ever said about it (K-11 to K-14, RELIABILITY fault 27).

What banks say comes late, twice and in any order. Nothing is stepped from state to state: all facts are kept, and the
state is a function of their set. Any order of the same facts ends in the same state, a duplicate changes nothing, and
another word of the bank or of the account never takes a payment back to an earlier rank
(tests/unit/finance_bank_sync/test_payment_progress.py). Where the bank says no last word, two people say it; what the
bank or the account says against them later goes to a person again.

A bank's "settled" is a promise; settled is what is booked on the account. What cannot be true together, such as
rejected and executed, goes to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .movements import BOOKED, RETURNED, Movement
from .status import Said

STATUS = "status"
#: two people said what became of it, where the bank said no last word
DECIDED = "decided"
#: what they say
EXECUTED, NOT_EXECUTED = "executed", "not_executed"

# States by rank. Between cancelled and settled stand those where the money may have left although something is wrong.
SENT, RECEIVED, PENDING = "sent", "received", "pending"
ACCEPTED, EXECUTING, CONFIRMED = "accepted", "executing", "confirmed"
REJECTED, CANCELLED, RECALLED, UNCLEAR = "rejected", "cancelled", "recalled", "unclear"
SETTLED, RETURNED_STATE = "settled", "returned"
RANKS = {
    SENT: 0,
    RECEIVED: 10,
    PENDING: 20,
    ACCEPTED: 30,
    EXECUTING: 40,
    CONFIRMED: 50,
    REJECTED: 60,
    CANCELLED: 61,
    RECALLED: 65,
    UNCLEAR: 70,
    SETTLED: 80,
    RETURNED_STATE: 90,
}

#: what each status of ISO 20022 says about one payment
STATES = {
    **dict.fromkeys(("RCVD", "ACTC", "PRES", "PART"), RECEIVED),
    **dict.fromkeys(("PDNG", "PATC", "RCVC", "RVMC", "RVNM", "RVNA", "RVNC", "RVCM"), PENDING),
    **dict.fromkeys(("ACCP", "ACWC", "ACFC"), ACCEPTED),
    **dict.fromkeys(("ACSP", "ACWP", "ACFW", "ACPD", "ACIS"), EXECUTING),
    **dict.fromkeys(("ACSC", "ACCC", "CPUC"), CONFIRMED),
    **dict.fromkeys(("RJCT", "BLCK"), REJECTED),
    "CANC": CANCELLED,
}
#: answers to a request to cancel
RECALL_ACCEPTED, RECALL_REFUSED, RECALL_PENDING = "ACCR", "RJCR", "PDCR"
_RECALLS = frozenset((RECALL_ACCEPTED, RECALL_REFUSED, RECALL_PENDING, "PACR"))

#: neither what the bank made of it nor what the account shows is known; the last word is waited for
WAITING = (SENT, RECEIVED, PENDING, ACCEPTED, EXECUTING)

# What a person has to decide.
REJECTED_BUT_EXECUTED = "rejected_but_executed"
DECIDED_OTHERWISE = "decided_otherwise"
BOOKED_TWICE = "booked_twice"
AMOUNT_DIFFERS = "amount_differs"
RETURN_ALONE = "return_without_booking"
RETURNED_TOO_MUCH = "returned_too_much"
UNKNOWN_STATUS = "unknown_status"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fact:
    """One thing that was said or seen.

    :param kind: :data:`STATUS`, ``booked``, ``returned`` or :data:`DECIDED`
    :param code: the status; of a return its reason; of a decision :data:`EXECUTED` or :data:`NOT_EXECUTED`
    :param key: of a movement: what makes it the same in several messages; of a decision see :func:`of_decision`
    :param amount: of a movement, positive
    :param reasons: codes of the reasons that came with a status
    """

    kind: str
    code: str = ""
    key: str = ""
    amount: Decimal = Decimal(0)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a payment stands.

    :param state: a key of :data:`RANKS`
    :param statuses: all statuses that were told, in alphabetical order
    :param reasons: all reason codes, in alphabetical order
    :param problems: what a person has to decide; empty: nothing
    :param is_changed: the bank carries it out otherwise than ordered (``ACWC``), e.g. on another day
    :param recall: last word about a request to cancel: ``ACCR``, ``RJCR``, ``PDCR`` or empty
    :param booked: sum of the bookings
    :param returned: sum of what came back
    """

    state: str
    statuses: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    is_changed: bool = False
    recall: str = ""
    booked: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)

    @property
    def rank(self) -> int:
        return RANKS[self.state]

    @property
    def needs_person(self) -> bool:
        return bool(self.problems)

    @property
    def is_final(self) -> bool:
        """Nothing more is waited for; a settled payment may still come back."""
        return self.state in (REJECTED, CANCELLED, SETTLED, RETURNED_STATE) and not self.problems


def of_status(said: Said) -> Fact:
    """A fact out of what a report says about a payment."""
    return Fact(kind=STATUS, code=said.status, reasons=tuple(sorted({one.code for one in said.reasons if one.code})))


def of_movement(movement: Movement) -> Fact:
    """A fact out of what the account says about a payment."""
    return Fact(kind=movement.kind, code=movement.reason or "", key=movement.key, amount=abs(movement.money.amount))


def of_group(movement: Movement, amounts: Mapping[str, Decimal]) -> dict[str, Fact] | None:
    """Facts out of one amount for a whole group.

    :param amounts: what was ordered, by payment, without those that were rejected
    :return: a fact for each payment; None: the amount is not theirs together, so a person has to say whose it is
    """
    if not amounts or sum(amounts.values()) != abs(movement.money.amount) or movement.count not in (0, len(amounts)):
        return None
    return {
        payment: Fact(kind=movement.kind, code=movement.reason or "", key=movement.key, amount=amount)
        for payment, amount in amounts.items()
    }


def of_decision(code: str, number: int, statuses: Iterable[str]) -> Fact:
    """A fact out of what two people say, who knew what the bank had said until then.

    :param code: :data:`EXECUTED` or :data:`NOT_EXECUTED`
    :param number: which decision about this payment it is, from 1; the last one holds
    :param statuses: what was told before: that was weighed, and stands against the decision no more
    """
    return Fact(kind=DECIDED, code=code, key=" ".join([f"{number:03d}", *sorted(statuses)]))


def standing(facts: Iterable[Fact], amount: Decimal | None = None) -> Standing:
    """Where a payment stands.

    :param facts: everything that is known, in any order, any of it repeatedly
    :param amount: what was ordered, positive, to find bookings of another amount
    """
    known = frozenset(facts)
    statuses = {fact.code for fact in known if fact.kind == STATUS}
    booked = _movements(known, BOOKED)
    returned = _movements(known, RETURNED)
    recall = next((code for code in (RECALL_ACCEPTED, RECALL_REFUSED, RECALL_PENDING) if code in statuses), "")
    decision, news = _decision(known, statuses)
    state = _state(news, bool(booked), bool(returned), recall, decision)
    reasons = {reason for fact in known for reason in fact.reasons}
    reasons |= {fact.code for fact in known if fact.kind == RETURNED and fact.code}
    return Standing(
        state=state,
        statuses=tuple(sorted(statuses)),
        reasons=tuple(sorted(reasons)),
        problems=_problems(statuses, news, booked, returned, amount, decision),
        is_changed="ACWC" in statuses,
        recall=recall,
        booked=sum(booked.values(), Decimal(0)),
        returned=sum(returned.values(), Decimal(0)),
    )


def _movements(known: Iterable[Fact], kind: str) -> dict[str, Decimal]:
    """Amounts by key: the same booking is told by notification and statement; the larger amount is the gross one."""
    found: dict[str, Decimal] = {}
    for fact in known:
        if fact.kind == kind:
            found[fact.key] = max(fact.amount, found.get(fact.key, Decimal(0)))
    return found


def _decision(known: Iterable[Fact], statuses: set[str]) -> tuple[str, set[str]]:
    """:return: the last decision or nothing, and what the bank said that was not known then"""
    last = max((fact for fact in known if fact.kind == DECIDED), key=lambda fact: (fact.key, fact.code), default=None)
    if last is None:
        return "", statuses
    return last.code, statuses - set(last.key.split()[1:])


def _is_against(decision: str, states: Iterable[str | None]) -> bool:
    """:return: whether the bank says otherwise than two people did"""
    against = (REJECTED, CANCELLED) if decision == EXECUTED else (ACCEPTED, EXECUTING, CONFIRMED)
    return bool(decision) and not set(against).isdisjoint(states)


def _state(statuses: set[str], is_booked: bool, is_returned: bool, recall: str, decision: str) -> str:
    """:param statuses: without those that were weighed in a decision"""
    if is_returned:
        return RETURNED_STATE
    if is_booked:
        return SETTLED
    states = {STATES.get(code, SENT) for code in statuses}
    is_confirmed = CONFIRMED in states or decision == EXECUTED
    if _is_against(decision, states) or (is_confirmed and states & {REJECTED, CANCELLED}):
        return UNCLEAR
    if decision == NOT_EXECUTED:
        return CANCELLED
    if recall == RECALL_ACCEPTED:
        return RECALLED if is_confirmed else CANCELLED
    if decision == EXECUTED:
        return CONFIRMED
    return max(states, key=RANKS.__getitem__, default=SENT)


def _problems(
    statuses: set[str],
    news: set[str],
    booked: dict[str, Decimal],
    returned: dict[str, Decimal],
    amount: Decimal | None,
    decision: str,
) -> tuple[str, ...]:
    """:param news: the statuses without those that were weighed in a decision"""
    states = {STATES.get(code) for code in news}
    paid, back = sum(booked.values(), Decimal(0)), sum(returned.values(), Decimal(0))
    found = []
    if states & {REJECTED, CANCELLED} and (CONFIRMED in states or (booked and paid > back)):
        found.append(REJECTED_BUT_EXECUTED)
    is_executed = bool(booked) and paid > back
    if (decision == NOT_EXECUTED and is_executed) or (not booked and _is_against(decision, states)):
        found.append(DECIDED_OTHERWISE)
    if len(booked) > 1 and (amount is None or paid > amount):
        found.append(BOOKED_TWICE)
    elif booked and amount is not None and paid != amount:
        found.append(AMOUNT_DIFFERS)
    if returned and not booked:
        found.append(RETURN_ALONE)
    elif back > paid:
        found.append(RETURNED_TOO_MUCH)
    if not statuses <= STATES.keys() | _RECALLS:
        found.append(UNKNOWN_STATUS)
    return tuple(found)
