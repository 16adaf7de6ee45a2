"""The pieces of the matching engine: check digits, sums, evidence, rules, returns (K-14, K-18, K-19)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.matching import lessons, returns, rules, structured
from odoo.addons.finance_bank_sync.matching.decide import decide
from odoo.addons.finance_bank_sync.matching.facts import BookingFacts, OpenItem, Settings
from odoo.addons.finance_bank_sync.matching.names import PartnerNames
from odoo.addons.finance_bank_sync.matching.naming import one_edit_apart
from odoo.addons.finance_bank_sync.matching.precision import measure
from odoo.addons.finance_bank_sync.matching.subset import only_subset
from odoo.addons.finance_bank_sync.matching.together import instalments
from odoo.addons.finance_bank_sync.matching.tokens import digits_of, is_date, is_identifying, normalise, tokens

DAY = date(2026, 3, 2)


def booking(amount, text="", *, id_=1, refs=(), **values):
    return BookingFacts(
        id=id_,
        amount=Decimal(amount),
        currency=values.pop("currency", "EUR"),
        date=DAY,
        references=frozenset(refs),
        tokens=tokens([text]),
        **values,
    )


def item(id_, residual, number=None, *, partner=7, account=1, currency="EUR", **values):
    number = number or f"INV/2026/{id_:05d}"
    return OpenItem(
        id=id_,
        names=frozenset({normalise(number)}),
        digits=digits_of(number),
        residual=Decimal(residual),
        currency=currency,
        partner_id=partner,
        account_id=account,
        **values,
    )


# -- references ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (structured.is_rf, "RF18539007547034", "RF18539007547043"),
        (structured.is_qr, "210000000003139471430009017", "210000000003139471430009018"),
        (structured.is_belgian, "123456789002", "123456789003"),
        (structured.is_belgian, "000000009797", "000000009700"),
        (structured.is_finnish, "1232", "1233"),
        (structured.is_luhn, "2345676", "2345677"),
        (structured.is_mod11, "123456785", "123456784"),
        (structured.is_swedish, "123456790", "123456782"),
    ],
)
def test_k19_check_digits(check, good, bad):
    assert check(good)
    assert not check(bad)
    assert not check("")
    assert not check(good + " ")


@given(st.integers(1, 10**18))
def test_k19_a_finnish_reference_travels_as_rf_and_back(number):
    digits = next(f"{number}{check}" for check in range(10) if structured.is_finnish(f"{number}{check}")) \
        if number > 99 else "1232"  # fmt: skip
    forms = structured.variants(digits)
    as_rf = next(form for form in forms if form.startswith("RF"))
    assert structured.is_rf(as_rf)
    assert digits in structured.variants(as_rf)
    assert digits in structured.variants(digits.zfill(20))


@given(st.text(max_size=300))
def test_k19_free_text_never_breaks_the_search(text):
    for found in structured.found_in([text]):
        is_danish = any(structured.is_danish(kind, found) for kind in ("04", "71", "75"))
        assert structured.is_rf(found) or structured.is_qr(found) or structured.is_belgian(found) or is_danish


def test_k19_a_swedish_reference_with_a_wrong_length_digit_is_still_mod_10():
    assert structured.kinds("4111111111111111") >= {"luhn"}
    assert "swedish" not in structured.kinds("4111111111111111")
    assert structured.kinds("123456790") >= {"luhn", "swedish"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("+71<123456789012347+87654321<", {"123456789012347"}),
        ("paid 75<1234567890123452 +87654321< thanks", {"1234567890123452"}),
        ("+71<123456789012348+87654321<", set()),
        ("+75<123456789012347+87654321<", set()),
        ("71 123456789012347", set()),
    ],
)
def test_k19_danish_slips_in_free_text(text, found):
    assert structured.found_in([text]) == found


def test_k19_reference_followed_by_words():
    assert structured.found_in(["RF18 5390 0754 7034 AND 2 MORE"]) == {"RF18539007547034"}
    assert structured.found_in(["+++123/4567/89002+++ 123/4567/89003"]) == {"123456789002"}


# -- sums --------------------------------------------------------------------------------------

cents = st.integers(1, 500).map(lambda value: Decimal(value) / 100)


@given(st.lists(cents, min_size=1, max_size=9), st.data())
def test_k19_a_sum_is_found_when_it_is_the_only_one(amounts, data):
    chosen = data.draw(st.sets(st.integers(0, len(amounts) - 1), min_size=1))
    target = sum((amounts[place] for place in chosen), Decimal(0))
    every = [
        set(places)
        for size in range(1, len(amounts) + 1)
        for places in combinations(range(len(amounts)), size)
        if sum(amounts[place] for place in places) == target
    ]
    answer = only_subset(amounts, target, least=1)
    assert (answer is None) == (len(every) > 1)
    assert answer is None or set(answer) in every


def test_k19_sums_are_bounded_work():
    assert only_subset([Decimal(1)] * 40, Decimal(20)) is None
    assert only_subset([Decimal(2 * n + 1000) for n in range(40)], Decimal(20001)) is None
    assert only_subset([Decimal(1)] * 41, Decimal(41)) is None


# -- evidence ----------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=200)
def test_k19_never_without_asking_when_two_fit_alike(data):
    """Whatever is said, two open items that differ in nothing that was said are not told apart."""
    amount = data.draw(cents)
    partner = data.draw(st.sampled_from([None, 7]))
    one = item(1, amount, "A-77777", partner=7)
    twin = OpenItem(**{**{f: getattr(one, f) for f in OpenItem.__dataclass_fields__}, "id": 2})
    text = data.draw(st.sampled_from(["", "A-77777", "A77777 x", "77777"]))
    decision = decide(booking(amount, text, partner_id=partner), [one, twin], Settings(threshold=50))
    assert decision.outcome != "automatic"


@given(st.lists(cents, min_size=1, max_size=6), cents, st.sampled_from([None, 7, 8]), st.data())
def test_k19_what_is_taken_is_settled_exactly_or_partly(amounts, paid, partner, data):
    items = [item(n, amount) for n, amount in enumerate(amounts, 1)]
    named = data.draw(st.lists(st.sampled_from(items), max_size=3))
    text = " ".join(f"INV/2026/{one.id:05d}" for one in named)
    decision = decide(booking(paid, text, partner_id=partner), items)
    if decision.items:
        owed = sum(one.residual for one in decision.items)
        assert owed == paid or (len(decision.items) == 1 and paid < owed and "partial" in decision.rule)
        meant = {one.id for one in named}
        assert {one.id for one in decision.items} <= meant or not meant
    assert decision.score == (max((s.score for s in decision.suggestions), default=0))


def test_k19_typo_digits_and_dates():
    assert one_edit_apart("INV202600012", "INV202600021")
    assert one_edit_apart("INV20260012", "INV202600012")
    assert not one_edit_apart("INV202600012", "INV202600012")
    assert not one_edit_apart("INV202600012", "INV202600345")
    assert is_date("20260302") and is_date("02032026") and is_date("2026") and not is_date("20261345")
    assert not is_identifying("2026") and not is_identifying("12345") and is_identifying("R1234")
    assert digits_of("INV/2026/00012") == {"202600012", "00012", "INV202612"}


def test_k19_mistyped_number_between_two_neighbours_is_for_a_person():
    items = [item(12, "10"), item(13, "10")]
    assert decide(booking("10", "INV/2026/00019", partner_id=7), items).is_tied
    assert decide(booking("10", "INV/2026/00013", partner_id=7), items).items == (items[1],)


def test_k19_what_was_paid_twice_does_not_find_the_next_document():
    """The text names a paid document; its neighbour is open with the same amount, of the same partner."""
    twice = booking("10", "INV/2026/00019", partner_id=7)
    decision = decide(twice, [item(18, "10")], Settings(threshold=50), names_document=True)
    assert (decision.outcome, decision.score) == ("proposed", 75)


def test_k19_discount_charges_and_tolerance():
    discounted = item(1, "100", discounted=Decimal(98), discount_until=DAY)
    assert decide(booking("98", "INV/2026/00001"), [discounted]).difference.kind == "discount"
    late = item(1, "100", discounted=Decimal(98), discount_until=DAY - timedelta(days=1))
    assert decide(booking("98", "INV/2026/00001", partner_id=7), [late]).rule == "number_partial"
    assert decide(booking("98", "INV/2026/00001"), [late], Settings(grace_days=1)).difference.amount == 2
    charged = booking("97", "INV/2026/00001", charges=Decimal(-3))
    assert decide(charged, [item(1, "100")], Settings(has_charge_account=True)).difference.kind == "charges"
    assert decide(charged, [item(1, "100")]).difference is None
    near = decide(booking("100.02", "INV/2026/00001"), [item(1, "100")], Settings(tolerance=Decimal("0.05")))
    assert (near.difference.kind, near.difference.amount) == ("tolerance", Decimal("-0.02"))


def test_k19_an_account_of_another_partner_takes_away():
    decision = decide(booking("60", "INV/2026/00001", partner_id=8), [item(1, "100")])
    assert (decision.outcome, decision.score) == ("proposed", 65)


def test_k19_instalments():
    open_items = [item(1, "100"), item(2, "77")]
    parts = [booking(amount, id_=n, partner_id=7) for n, amount in enumerate(("30", "70", "5"), 1)]
    assert {one: found.item_ids for one, found in instalments(parts, open_items).items()} == {1: (1,), 2: (1,)}
    assert instalments([*parts, booking("30", id_=9, partner_id=7)], open_items) == {}


def test_k19_names():
    names = PartnerNames({1: "Müller & Söhne GmbH", 2: "Muster AG", 3: "Muster AG", 4: "Northwind Traders"})
    assert names.find("MUELLER") == (None, frozenset())
    assert names.find("Söhne Müller") == (1, frozenset())
    assert names.find("Muster") == (None, frozenset({2, 3}))
    assert names.find("Northwind Traders Europe")[1] == {4}
    assert names.find(None) == names.find("...") == (None, frozenset())


# -- rules, lessons, returns, precision --------------------------------------------------------


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
def test_k18_patterns_are_what_they_say(pattern, text):
    def slow(left, right):
        if not left:
            return not right
        if left[0] == "*":
            return slow(left[1:], right) or (bool(right) and slow(left, right[1:]))
        return bool(right) and left[0] == right[0] and slow(left[1:], right[1:])

    assert rules.fits(pattern, text) == slow(pattern, text)


def test_k18_first_rule_that_holds():
    text = rules.Text(text="Account FEE  March", amount=Decimal("-4.50"), journal_id=3, code="PMNT-MDOP", partner_id=7)

    def is_found(**values):
        return rules.first([rules.Rule(id=1, **values)], text) is not None

    assert is_found(label="fee march")
    assert is_found(label="march account", mode="words")
    assert is_found(label="acc*march", mode="pattern")
    assert is_found(label="rent", mode="not_contains")
    assert not is_found(label="fee", direction=1)
    assert not is_found(label="fee", least=Decimal(5))
    assert not is_found(label="fee", most=Decimal(4))
    assert not is_found(label="fee", journals=frozenset({4}))
    assert not is_found(label="fee", partners=frozenset({8}))
    assert not is_found(label="fee", codes=("ACMT",))
    assert is_found(label="fee", codes=("ACMT", "PMNT"))


def test_lessons_remember_what_stays():
    assert lessons.label_key("Rent Office 03/2026", -1) == lessons.label_key("RENT office 04/2026", -1)
    assert lessons.label_key("Rent Office", -1) != lessons.label_key("Rent Office", 1)
    assert lessons.label_key("12345 66", 1) is None
    assert lessons.name_key("Acme GmbH") == lessons.name_key("ACME")
    assert not lessons.is_sure(1, 0) and lessons.is_sure(2, 0) and not lessons.is_sure(5, 1)
    assert lessons.confidence(1, 0) < lessons.confidence(3, 0) <= 75 < 80


def test_k14_origin_of_a_return():
    def booked(id_, amount, **values):
        return returns.Booked(id=id_, amount=Decimal(amount), currency="EUR", date=DAY,
                              end_to_end=frozenset({"E1"}), **values)  # fmt: skip

    [found] = returns.origins(booked(9, "-100"), [booked(1, "100")])
    assert (found.id, found.fee, found.is_sure) == (1, 0, True)
    [found] = returns.origins(booked(9, "-103", charges=Decimal(-3)), [booked(1, "100")])
    assert found.fee == 3
    assert returns.origins(booked(9, "-103"), [booked(1, "100")]) == []
    assert returns.origins(booked(9, "100"), [booked(1, "100")]) == []
    assert not any(one.is_sure for one in returns.origins(booked(9, "-100"), [booked(1, "100"), booked(2, "100")]))


@given(st.lists(st.tuples(st.integers(0, 99), st.booleans(), st.integers(1, 5)), max_size=20))
def test_precision_counts_every_answer_once(history):
    found = measure(history)
    for one in found:
        reached = [row for row in history if row[0] >= one.threshold]
        assert one.decided == sum(count for _score, _right, count in reached)
        assert 0 <= one.right <= one.decided
        assert one.precision is None or 0 <= one.precision <= 1
