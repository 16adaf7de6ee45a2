"""Facts in any order end in one state; money is settled only when it is booked (K-11 to K-14, faults 27, 36, 37)."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.payments import progress
from odoo.addons.finance_bank_sync.payments.progress import RANKS, STATES, STATUS, Fact, standing
from odoo.addons.finance_bank_sync.payments.reasons import PERSON, known, meaning

AMOUNT = Decimal("100.00")


def said(*codes: str) -> list[Fact]:
    return [Fact(kind=STATUS, code=code) for code in codes]


def booked(key: str = "B1", amount: str = "100.00") -> Fact:
    return Fact(kind="booked", key=key, amount=Decimal(amount))


def returned(key: str = "R1", amount: str = "100.00", code: str = "AC04") -> Fact:
    return Fact(kind="returned", key=key, amount=Decimal(amount), code=code)


def decided(code: str, *statuses: str, number: int = 1) -> Fact:
    return progress.of_decision(code, number, statuses)


@pytest.mark.parametrize(
    ("facts", "state", "problems"),
    [
        ([], "sent", ()),
        (said("RCVD", "ACTC"), "received", ()),
        (said("ACTC", "PDNG"), "pending", ()),
        (said("PATC"), "pending", ()),
        (said("ACTC", "ACCP"), "accepted", ()),
        (said("ACWC"), "accepted", ()),
        (said("ACCP", "ACSP", "PDNG", "RCVD"), "executing", ()),
        (said("ACSP", "ACSC"), "confirmed", ()),
        (said("ACCC"), "confirmed", ()),
        (said("ACSP", "RJCT"), "rejected", ()),
        (said("CANC", "ACTC"), "cancelled", ()),
        (said("BLCK"), "rejected", ()),
        (said("ACSC", "RJCT"), "unclear", ("rejected_but_executed",)),
        (said("ACSC", "CANC"), "unclear", ("rejected_but_executed",)),
        (said("ACSC", "ACCR"), "recalled", ()),
        (said("ACCP", "ACCR"), "cancelled", ()),
        (said("ACCP", "RJCR"), "accepted", ()),
        ([*said("ACSC"), booked()], "settled", ()),
        ([booked()], "settled", ()),
        ([*said("ACSC", "ACCR"), booked()], "settled", ()),
        ([*said("RJCT"), booked()], "settled", ("rejected_but_executed",)),
        ([*said("RJCT"), booked(), returned()], "returned", ()),
        ([booked(), booked("B2")], "settled", ("booked_twice",)),
        ([booked(amount="60.00"), booked("B2", "40.00")], "settled", ()),
        ([booked(amount="99.00")], "settled", ("amount_differs",)),
        ([*said("ACSC"), booked(), returned()], "returned", ()),
        ([booked(), returned(amount="97.00")], "returned", ()),
        ([returned()], "returned", ("return_without_booking",)),
        ([booked(), returned(), returned("R2")], "returned", ("returned_too_much",)),
        (said("XYZZ"), "sent", ("unknown_status",)),
        # two people said what became of it
        ([*said("ACSP"), decided("not_executed", "ACSP")], "cancelled", ()),
        ([decided("not_executed"), *said("RJCT")], "cancelled", ()),
        ([decided("not_executed"), *said("PDNG")], "cancelled", ()),
        ([decided("not_executed"), *said("ACCP")], "unclear", ("decided_otherwise",)),
        ([decided("not_executed"), *said("ACSC")], "unclear", ("decided_otherwise",)),
        ([decided("not_executed"), booked()], "settled", ("decided_otherwise",)),
        ([decided("not_executed"), booked(), returned()], "returned", ()),
        ([decided("executed")], "confirmed", ()),
        ([decided("executed"), booked()], "settled", ()),
        ([decided("executed"), *said("RJCT")], "unclear", ("decided_otherwise",)),
        ([decided("executed"), *said("RJCT"), booked()], "settled", ("rejected_but_executed",)),
        ([decided("executed"), *said("ACCR")], "recalled", ()),
        # ... and said so once more, knowing what the bank had said meanwhile
        ([decided("executed"), *said("RJCT"), decided("not_executed", "RJCT", number=2)], "cancelled", ()),
        ([decided("executed"), *said("RJCT"), decided("executed", "RJCT", number=2)], "confirmed", ()),
        ([*said("ACSC", "RJCT"), decided("not_executed", "ACSC", "RJCT")], "cancelled", ()),
    ],
)
def test_state_and_problems(facts: list[Fact], state: str, problems: tuple[str, ...]) -> None:
    found = standing(facts, AMOUNT)
    assert (found.state, found.problems) == (state, problems)
    assert found.needs_person == bool(problems)


def test_only_a_booking_settles_and_only_then_nothing_more_is_waited_for() -> None:
    """K-12: what the bank promises is not what is on the account."""
    for code in STATES:
        assert standing(said(code)).state not in ("settled", "returned")
    assert not standing(said("ACCC")).is_final
    assert standing([booked()], AMOUNT).is_final
    assert not standing([*said("RJCT"), booked()], AMOUNT).is_final


def test_reasons_amounts_and_changes_are_told() -> None:
    facts = [Fact(kind=STATUS, code="ACWC", reasons=("DT06",)), booked(), returned(amount="97.00")]
    found = standing(facts, AMOUNT)
    assert (found.reasons, found.is_changed) == (("AC04", "DT06"), True)
    assert (found.booked, found.returned) == (Decimal("100.00"), Decimal("97.00"))


_FACTS = st.one_of(
    st.builds(
        Fact,
        kind=st.just(STATUS),
        code=st.sampled_from([*STATES, "ACCR", "RJCR", "PDCR", "XYZZ"]),
        reasons=st.sampled_from([(), ("AC04",), ("AM04",)]),
    ),
    st.builds(
        Fact,
        kind=st.sampled_from(["booked", "returned"]),
        key=st.sampled_from(["1", "2"]),
        amount=st.sampled_from([Decimal("100.00"), Decimal("97.00")]),
        code=st.sampled_from(["", "AC04"]),
    ),
)
_DECISIONS = st.builds(
    progress.of_decision,
    st.sampled_from([progress.EXECUTED, progress.NOT_EXECUTED]),
    st.integers(1, 3),
    st.lists(st.sampled_from([*STATES]), max_size=3, unique=True),
)
_LISTS = st.lists(_FACTS | _DECISIONS, max_size=8)


@given(_LISTS, st.randoms(use_true_random=False), st.none() | st.just(AMOUNT))
def test_any_order_and_any_duplicates_end_in_the_same(
    facts: list[Fact], chance: random.Random, amount: Decimal | None
) -> None:
    """K-11: out of order, and the same report twice."""
    mixed = [*facts, *chance.sample(facts, k=len(facts) // 2)]
    chance.shuffle(mixed)
    assert standing(mixed, amount) == standing(facts, amount)


@given(_LISTS, _FACTS)
def test_no_fact_ever_takes_a_payment_back(facts: list[Fact], late: Fact) -> None:
    """Fault 27: a late status of an earlier step changes nothing. (People who decide may put right what is unclear.)"""
    before, after = standing(facts, AMOUNT), standing([*facts, late], AMOUNT)
    assert after.rank >= before.rank
    assert after.booked >= before.booked
    assert after.returned >= before.returned


@given(_LISTS)
def test_money_that_may_have_left_is_never_shown_as_failed(facts: list[Fact]) -> None:
    """But where two people knew what the bank had said, and said that it did not leave."""
    found = standing(facts, AMOUNT)
    statuses = {STATES.get(fact.code) for fact in facts if fact.kind == STATUS}
    is_decided = any(fact.kind == progress.DECIDED for fact in facts)
    if ("confirmed" in statuses and not is_decided) or any(fact.kind == "booked" for fact in facts):
        assert found.state not in ("rejected", "cancelled")
    if found.state in ("rejected", "cancelled"):
        assert not found.booked


@given(st.lists(_FACTS, max_size=4), st.sampled_from([progress.EXECUTED, progress.NOT_EXECUTED]), _FACTS)
def test_what_stands_against_a_decision_is_told_and_reopens_nothing(facts: list[Fact], code: str, late: Fact) -> None:
    """K-13: of what two people said was executed a bill is opened by two people alone, and the other way round."""
    facts = [*facts, decided(code, *(fact.code for fact in facts if fact.kind == STATUS))]
    before, after = standing(facts, AMOUNT), standing([*facts, late], AMOUNT)
    if before.state == progress.CONFIRMED:
        assert after.state not in (progress.REJECTED, progress.CANCELLED)
    if before.state == progress.CANCELLED and after.state not in (progress.CANCELLED, progress.RETURNED_STATE):
        assert progress.DECIDED_OTHERWISE in after.problems


def test_every_state_has_its_rank() -> None:
    assert len(set(RANKS.values())) == len(RANKS)
    assert set(STATES.values()) <= set(RANKS)
    assert progress.SETTLED in RANKS


def test_reasons_have_words_and_advice() -> None:
    """K-13: a rejection says what to do."""
    for one in known().values():
        assert one.meaning
        assert one.advice.endswith(".")
        assert one.next in ("fix", "retry", "person", "unclear", "none")
    assert meaning("AC04").next == "fix"
    assert meaning("AM05").next == "unclear"
    assert (meaning("X123").next, meaning("X123").code) == (PERSON, "X123")
