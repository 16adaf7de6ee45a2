"""When two statements or two entries are the same one (K-03, faults 43 and 44)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import camt_text
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.model import (
    Account,
    Balance,
    Detail,
    Entry,
    Money,
    Party,
    References,
    StatementStart,
    TransactionCode,
)
from odoo.addons.finance_bank_sync.proof import keys

ACCOUNT = Account(iban="DE84999400100123456789")
MONDAY, TUESDAY, WEDNESDAY = date(2025, 11, 10), date(2025, 11, 11), date(2025, 11, 12)


def entry(day: date = MONDAY, amount: str = "-4.20", text: str = "Coffee", reference: str | None = None) -> Entry:
    return Entry(
        position=1,
        money=Money(amount=Decimal(amount), currency="EUR"),
        status="BOOK",
        booking_date=day,
        value_date=day,
        account_servicer_reference=reference,
        transaction_code=TransactionCode(proprietary="NMSC+106"),
        details=(Detail(remittance=text, counterparty=Party(name="Bar Luna")),),
    )


def listed(entries: list[Entry], account: Account = ACCOUNT) -> list[str]:
    sequence = keys.EntryKeys(account)
    return [sequence.key(item) for item in entries]


class TestEntries:
    def test_keys_are_versioned_and_stay_as_they_are(self) -> None:
        """A stored key must be found again years later: a change here needs version v2."""
        assert listed([entry(reference="R1"), replace(entry(), entry_reference="QR-77"), entry()]) == [
            "v1:r:45b7d1c1e21ac16e18c60a6927aaf3b3a14e6655:1",
            "v1:n:7830b08994fa9af9ae7c58e6c15de887b44f35d7:1",
            "v1:c:e0c803457a218bdef42a491ea30450481006bcbf:1",
        ]

    @pytest.mark.parametrize("reference", [None, "REUSED"])
    def test_twins_stay(self, reference: str | None) -> None:
        """Fault 44: two identical payments on one day are two, also under one reference."""
        first, second = listed([entry(reference=reference), entry(reference=reference)])
        assert first.rpartition(":")[0] == second.rpartition(":")[0]
        assert (first[-2:], second[-2:]) == (":1", ":2")

    def test_the_same_file_again_is_known(self) -> None:
        """Fault 43."""
        entries = [entry(), entry(), entry(reference="R"), entry(TUESDAY)]
        assert listed(entries) == listed(entries)

    @pytest.mark.parametrize("reference", [None, "REUSED"])
    def test_overlaps_vanish(self, reference: str | None) -> None:
        """Fault 43: Monday and Tuesday, then Tuesday and Wednesday, with twins in each day."""
        monday, tuesday, wednesday = (
            [entry(day, reference=reference), entry(day, "7.00"), entry(day, reference=reference)]
            for day in (MONDAY, TUESDAY, WEDNESDAY)
        )
        first, second = listed(monday + tuesday), listed(tuesday + wednesday)
        assert set(first) & set(second) == set(first[3:]) == set(second[:3])
        assert len(set(first) | set(second)) == 9

    def test_a_reference_reused_for_other_amounts_or_days(self) -> None:
        """Some banks give every booking of a collective order the same AcctSvcrRef."""
        found = listed([entry(reference="R"), entry(amount="4.20", reference="R"), entry(TUESDAY, reference="R")])
        assert len({key.rpartition(":")[0] for key in found}) == 3

    def test_the_bank_s_reference_outlives_richer_details(self) -> None:
        """camt.052 and camt.053 of one booking differ in details but not in AcctSvcrRef (section 8)."""
        poor = replace(entry(reference="R"), details=(), value_date=None, entry_reference="1")
        assert listed([poor]) == listed([entry(reference="R")])

    def test_a_line_number_is_no_reference(self) -> None:
        """NtryRef 1 of Tuesday's file is NtryRef 7 in the file of the week."""
        assert listed([replace(entry(), entry_reference="1")]) == listed([replace(entry(), entry_reference="7")])
        assert listed([replace(entry(), entry_reference="000000012")]) == listed([entry()])

    def test_a_real_entry_reference_is_one(self) -> None:
        found = listed([replace(entry(), entry_reference=text) for text in ("CH7130899123456789012", "2025111000001")])
        assert [key[:5] for key in found] == ["v1:n:", "v1:n:"]
        assert len(set(found)) == 2

    @pytest.mark.parametrize(
        "other",
        [
            entry(TUESDAY),
            entry(amount="4.20"),
            entry(amount="-4.21"),
            entry(text="Tea"),
            replace(entry(), value_date=TUESDAY),
            replace(entry(), is_reversal=True),
            replace(entry(), money=Money(amount=Decimal("-4.20"), currency="USD")),
            replace(entry(), transaction_code=TransactionCode(proprietary="NMSC+107")),
            replace(entry(), transaction_code=None),
            replace(entry(), details=()),
            replace(entry(), details=entry().details * 2),
            replace(entry(), details=(replace(entry().details[0], references=References(end_to_end_id="E")),)),
            replace(entry(), details=(replace(entry().details[0], counterparty=Party(name="Bar Sol")),)),
            replace(entry(), details=(replace(entry().details[0], counterparty=None),)),
            replace(entry(), details=(replace(entry().details[0], structured_references=("RF18",)),)),
        ],
    )
    def test_another_content_is_another_entry(self, other: Entry) -> None:
        assert listed([entry()]) != listed([other])

    def test_what_banks_write_differently_each_time_does_not_count(self) -> None:
        other = replace(
            entry(amount="-4.2", text=" COFFEE\n"),
            position=9,
            status="BOOK",
            additional_information="printed 12.11.2025 08:01",
        )
        assert listed([entry()]) == listed([other])

    def test_additional_information_counts_when_there_is_nothing_else(self) -> None:
        bare = replace(entry(), details=())
        assert listed([replace(bare, additional_information="fee A")]) != listed(
            [replace(bare, additional_information="fee B")]
        )

    def test_another_account_is_another_entry(self) -> None:
        other = Account(number="4711")
        assert listed([entry(reference="R")]) != listed([entry(reference="R")], other)
        assert listed([entry()], Account(iban="de84 9994 0010 0123 4567 89")) == listed([entry()])

    def test_without_booking_date_the_value_date_counts(self) -> None:
        assert listed([replace(entry(), booking_date=None)])[0].startswith("v1:c:")
        assert keys.EntryKeys(ACCOUNT).basis(replace(entry(reference="R"), booking_date=None)) == keys.EntryKeys(
            ACCOUNT
        ).basis(entry(reference="R"))

    def test_a_day_cut_between_twins_looks_like_a_repetition(self) -> None:
        """The documented limit: content alone cannot tell; the balance proof then shows the amount."""
        morning, evening = [entry()], [entry()]
        assert listed(morning) == listed(evening)

    def test_a_day_cut_between_twins_is_told_by_the_balances(self) -> None:
        """With ``known``, a statement that continues the last one counts on."""
        stored = listed([entry(), entry()])
        bases = [key.rpartition(":")[0] for key in stored]
        sequence = keys.EntryKeys(ACCOUNT, known=bases.count)
        assert sequence.key(entry()).endswith(":3")
        assert sequence.key(entry()).endswith(":4")
        assert sequence.key(entry(TUESDAY)).endswith(":1")

    def test_details_are_numbered(self) -> None:
        assert keys.detail_key("v1:r:abc:1", 2) == "v1:r:abc:1/2"

    @given(st.lists(st.tuples(st.sampled_from([MONDAY, TUESDAY, WEDNESDAY]), st.sampled_from(["1", "2"])), max_size=30))
    def test_whole_days_give_the_same_keys_in_any_file(self, plan: list[tuple[date, str]]) -> None:
        """K-03: cut a history into overlapping files of whole days, and nothing is lost or doubled."""
        history = [entry(day, amount) for day, amount in sorted(plan)]
        whole = listed(history)
        assert len(set(whole)) == len(whole)
        parts = set()
        for days in ((MONDAY,), (MONDAY, TUESDAY), (TUESDAY, WEDNESDAY), (WEDNESDAY,)):
            parts.update(listed([item for item in history if item.booking_date in days]))
        assert parts == set(whole)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("100", "100"), ("100.00", "100"), ("0100.10", "100.1"), ("-0.00", "0"), ("0", "0"), ("1E+2", "100")],
)
def test_amounts_are_written_one_way(amount: str, text: str) -> None:
    assert keys.plain_amount(Decimal(amount)) == text


