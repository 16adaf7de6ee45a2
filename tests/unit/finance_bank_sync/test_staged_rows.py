"""An entry of a statement as the rows that are kept of it (K-01, K-03)."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.model import (
    Batch,
    Charge,
    Detail,
    Entry,
    Money,
    Party,
    References,
    TransactionCode,
)
from odoo.addons.finance_bank_sync.staging.plain import plain
from odoo.addons.finance_bank_sync.staging.rows import COLUMNS, EntryRows, Texts

DAY = date(2026, 3, 2)
#: as somebody else's language has them
TEXTS = Texts(difference="Unterschied", collective="Sammler mit {} Zahlungen".format)


def rows_of(entry: Entry, *, is_split: bool = True, is_final: bool = True) -> list[dict[str, object]]:
    made = EntryRows(statement_id=7, company_id=3, is_final=is_final, is_split=is_split, texts=TEXTS)
    return made.of(entry, "key")


def euros(amount: str | Decimal) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def entry_of(amount: str | Decimal, *details: Detail, **values: object) -> Entry:
    told: dict[str, object] = {"position": 4, "money": euros(amount), "status": "BOOK", "booking_date": DAY, **values}
    return Entry(details=details, **told)  # type: ignore[arg-type]


def part(amount: str | Decimal, currency: str = "EUR", **values: object) -> Detail:
    return Detail(money=Money(amount=Decimal(amount), currency=currency), **values)  # type: ignore[arg-type]


cents = st.integers(-(10**12), 10**12).map(lambda number: Decimal(number).scaleb(-2))


@given(st.lists(cents, min_size=2, max_size=20), cents)
def test_k03_rows_of_a_split_booking_add_up_to_it(amounts: list[Decimal], total: Decimal) -> None:
    """Whatever the details leave out is a row too: nothing is lost, and each row has a key of its own."""
    rows = rows_of(entry_of(total, *map(part, amounts)))
    assert sum(Decimal(str(row["amount"])) for row in rows) == total
    assert [row["amount"] for row in rows[: len(amounts)]] == amounts
    assert len({row["key"] for row in rows}) == len(rows)
    assert [row["detail_position"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["is_difference"] for row in rows] == [False] * len(amounts) + [True] * (len(rows) - len(amounts))


@given(st.lists(cents, min_size=2, max_size=5), cents)
def test_k03_a_booking_that_is_not_split_is_one_row(amounts: list[Decimal], total: Decimal) -> None:
    [row] = rows_of(entry_of(total, *map(part, amounts)), is_split=False)
    assert (row["amount"], row["key"], row["detail_position"]) == (total, "key", 0)
    details = json.loads(str(row["details"]))
    assert [detail["money"]["amount"] for detail in details] == [str(amount) for amount in amounts]


def test_k03_details_in_another_currency_are_no_rows() -> None:
    """What they are in the currency of the account is not known, so nobody can say what is left."""
    [row] = rows_of(entry_of("10.00", part("4.00"), part("6.00", "USD")))
    assert (row["amount"], row["detail_position"]) == (Decimal("10.00"), 0)


def test_every_column_is_there() -> None:
    for row in rows_of(entry_of("10.00", part("4.00"), part("5.00"))):
        assert set(row) == set(COLUMNS)


@pytest.mark.parametrize(
    ("status", "is_final", "state"),
    [
        ("BOOK", True, "staged"),
        ("PDNG", True, "not_booked"),
        ("BOOK", False, "provisional"),
        ("PDNG", False, "provisional"),
    ],
)
def test_k01_only_what_a_statement_says_is_booked_is_on_its_way_to_the_ledger(
    status: str, is_final: bool, state: str
) -> None:
    [row] = rows_of(entry_of("1.00", status=status), is_final=is_final)
    assert row["state"] == state


@pytest.mark.parametrize(
    ("entry", "label"),
    [
        (entry_of("1.00", Detail(structured_references=("RF18", "RF19"), remittance="Text")), "RF18 RF19"),
        (entry_of("1.00", Detail(remittance="Two\n  lines")), "Two lines"),
        (entry_of("1.00", Detail(references=References(end_to_end_id="E2E-1"))), "E2E-1"),
        (entry_of("1.00", Detail(), additional_information="Fee"), "Fee"),
        (entry_of("1.00", additional_information="x" * 300), "x" * 250),
        (entry_of("1.00", batch=Batch(count=3)), "Sammler mit 3 Zahlungen"),
        (entry_of("1.00", batch=Batch()), "Sammler mit ? Zahlungen"),
        (entry_of("1.00", Detail(remittance="  ")), "/"),
        (entry_of("1.00"), "/"),
    ],
)
def test_k01_label(entry: Entry, label: str) -> None:
    """The reference first, then what the payer wrote; what has no text is named in the language of the company."""
    [row] = rows_of(entry)
    assert row["label"] == label


def test_k03_the_difference_has_a_name() -> None:
    assert [row["label"] for row in rows_of(entry_of("3.00", part("1.00"), part("1.00")))] == ["/", "/", "Unterschied"]


def test_k18_what_an_entry_says_of_its_amount_is_not_said_of_one_payment_in_it() -> None:
    """Charges and original amount of the whole would count once for each payment."""
    whole = {"original": Money(amount=Decimal(30), currency="USD"), "charges": (Charge(money=euros("-1.00")),)}
    one = part("1.00", original=Money(amount=Decimal(10), currency="USD"))
    rows = rows_of(entry_of("2.00", one, part("1.00"), **whole))
    assert [row["original_amount"] for row in rows] == [Decimal(10), None]
    assert [row["charges"] for row in rows] == [None, None]
    [row] = rows_of(entry_of("2.00", **whole))
    assert (row["original_amount"], row["original_currency_name"]) == (Decimal(30), "USD")
    assert json.loads(str(row["charges"])) == [{"money": {"amount": "-1.00", "currency": "EUR"}}]


@pytest.mark.parametrize(
    ("own", "of_entry", "other", "count", "found"),
    [
        ("own", "entry", "other", 1, "entry"),
        ("own", None, "other", 1, "own"),
        (None, None, "other", 1, "other"),
        ("own", "entry", "other", 2, "own"),
        (None, "entry", "other", 2, "entry"),
    ],
)
def test_k03_bank_reference(own: str | None, of_entry: str | None, other: str, count: int, found: str) -> None:
    """A payment in a collective booking has its own reference, a single booking that of the entry."""
    detail = part("1.00", references=References(account_servicer_reference=own))
    entry = entry_of(str(count), *[detail] * count, account_servicer_reference=of_entry, entry_reference=other)
    assert {row["bank_reference"] for row in rows_of(entry)} == {found}


def test_k01_who_paid_and_the_code() -> None:
    party = Party(ultimate_name="Aunt", account_number="123", iban=None)
    detail = Detail(counterparty=party, transaction_code=TransactionCode(domain="PMNT", family="RCDT", proprietary="X"))
    [row] = rows_of(entry_of("1.00", detail, transaction_code=TransactionCode(proprietary="NTRF")))
    assert (row["party_name"], row["party_account"], row["transaction_code"]) == ("Aunt", "123", "PMNT-RCDT")
    [row] = rows_of(entry_of("1.00", transaction_code=TransactionCode(proprietary="NTRF")))
    assert (row["party_name"], row["transaction_code"]) == (None, "NTRF")


def test_plain_values_are_what_json_can_say() -> None:
    detail = part("1.10", references=References(end_to_end_id="E"), document_numbers=("1", "2"))
    assert json.loads(json.dumps(plain(detail))) == {
        "money": {"amount": "1.10", "currency": "EUR"},
        "references": {"end_to_end_id": "E"},
        "document_numbers": ["1", "2"],
    }
    assert plain({"day": DAY, "none": None, "empty": ()}) == {"day": "2026-03-02"}
