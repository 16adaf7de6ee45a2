"""Documents of Concur as canonical reports (E-02, E-06, E-08, E-24; fault 55)."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.canonical.documents import parse_document
from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_expense_sync.canonical import ExpenseReport
from odoo.addons.finance_expense_sync.platforms import concur_reader
from odoo.addons.finance_expense_sync.platforms.dimensions import read_fields

from sandbox.concur.documents import advance, allocation, entry, journal, key, report, tax

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "expenses"
FIELDS = read_fields(
    "cost_center = allocationCustom4, entryOrgUnit4\nproject = allocationCustom7\nentity = reportOrgUnit1"
)


def packed(content: dict[str, Any], **around: Any) -> bytes:
    return strict_json.dumps({"id": "doc-1", "docType": "expense", "document": content, **around})


def reading(content: dict[str, Any], fields: Any = FIELDS) -> ExpenseReport:
    return concur_reader.read(packed(content), fields)


def paid(found: ExpenseReport) -> list[tuple[str, str]]:
    return [(line.payment, str(line.amount)) for line in found.lines]


def test_a_report_is_read_with_everything_around_it() -> None:
    found = reading(report("Trip", entry("Taxi", "10.50", day="2026-03-02"), revision=3, reportOrgUnit1Code="NL01"))
    assert (found.external_id, found.handle, found.revision) == (key("report Trip")[:20], "doc-1", 3)
    assert (found.employee.external_id, found.employee.name) == ("E-100", "Ada Byron")
    assert (found.employee.email, found.entity, found.state) == ("e-100@firm.example", "NL01", "approved")
    assert (found.total, found.currency, found.is_test, found.is_reimbursed) == (Decimal("10.50"), "EUR", False, False)
    [line] = found.lines
    assert (line.category, str(line.date), line.payment, line.merchant) == ("TAXIX", "2026-03-02", "own", "Taxi")
    assert parse_document(found.to_dict()) == found


@pytest.mark.parametrize(
    ("payee", "payment"),
    [("EMPL", "own"), ("CBCP", "company_card"), ("IBCP", "personal_card"), ("COPD", "company"), ("1000", "company")],
)
def test_who_is_paid_says_how_it_was_paid(payee: str, payment: str) -> None:
    found = reading(report("Trip", entry("Hotel", "325", payee=payee, pat="1000")))
    assert paid(found) == [(payment, "325")] and found.lines[0].payment_code == "1000"


def test_money_that_comes_back_is_negative() -> None:
    back = entry("Hotel", "-50", allocations=[allocation("100", journal(Decimal(-50), "COMP", payer="EMPL", taxes=[]))])
    assert paid(reading(report("Rebate", back))) == [("own", "-50")]


def test_e06_private_spending_with_the_company_card_is_what_the_employee_owes() -> None:
    found = reading(report("Mistake", entry("Dues", "49", payee="CBCP", personal=True), entry("Taxi", "35")))
    assert [(line.is_personal, line.payment, line.amount) for line in found.lines] == [
        (True, "company_card", Decimal(49)),
        (False, "own", Decimal(35)),
    ]
    assert found.total == 84, "Concur approves 35 of it"


def test_an_entry_that_is_paid_in_two_ways_is_two_lines() -> None:
    """With offsets: of a taxi of 35, 14 go to the card, for what was private on it."""
    taxes = [tax("V1", "7.00", "3.50")]
    two = entry(
        "Taxi",
        "35",
        spent="40",
        currency="USD",
        allocations=[
            allocation(
                "100",
                journal(Decimal(21), "EMPL", taxes=taxes),
                journal(Decimal(14), "IBCP", taxes=taxes),
                taxes=taxes,
                allocationCustom4Code="CC1",
            )
        ],
    )
    found = reading(report("Offset", two))
    assert paid(found) == [("own", "21"), ("personal_card", "14")]
    assert found.lines[1].external_id == f"{key('entry Taxi')}/IBCP"
    assert [(line.taxes[0].amount, line.taxes[0].reclaimable) for line in found.lines] == [
        (Decimal("4.20"), Decimal("2.10")),
        (Decimal("2.80"), Decimal("1.40")),
    ]
    assert [line.spent and line.spent.amount for line in found.lines] == [Decimal(24), Decimal(16)]
    assert [line.dimensions for line in found.lines] == [{"cost_center": "CC1"}] * 2
    assert [len(line.receipts) for line in found.lines] == [1, 0]


def test_e24_shares_of_cost_centres_are_exact() -> None:
    split = entry(
        "Breakfast",
        "25",
        allocations=[
            allocation("33.33", journal(Decimal("8.33"), "EMPL", taxes=[]), identity="a", allocationCustom4Code="CC1"),
            allocation("66.67", journal(Decimal("16.67"), "EMPL", taxes=[]), identity="b", allocationCustom4Code="CC2"),
        ],
        entryOrgUnit4Code="CC9",
    )
    [line] = reading(report("Trip", split)).lines
    assert [(part.amount, part.dimensions) for part in line.allocations] == [
        (Decimal("8.33"), {"cost_center": "CC1"}),
        (Decimal("16.67"), {"cost_center": "CC2"}),
    ]
    assert line.dimensions == {"cost_center": "CC9"}


def test_percentages_that_were_rounded_come_to_a_hundred() -> None:
    thirds = [allocation("33.33", identity=str(number)) for number in range(3)]
    [line] = reading(report("Trip", entry("Lunch", "10", allocations=thirds))).lines
    assert [part.percentage for part in line.allocations] == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
    with pytest.raises(MalformedError, match="100 per cent"):
        reading(report("Trip", entry("Lunch", "10", allocations=thirds[:2])))


def test_e08_currencies_and_rate_as_concur_used_them() -> None:
    spend = {"currency": "USD", "spent": "108.00", "cardTransactionPostedAmount": Decimal("99.10")}
    spend |= {"cardTransactionPostedCurrency": "EUR", "cardTransactionID": "T-77"}
    [line] = reading(report("US", entry("Hotel", "100.00", payee="CBCP", rate="0.925926", **spend))).lines
    assert line.spent and (line.spent.amount, line.spent.currency) == (Decimal("108.00"), "USD")
    assert line.billed and (line.billed.amount, line.billed.currency) == (Decimal("99.10"), "EUR")
    assert (line.rate, line.rate_source, line.card_transaction) == (Decimal("0.925926"), "concur", "T-77")
    divided = entry("Hotel", "100.00", rate="1.08", **{**spend, "entryExchangeRateDirection": "D"})
    assert reading(report("US", divided)).lines[0].rate == Decimal("0.925925925926")


def test_several_taxes_and_what_can_be_reclaimed_of_them() -> None:
    taxes = [tax("JC1E", "2.43", "1.22", authority="CAGST"), tax("JC2T", "3.89", "1.95", authority="CAPST")]
    [line] = reading(report("Kingston", entry("Hotel", "55", taxes=taxes))).lines
    assert [(one.code, one.amount, one.reclaimable) for one in line.taxes] == [
        ("JC1E", Decimal("2.43"), Decimal("1.22")),
        ("JC2T", Decimal("3.89"), Decimal("1.95")),
    ]


def test_the_account_of_concur_may_be_the_category() -> None:
    fields = read_fields("category = journalAccountCode")
    found = reading(report("Trip", entry("Hotel", "10", account="625100")), fields)
    assert (found.lines[0].category, found.lines[0].dimensions) == ("625100", {})


def test_e07_the_time_that_was_paid_for() -> None:
    fields = read_fields("service_from = entryCustom10\nservice_to = entryCustom11")
    given = entry("Rail card", "365", entryCustom10Value="2026-03-01", entryCustom11Value="2027-02-28")
    [line] = reading(report("Trip", given), fields).lines
    assert (str(line.service_from), str(line.service_to), line.dimensions) == ("2026-03-01", "2027-02-28", {})
    half = entry("Rail card", "365", entryCustom10Value="2026-03-01")
    with pytest.raises(MalformedError, match="both days"):
        reading(report("Trip", half), fields)


# -- cash advances -------------------------------------------------------------------------

CAR, MEAL, PARKING = entry("Car", "245"), entry("Meal", "60"), entry("Parking", "10")


def test_an_advance_that_is_lower_leaves_the_rest_to_pay() -> None:
    found = reading(report("Advance", CAR, MEAL, PARKING, advances=[advance("-245"), advance("-55")]))
    assert paid(found) == [("advance", "245"), ("own", "5"), ("advance", "55"), ("own", "10")]
    assert found.total == 315 and found.advance_returned is None
    assert found.lines[2].external_id.endswith("/advance") and not found.lines[2].receipts


def test_an_advance_that_is_higher_is_given_back() -> None:
    uses = [advance("-85"), advance("-245"), advance("-60"), advance("-10"), advance("400", kind=1)]
    found = reading(report("Advance", CAR, MEAL, PARKING, advances=uses, cashAdvanceReturnsAmount=Decimal(85)))
    assert paid(found) == [("advance", "245"), ("advance", "60"), ("advance", "10")]
    assert found.advance_returned == 85


def test_an_advance_for_more_than_was_paid_is_no_report() -> None:
    with pytest.raises(MalformedError, match="cashAdvanceApplication"):
        reading(report("Advance", PARKING, advances=[advance("-11")]))


# -- what does not add up, and what is not known -------------------------------------------


def test_figures_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(MalformedError, match="do not come to the approved total"):
        reading(report("Trip", CAR, totalApprovedAmount=Decimal(244)))
    wrong = entry("Car", "245", allocations=[allocation("100", journal(Decimal(244), "EMPL", taxes=[]))])
    with pytest.raises(MalformedError, match=r"expenseEntry\[0\]: the journals do not come"):
        reading(report("Trip", wrong))


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_document_with_something_missing_or_wrong_is_refused_by_its_place_or_read(data: Any) -> None:
    """Fuzz: whatever is done to one place, it is an error with a place, or a report that adds up."""
    content = report("Trip", entry("Hotel", "55.10", taxes=[tax("V1", "2.43")], allocationCustom4Code="C"), CAR)
    spot: Any = content
    while isinstance(spot, dict | list) and spot:
        holder, place = spot, data.draw(st.sampled_from(list(spot) if isinstance(spot, dict) else range(len(spot))))
        spot = holder[place]
        if data.draw(st.integers(0, 3)) == 0:
            break
    junk = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just([]) | st.just({}) | st.just([1])
    holder[place] = data.draw(junk)
    try:
        found = concur_reader.read(packed(content), FIELDS)
    except MalformedError as error:
        assert str(error).startswith("document")
    else:
        assert found.total == sum(line.amount for line in found.lines)


AMOUNTS = st.decimals("-999", "9999", places=2).filter(bool)


@given(
    st.lists(st.tuples(AMOUNTS, st.sampled_from(["EMPL", "CBCP", "IBCP", "COPD"])), min_size=1, max_size=6), st.data()
)
@settings(max_examples=40, deadline=None)
def test_nothing_is_lost_whatever_is_split(spent: list[tuple[Decimal, str]], data: Any) -> None:
    """E-24: lines, allocations, taxes and advances come to what the document says, in any order of its fields."""
    entries = []
    for number, (amount, payee) in enumerate(spent):
        cut = data.draw(st.decimals(min(amount, 0), max(amount, 0), places=2))
        taxes = [tax("V1", str((amount / 10).quantize(Decimal("0.01"))))]
        parts = [
            allocation("50", journal(cut, payee, taxes=taxes), taxes=taxes, identity="a"),
            allocation("50", journal(amount - cut, "EMPL", taxes=[]), identity="b"),
        ]
        entries.append(entry(f"Entry {number}", str(amount), allocations=parts))
    content = report("Trip", *entries)
    own = concur_reader.read(packed(content))
    payable = sum(line.amount for line in own.lines if line.payment == "own" and line.amount > 0)
    used = data.draw(st.decimals(0, payable, places=2)) if payable else Decimal(0)
    content["cashAdvanceApplication"] = [advance(str(-used))] if used else []
    found = concur_reader.read(mixed(packed(content)))
    assert found.total == sum(amount for amount, _payee in spent)
    assert sum(line.amount for line in found.lines if line.payment == "advance") == used
    assert sum(tax.amount for line in found.lines for tax in line.taxes) == sum(
        one["tax"][0]["amountTax"] for entry_ in entries for one in entry_["allocation"] if one["tax"]
    )
    for line in found.lines:
        if line.allocations:
            assert sum(part.amount or 0 for part in line.allocations) == line.amount


def mixed(data: bytes) -> bytes:
    """Another order of fields, and fields that nobody knows."""
    chance = random.Random(5)

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            names = [*value, "somethingNew"]
            chance.shuffle(names)
            return {name: (turned(value[name]) if name in value else {"new": [1]}) for name in names}
        return [turned(item) for item in value] if isinstance(value, list) else value

    return strict_json.dumps(turned(strict_json.loads(data)))


def test_golden_documents_are_read_as_is_written_beside_them() -> None:
    """Written by hand, from the documentation."""
    found = sorted(FIXTURES.glob("concur_*.json"))
    assert found
    for path in found:
        expected = json.loads(path.with_suffix(".expected").read_text())
        assert concur_reader.read(path.read_bytes(), FIELDS).to_dict() == expected, path.name