class TestStatements:
    START = StatementStart(
        format="camt.053.001.08",
        account=ACCOUNT,
        identification="214",
        electronic_sequence="214",
        created_at=datetime(2025, 11, 12, 20),
        from_date=WEDNESDAY,
        to_date=WEDNESDAY,
    )

    def key(self, balances: tuple[Balance, ...] = (), **changes: object) -> str:
        return keys.statement_key(replace(self.START, **changes), balances)  # type: ignore[arg-type]

    def test_the_same_statement_written_again(self) -> None:
        """Fault 43: renamed, sent again, or written once more as a copy."""
        again = self.key(
            created_at=datetime(2025, 11, 20), message_id="other", copy_duplicate="DUPL", format="camt.053"
        )
        assert self.key() == again
        assert self.key().startswith("v1:")

    @pytest.mark.parametrize(
        "changes",
        [
            {"account": Account(iban="DE57999400300987654321")},
            {"account": replace(ACCOUNT, currency="USD")},
            {"identification": "215"},
            {"electronic_sequence": "215"},
            {"page_number": 2},
            {"from_date": TUESDAY},
            {"to_date": date(2026, 11, 12), "from_date": date(2026, 11, 12)},
        ],
    )
    def test_another_statement(self, changes: dict[str, object]) -> None:
        """An identification that starts again each year is not enough (OCA PR 83)."""
        assert self.key(**changes) != self.key()

    def test_without_period_the_closing_balance_dates_it(self) -> None:
        def closing(day: date) -> tuple[Balance, ...]:
            return (Balance(code="CLBD", money=Money(amount=Decimal(1), currency="EUR"), date=day),)

        bare = {"from_date": None, "to_date": None}
        assert self.key(closing(WEDNESDAY), **bare) != self.key(closing(TUESDAY), **bare)
        assert self.key(closing(WEDNESDAY), **bare) == self.key(
            closing(WEDNESDAY), created_at=datetime(2025, 11, 20), **bare
        )

    def test_without_anything_else_the_day_of_creation_dates_it(self) -> None:
        bare = {"from_date": None, "to_date": None}
        assert self.key(**bare) != self.key(created_at=datetime(2025, 11, 13, 20), **bare)


def test_twins_and_overlaps_in_real_files() -> None:
    """Faults 43 and 44 from the bytes on."""
    twin = camt_text.ENTRY
    other = twin.replace("2025-11-12", "2025-11-13")
    first = camt_text.entries(camt_text.document(camt_text.statement(twin * 2 + other)))
    second = camt_text.entries(camt_text.document(camt_text.statement(other + other.replace("-13", "-14"))))
    known, more = listed(first), listed(second)
    assert len(set(known)) == 3
    assert set(more) - set(known) == {more[1]}
