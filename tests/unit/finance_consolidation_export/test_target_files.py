"""What is delivered to consolidation platforms, and what their reports say (C-09, C-12, C-15, S-22)."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_consolidation_export.balances.neutral import Balance
from odoo.addons.finance_consolidation_export.targets import anaplan, fccs, lines, neutral_file, sapgr
from odoo.addons.finance_consolidation_export.targets.contract import Job, Line, Place, Total

PLACE = Place(
    entity="DE01",
    scenario="ACTUAL",
    fiscal_year=2026,
    period=10,
    first=date(2026, 10, 1),
    last=date(2026, 10, 31),
    currency="EUR",
    group_currency="USD",
    package="ACTUAL-2026-10-DE01-v1",
)
CENTS = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
CELLS = st.tuples(
    st.sampled_from(["G1", "G2", "G3"]),
    st.sampled_from(["", "FR01"]),
    st.sampled_from(["", "F20"]),
    st.sampled_from(["", "C1"]),
)


def balance(account="G1", amount="1.00", partner="", movement="", center="", **values):
    amount = Decimal(amount)
    debit, credit = max(amount, Decimal(0)), max(-amount, Decimal(0))
    values = {"amount_group": amount * 2, "period_debit": debit, "period_credit": credit, "kind": "asset", **values}
    return Balance(
        account=account,
        name=f"Account {account}",
        opening=Decimal(0),
        debit=debit,
        credit=credit,
        partner=partner,
        movement=movement,
        members=(center,),
        **values,
    )


def told(balances, **shape):
    return list(
        lines.lines(PLACE, lines.Shape(dimensions=("center",), **shape), balances, lambda account: f"/f/{account}")
    )


def job(writer, **parameters):
    defaults = {one.name: one.default for one in (*writer.PARAMETERS, *lines.PARAMETERS)}
    return Job(place=PLACE, parameters={**defaults, **parameters}, file="f.csv")


def written(writer, rows, **parameters):
    stream = io.BytesIO()
    wish = job(writer, **parameters)
    assert writer.compose(wish, rows, stream) == len(rows)
    return wish, stream


books = st.dictionaries(CELLS, CENTS, max_size=12)


@settings(max_examples=100, deadline=None)
@given(books, books)
def test_cells_that_changed_make_an_overwriting_platform_equal_to_the_whole(before, change):
    """The whole, replaced; the cells that changed, overwritten; differences, added: all come to the same (C-12)."""
    after = {
        cell: before.get(cell, Decimal(0)) + change.get(cell, Decimal(0)) for cell in before.keys() | change.keys()
    }

    def rows(book):
        return told(
            [
                balance(account, amount, partner, movement, center)
                for (account, partner, movement, center), amount in book.items()
            ]
        )

    there = {lines.cell(line): line.amount for line in rows(before)}
    added = dict(there)
    for line in lines.chosen("cells", rows(after), rows(change)):
        there[lines.cell(line)] = line.amount
    for line in lines.chosen("amounts", rows(after), rows(change)):
        added[lines.cell(line)] = added.get(lines.cell(line), Decimal(0)) + line.amount
    whole = {lines.cell(line): line.amount for line in lines.chosen("whole", rows(after), rows(change))}
    assert there == added == whole


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(CELLS, CENTS), max_size=10).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows)))
)
def test_a_fingerprint_is_of_what_is_said(pair):
    """Whatever the order, however zeros are written; another amount is another content."""
    first, second = (
        told(
            [
                balance(account, amount, partner, movement, center)
                for (account, partner, movement, center), amount in rows
            ]
        )
        for rows in pair
    )
    tallies = [lines.Tally() for _one in range(3)]
    assert list(tallies[0].watch(first)) == first
    list(tallies[1].watch(second))
    list(tallies[2].watch([*second, *told([balance("G9", "0.01")])]))
    assert tallies[0].fingerprint == tallies[1].fingerprint != tallies[2].fingerprint
    assert tallies[0].sums == tallies[1].sums
    assert sum(tallies[0].sums.values()) == sum((line.amount for line in first), Decimal(0))
    assert not [
        one
        for one in lines.compare(
            tallies[0].sums,
            (Total(entity=k[0], account=k[1], currency=k[2], amount=a) for k, a in tallies[1].sums.items()),
        )
        if one.difference
    ]


def test_what_only_one_side_has_is_a_difference():
    there = [Total(entity="DE01", account="G2", currency="EUR", amount=Decimal("0.01"))]
    found = lines.compare({("DE01", "G1", "EUR"): Decimal("1.00")}, there)
    assert [(one.key[1], one.difference) for one in found] == [("G1", Decimal("-1.00")), ("G2", Decimal("0.01"))]


def test_change_of_the_period_in_both_currencies():
    """C-02: what a period changed by is translated for itself, and never what the account stands at."""
    sales = balance(
        "G4",
        "-5.00",
        kind="income",
        period_debit=Decimal(0),
        period_credit=Decimal("2.00"),
        period_group=Decimal("-4.40"),
    )
    assert [line.amount for line in told([sales], view="periodic", amounts="group")] == [Decimal("-4.40")]
    both = told([sales], view="periodic", amounts="both", sign="natural")
    assert [(line.currency, line.amount) for line in both] == [("EUR", Decimal("2.00")), ("USD", Decimal("4.40"))]
    # received without it, e.g. from a file: nothing is made up
    with pytest.raises(ValueError, match="translation"):
        told([balance(period_group=None)], view="periodic", amounts="group")


def test_shapes():
    sales = balance("G4", "-5.00", kind="income", period_debit=Decimal(0), period_credit=Decimal("2.00"))
    assert [line.amount for line in told([sales], sign="natural")] == [Decimal("5.00")]
    assert [line.amount for line in told([sales], view="periodic")] == [Decimal("-2.00")]
    both = told([sales], amounts="both")
    assert [(line.currency, line.amount) for line in both] == [("EUR", Decimal("-5.00")), ("USD", Decimal("-10.00"))]
    assert not told([sales], left_out=frozenset({"G4"}))
    with pytest.raises(ValueError, match="translation"):
        told([balance(amount_group=None)], amounts="group")
    with pytest.raises(ValueError, match="figures"):
        lines.Shape.of(job(fccs.FccsFile(), figures="monthly"), ())


def test_fccs_file():
    rows = told([balance("G1", "1234.50", partner="FR01", center="C1"), balance("G2", "-1234.50", movement="F20")])
    columns = "Entity, Account, Intercompany, Movement, Center, Currency, Amount, Link"
    wish, stream = written(fccs.FccsFile(), rows, columns=columns, custom="Center = center | No Center")
    stream.seek(0)
    table = list(csv.reader(io.StringIO(stream.read().decode(), newline="")))
    assert table[0] == columns.split(", ")
    assert table[1] == ["DE01", "G1", "FR01", "FCCS_No Movement", "C1", "Entity Currency", "1234.50", "/f/G1"]
    assert table[2] == [
        "DE01",
        "G2",
        "FCCS_No Intercompany",
        "F20",
        "No Center",
        "Entity Currency",
        "-1234.50",
        "/f/G2",
    ]
    stream.seek(0)
    assert fccs.FccsFile().row(wish, stream, 2) == {
        "entity": "DE01",
        "account": "G2",
        "partner": "FCCS_No Intercompany",
    }
    stream.seek(0)
    assert fccs.FccsFile().row(wish, stream, 3) == {}
    assert fccs.period_name(wish) == "Oct-26"
    for parameters, what in (
        ({"columns": "Account, Amount"}, "columns"),
        ({"columns": "Account, Entity, Amount, Shoe"}, "Shoe"),
    ):
        with pytest.raises(ValueError, match=what):
            written(fccs.FccsFile(), rows, **parameters)
    with pytest.raises(ValueError, match="period_name"):
        fccs.period_name(job(fccs.FccsFile(), period_name="{month.__class__.__init__}{x}"))


def test_fccs_log():
    text = (
        "2026-11-01 INFO [AIF]: member of row 1\n"
        "2026-11-01 00:00:01,000 ERROR [AIF]: Row 3: member 'G4 X' does not exist in dimension Account\n"
        "2026-11-01 00:00:01,001 ERROR [AIF]: Line 12, member US01 is not mapped\n" + "x" * 10000
    )
    first, second = fccs.read_log(text)
    assert (first.row, first.member, first.dimension) == (3, "G4 X", "Account")
    assert (second.row, second.member, second.dimension) == (12, "US01", "")
    assert first.message.startswith("Row 3")
    [own] = fccs.read_log("bad: E# US01 (4)", r"bad: (?P<dimension>\w)# (?P<member>\w+) \((?P<row>\d+)\)")
    assert (own.row, own.member) == (4, "US01")
    with pytest.raises(ValueError, match="log_pattern"):
        list(fccs.read_log("x", "("))


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=300))
def test_any_log_can_be_read(text):
    for rejected in fccs.read_log(text):
        assert rejected.row is None or rejected.row >= 0


def test_sap_file():
    rows = told([balance("G1", "-1234.50", movement="915", center="P1")])
    fields = (
        "ConsolidationUnit, FiscalYear, FiscalPeriod, FinancialStatementItem, SubItemCategory, SubItem, "
        "AmountInLocalCurrency"
    )
    wish, stream = written(
        sapgr.SapFile(),
        rows,
        fields=fields,
        number_format="2",
        dimensions="ProfitCenter = center",
        more_parameters="TOTALS = X",
    )
    table = [row.split(";") for row in stream.getvalue().decode().split("\r\n")]
    assert ["P", "Update Mode", "1"] in table and ["P", "NSEP", "2"] in table and ["P", "TOTALS", "X"] in table
    assert table[-3] == ["D", *fields.split(", "), "ProfitCenter"]
    assert table[-2] == ["2", "DE01", "2026", "010", "G1", "1", "915", "-1234,50", "P1"]
    stream.seek(0)
    assert sapgr.SapFile().row(wish, stream, 1)["account"] == "G1"
    assert sapgr.year_period(wish) == "2026010"
    with pytest.raises(ValueError, match="number_format"):
        written(sapgr.SapFile(), rows, number_format="3")
    with pytest.raises(ValueError, match="update_mode_amounts"):
        sapgr.SapFile().compose(
            Job(place=PLACE, parameters=wish.parameters, file="f", mode="amounts"), rows, io.BytesIO()
        )


def test_anaplan_file():
    rows = told([balance("G1", "7.00", center="C1")])
    _wish, stream = written(anaplan.AnaplanFile(), rows, columns="Acc = account; CC = center; T = period; V = amount")
    assert stream.getvalue().decode() == "Acc,CC,T,V\r\nG1,C1,Oct 26,7.00\r\n"
    with pytest.raises(ValueError, match="columns"):
        written(anaplan.AnaplanFile(), rows, columns="Acc = account")


def acknowledgement(**values):
    return json.dumps(
        {"batch_id": "B", "status": "accepted", "rows_loaded": 2, "rows_rejected": 0, "errors": [], **values}
    ).encode()


def test_manifest_and_acknowledgement():
    rows = told([balance("G1", "7.00"), balance("G2", "-7.00")])
    wish, stream = written(neutral_file.NeutralFile(), rows)
    stream.seek(0)
    found = json.loads(neutral_file.manifest(wish, stream))
    assert found["row_count"] == 2
    assert found["control_totals"] == [
        {"balance": "0.00", "credit": "7.00", "currency": "EUR", "debit": "7.00", "entity": "DE01"}
    ]
    with pytest.raises(ValueError, match="sign"):
        written(neutral_file.NeutralFile(), rows, sign="natural")

    taken, report = neutral_file.read_acknowledgement(acknowledgement(), "B")
    assert taken and report.loaded == 2 and report.totals is None and not report.rejected
    totals = [{"entity_code": "DE01", "account_code": "G1", "currency": "EUR", "balance": "7.10"}]
    _taken, report = neutral_file.read_acknowledgement(acknowledgement(totals=totals), "B")
    assert report.totals == (Total(entity="DE01", account="G1", currency="EUR", amount=Decimal("7.10")),)
    errors = [{"row": 2, "field": "account_code", "code": "unknown", "message": "G2"}]
    taken, report = neutral_file.read_acknowledgement(acknowledgement(status="partially_accepted", errors=errors), "B")
    assert not taken and (report.rejected[0].row, report.rejected[0].message) == (2, "unknown G2")
    taken, report = neutral_file.read_acknowledgement(acknowledgement(status="rejected"), "B")
    assert not taken and len(report.rejected) == 1, "rejected without a word is rejected all the same"
    for broken in (
        acknowledgement(batch_id="C"),
        acknowledgement(status="fine"),
        b"[]",
        b"{",
        acknowledgement(totals=[{}]),
    ):
        with pytest.raises(MalformedError):
            neutral_file.read_acknowledgement(broken, "B")


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(st.sampled_from(["batch_id", "status", "errors", "totals", "row"]), inner)
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_acknowledgement_is_read_or_refused(content):
    try:
        _taken, report = neutral_file.read_acknowledgement(content, "B")
    except MalformedError:
        return
    assert all(isinstance(one.message, str) for one in report.rejected)


def test_a_line_goes_to_one_cell():
    line = Line(entity="E", account="A", name="n", currency="EUR", amount=Decimal(1), members={"b": "2", "a": "1"})
    other = Line(entity="E", account="A", name="m", currency="EUR", amount=Decimal(2), members={"a": "1", "b": "2"})
    assert lines.cell(line) == lines.cell(other)
