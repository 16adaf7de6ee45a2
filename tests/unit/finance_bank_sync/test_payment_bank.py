"""From the order to the statement with a bank that was written apart: nothing doubled, nothing lost, nothing shown paid
that is not (K-07, K-11 to K-14, K-16, K-30, faults 27, 36, 37)."""

from __future__ import annotations

import io
import itertools
from datetime import date
from decimal import Decimal
from typing import Any

import payment_values as pv
import pytest

from odoo.addons.finance_bank_sync.formats import Camt053, Camt054
from odoo.addons.finance_bank_sync.formats.model import Entry
from odoo.addons.finance_bank_sync.payments.answers import read
from odoo.addons.finance_bank_sync.payments.model import Batch
from odoo.addons.finance_bank_sync.payments.movements import movements
from odoo.addons.finance_bank_sync.payments.profile import profiles, with_defaults
from odoo.addons.finance_bank_sync.payments.progress import Fact, Standing, of_movement, of_status, standing
from odoo.addons.finance_bank_sync.payments.rules import check
from odoo.addons.finance_bank_sync.payments.writer import render

from sandbox.payments.bank import PaymentBank

HABITS: list[dict[str, Any]] = [
    {},
    {"version": 3},
    {"only_exceptions": True},
    {"duplicates": True, "shuffled": True, "late_status": "ACTC"},
    {"drop_answers": 2},
    {"drop_answers": 100},
    {"flow": ["RCVD", "PDNG", "ACCP", "ACSC"]},
    {"flow": ["ACSC", "ACTC", "ACSP"], "shuffled": True, "seed": 5},
]


class Account:
    """What we know about the payments of a batch: the answers, and what is on the account."""

    def __init__(self, batch: Batch, bank: PaymentBank) -> None:
        self.group = batch.groups[0]
        self.bank = bank
        self.facts: dict[str, list[Fact]] = {payment.end_to_end_id: [] for payment in self.group.payments}
        self.amounts = {payment.end_to_end_id: payment.amount.amount for payment in self.group.payments}

    def fetch(self) -> None:
        for _name, data in self.bank.fetch():
            report = read(data)
            for key, facts in self.facts.items():
                said = report.said(group_id=self.group.id, end_to_end_id=key, accepts_rest=self.bank.only_exceptions)
                if said is not None:
                    facts.append(of_status(said))

    def see(self, data: bytes) -> None:
        reader = Camt054() if b"camt.054" in data[:200] else Camt053()
        for event in reader.parse(io.BytesIO(data)):
            for movement in movements(event) if isinstance(event, Entry) else ():
                if movement.end_to_end_id in self.facts:
                    self.facts[movement.end_to_end_id].append(of_movement(movement))

    def standing(self, key: str) -> Standing:
        return standing(self.facts[key], self.amounts[key])


def ordered(*, batch_booking: bool = False, version: str = "pain.001.001.09") -> tuple[Batch, bytes]:
    made = pv.group(*(pv.payment(number) for number in range(1, 6)), batch_booking=batch_booking)
    batch = with_defaults(pv.batch(made), profiles()["sepa_sct"])
    assert check(batch, profiles()["sepa_sct"], version=version, today=date(2026, 12, 1)) == ()
    return batch, render(batch, version)


@pytest.mark.parametrize("version", ["pain.001.001.03", "pain.001.001.09"])
@pytest.mark.parametrize("batch_booking", [False, True])
@pytest.mark.parametrize("habits", HABITS)
def test_whatever_the_bank_says_the_account_decides(habits: dict[str, Any], batch_booking: bool, version: str) -> None:
    bank = PaymentBank()
    bank.configure({"rules": [{"field": "end_to_end_id", "is": "E2E-3", "reason": "AC04"}], **habits})
    batch, data = ordered(batch_booking=batch_booking, version=version)
    bank.take(data)
    mine = Account(batch, bank)
    mine.fetch()
    counts = bank.executions.counts()
    for key in mine.facts:
        # nothing is settled before it is on the account, and nothing that was executed is shown as failed
        assert mine.standing(key).state != "settled"
        assert key not in counts or mine.standing(key).state not in ("rejected", "cancelled")
    for told in (bank.notify("2026-12-01"), bank.statement("2026-12-01", "2026-12-01"), bank.notify("2026-12-01")):
        mine.see(told)
    for key in mine.facts:
        found = mine.standing(key)
        assert (found.state == "settled") == (counts.get(key) == 1)
        assert not found.problems
        if key == "E2E-3" and habits.get("drop_answers", 0) < 100:
            assert (found.state, found.reasons) == ("rejected", ("AC04",))


def test_a_return_names_its_payment_and_the_fee() -> None:
    bank = PaymentBank()
    batch, data = ordered()
    bank.take(data)
    bank.executions.send_back("E2E-2", "AC04", date(2026, 12, 3), Decimal("3.00"))
    mine = Account(batch, bank)
    mine.fetch()
    # the return is seen before the booking
    mine.see(bank.notify("2026-12-03"))
    assert mine.standing("E2E-2").problems == ("return_without_booking",)
    mine.see(bank.statement("2026-12-01", "2026-12-03"))
    found = mine.standing("E2E-2")
    assert (found.state, found.reasons, found.problems) == ("returned", ("AC04",), ())
    assert (found.booked, found.returned) == (Decimal("102.00"), Decimal("99.00"))
    assert mine.standing("E2E-1").state == "settled"


def test_a_bank_that_executes_twice_or_takes_back_its_word_is_found_out() -> None:
    bank = PaymentBank()
    bank.configure({"takes_duplicates": True})
    batch, data = ordered()
    bank.take(data)
    mine = Account(batch, bank)
    mine.fetch()
    bank.reject("E2E-1", "AM04")
    mine.fetch()
    assert (mine.standing("E2E-1").state, mine.standing("E2E-1").problems) == ("unclear", ("rejected_but_executed",))
    bank.take(data)
    mine.see(bank.notify("2026-12-01"))
    assert "booked_twice" in mine.standing("E2E-2").problems


def test_a_file_is_refused_whole_with_the_reason_of_the_bank() -> None:
    bank = PaymentBank()
    batch, data = ordered()
    bank.take(data.replace(b"<NbOfTxs>5</NbOfTxs>", b"<NbOfTxs>6</NbOfTxs>"))
    mine = Account(batch, bank)
    mine.fetch()
    assert {mine.standing(key).state for key in mine.facts} == {"rejected"}
    assert mine.standing("E2E-1").reasons == ("AM18",)
    assert bank.executions.counts() == {}


@pytest.mark.parametrize("version", ["pain.008.001.02", "pain.008.001.08"])
def test_a_collection_is_settled_and_comes_back_unpaid(version: str) -> None:
    batch = with_defaults(
        pv.debit(*(pv.payment(number, mandate=pv.MANDATE) for number in (1, 2))), profiles()["sepa_sdd_core"]
    )
    assert check(batch, profiles()["sepa_sdd_core"], version=version) == ()
    bank = PaymentBank()
    bank.take(render(batch, version))
    bank.executions.send_back("E2E-2", "AM04", date(2026, 12, 4), Decimal("3.50"))
    mine = Account(batch, bank)
    mine.fetch()
    mine.see(bank.statement("2026-12-01", "2026-12-04"))
    assert mine.standing("E2E-1").state == "settled"
    assert (mine.standing("E2E-2").state, mine.standing("E2E-2").reasons) == ("returned", ("AM04",))


def test_the_order_of_everything_that_arrives_does_not_matter() -> None:
    bank = PaymentBank()
    batch, data = ordered()
    bank.take(data)
    bank.executions.send_back("E2E-2", "AC04", date(2026, 12, 3))
    mine = Account(batch, bank)
    mine.fetch()
    mine.see(bank.notify("2026-12-01"))
    mine.see(bank.statement("2026-12-01", "2026-12-03"))
    for key, facts in mine.facts.items():
        expected = mine.standing(key)
        for mixed in itertools.permutations(sorted(set(facts)), min(len(set(facts)), 5)):
            rest = set(facts) - set(mixed)
            assert standing([*mixed, *rest], mine.amounts[key]) == expected
