"""Shares, taxes and entries come exactly to what was approved, in currencies with 0, 2 and 3 decimals (E-03, E-24)."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_expense_sync.posting.plan import Cost, Rate, Side, drafts_of, legs_of
from odoo.addons.finance_expense_sync.posting.shares import divide, rounded, spread, unit
from odoo.addons.finance_expense_sync.posting.taxes import Given, Slice, Tax, expected, taken_apart

DAY = date(2026, 3, 10)
DECIMALS = st.sampled_from([0, 2, 3])
PERCENTS = st.sampled_from([Decimal("5.5"), Decimal(7), Decimal(19), Decimal(20), Decimal("8.1")])


def amounts(decimals, least=-(10**7), most=10**7):
    return st.integers(least, most).map(lambda number: Decimal(number).scaleb(-decimals))


def plain(percent, factors=((100, 140),)):
    slices = tuple(
        Slice(factor=Decimal(factor), account=account, key=number) for number, (factor, account) in enumerate(factors)
    )
    return Tax(key=7, percent=percent, slices=slices, refund_slices=slices)


def cost(gross, parts=None, *, decimals=2, line="1", report=1, bearer=1, payer=1, rate=Decimal(1), **values):
    rates = {company: Rate(value=rate, decimals=2) for company in (bearer, payer)}
    between = {"due_from": 160, "due_to": 360} if bearer != payer else {}
    return Cost(
        source=(report, line),
        day=DAY,
        currency="EUR",
        decimals=decimals,
        gross=gross,
        parts=parts or taken_apart(gross, (), decimals),
        account=600,
        counterpart=330,
        kind="own",
        bearer=Side(company=bearer, rate=rates[bearer], **between),
        payer=Side(company=payer, rate=rates[payer], **between),
        partner=9,
        **values,
    )


class TestShares:
    @given(st.data(), DECIMALS)
    def test_e24_shares_come_exactly_to_the_whole(self, data, decimals):
        amount = data.draw(amounts(decimals))
        weights = data.draw(st.lists(st.decimals(0, 100, places=3), min_size=1, max_size=20))
        parts = divide(amount, weights, decimals)
        assert sum(parts) == amount
        assert all(part % unit(decimals) == 0 for part in parts)
        assert all(part * amount >= 0 for part in parts)
        whole = sum(weights)
        for part, weight in zip(parts, weights, strict=True):
            if whole:
                # nobody gets a unit more or less than the exact share
                assert abs(part - amount * weight / whole) < unit(decimals)

    def test_e24_a_line_in_thirds(self):
        assert divide(Decimal("100.00"), [Decimal(1)] * 3, 2) == (
            Decimal("33.34"),
            Decimal("33.33"),
            Decimal("33.33"),
        )
        assert divide(Decimal("-1"), [Decimal(1)] * 3, 0) == (Decimal(-1), Decimal(0), Decimal(0))
        assert divide(Decimal("5"), [Decimal(0), Decimal(0)], 2) == (Decimal(5), Decimal(0))

    @pytest.mark.parametrize("weights", [[], [Decimal(-1), Decimal(2)]])
    def test_impossible_weights(self, weights):
        with pytest.raises(ValueError, match="weights"):
            divide(Decimal(1), weights, 2)

    @given(st.lists(amounts(2), min_size=1, max_size=9), amounts(2))
    def test_spread_comes_to_the_whole(self, parts, whole):
        assert sum(spread(parts, whole)) == whole


class TestTaxes:
    @settings(deadline=None)
    @given(st.data(), DECIMALS)
    def test_taxes_inside_come_exactly_to_the_gross_amount(self, data, decimals):
        gross = data.draw(amounts(decimals, 0))
        shares = []
        left = gross
        for _ in range(data.draw(st.integers(0, 4))):
            tax = plain(data.draw(PERCENTS))
            part = rounded(left / 2, decimals)
            amount = expected(part, tax, decimals)
            back = data.draw(st.sampled_from([None, Decimal(0), amount, rounded(amount / 2, decimals)]))
            shares.append(Given(tax=tax, amount=amount, base=part - amount, reclaimable=back))
            left -= part
        parts = taken_apart(gross, tuple(shares), decimals)
        assert sum(part.net + part.amount for part in parts) == gross
        reclaimed = sum(part.amount for part in parts)
        assert reclaimed == sum(s.amount if s.reclaimable is None else s.reclaimable for s in shares)
        assert all(part.net >= 0 for part in parts)

    def test_split_taxes_of_one_line(self):
        """A hotel with breakfast: two rates in one line."""
        low, high = plain(Decimal(7)), plain(Decimal(19))
        parts = taken_apart(
            Decimal("226.00"),
            (
                Given(tax=low, amount=Decimal("7.00"), base=Decimal("100.00")),
                Given(tax=high, amount=Decimal("19.00"), base=Decimal("100.00")),
            ),
            2,
        )
        assert [(p.tax, p.net, p.amount) for p in parts] == [
            (low, Decimal("100.00"), Decimal("7.00")),
            (high, Decimal("100.00"), Decimal("19.00")),
        ]

    def test_tax_that_is_reclaimed_in_part(self):
        """Half of the tax of a meal is blocked: it is cost, with its half of the base."""
        tax = plain(Decimal(20))
        parts = taken_apart(
            Decimal("120.00"), (Given(tax=tax, amount=Decimal("20.00"), reclaimable=Decimal("10.00")),), 2
        )
        assert [(p.tax, p.net, p.amount) for p in parts] == [
            (tax, Decimal("50.00"), Decimal("10.00")),
            (None, Decimal("60.00"), Decimal(0)),
        ]

    def test_blocked_tax_is_cost(self):
        parts = taken_apart(
            Decimal("119"), (Given(tax=plain(Decimal(19)), amount=Decimal(19), reclaimable=Decimal(0)),), 2
        )
        assert [(p.tax, p.net, p.amount) for p in parts] == [(None, Decimal(119), Decimal(0))]

    def test_reverse_charge_costs_nothing(self):
        """What the receiver owes and reclaims stands beside the amount, on both sides."""
        tax = plain(Decimal(19), ((100, 140), (-100, 177)))
        assert tax.is_reverse
        assert expected(Decimal(100), tax, 2) == Decimal("19.00")
        [part] = taken_apart(Decimal(100), (Given(tax=tax, amount=Decimal(0)),), 2)
        assert (part.net, part.amount) == (Decimal(100), Decimal("19.00"))
        [(_company, legs)] = legs_of(cost(Decimal(100), (part,)))
        assert {leg.account: leg.amount for leg in legs} == {
            600: Decimal(100),
            140: Decimal("19.00"),
            177: Decimal("-19.00"),
            330: Decimal(-100),
        }

    def test_more_tax_than_the_amount_is_refused(self):
        with pytest.raises(ValueError, match="taxes"):
            taken_apart(Decimal(10), (Given(tax=plain(Decimal(19)), amount=Decimal(11)),), 2)


@st.composite
def reports(draw):
    """Costs of some reports, in one currency, with taxes and two companies."""
    decimals = draw(DECIMALS)
    rate = draw(st.decimals("0.01", "250", places=6))
    found = []
    for report in range(draw(st.integers(1, 3))):
        for line in range(draw(st.integers(1, 4))):
            gross = draw(amounts(decimals, -10000))
            tax = plain(draw(PERCENTS), draw(st.sampled_from([((100, 140),), ((60, 140), (40, None))])))
            inside = expected(gross, tax, decimals)
            parts = taken_apart(gross, (Given(tax=tax, amount=inside),) if draw(st.booleans()) else (), decimals)
            bearer, payer = draw(st.sampled_from([(1, 1), (2, 1), (1, 2)]))
            found.append(
                cost(
                    gross,
                    parts,
                    decimals=decimals,
                    line=str(line),
                    report=report,
                    rate=rate,
                    bearer=bearer,
                    payer=payer,
                )
            )
    return decimals, found


def totals(drafts):
    """:return: what the ledger gets: (company, role, account) -> amounts in both currencies"""
    found = Counter()
    for draft in drafts:
        for leg in draft.legs:
            found[draft.company, leg.role, leg.account, "amount"] += leg.amount
            found[draft.company, leg.role, leg.account, "balance"] += leg.balance
    return {key: value for key, value in found.items() if value}


class TestGrains:
    @settings(max_examples=60, deadline=None)
    @given(reports())
    def test_e03_all_grains_have_equal_totals(self, drawn):
        """E-03: per line, per report, per month, summed up or not: the ledger is the same, in both currencies."""
        _decimals, costs = drawn
        grains = {
            "line": [(one, ("line", *one.source), DAY) for one in costs],
            "report": [(one, ("report", one.source[0]), DAY) for one in costs],
            "period": [(one, ("period", "2026-03"), DAY) for one in costs],
        }
        found = [
            totals(drafts_of(grouped, summarised=summed)) for grouped in grains.values() for summed in (False, True)
        ]
        assert all(one == found[0] for one in found[1:])

    @settings(max_examples=60, deadline=None)
    @given(reports())
    def test_every_entry_balances_in_both_currencies(self, drawn):
        decimals, costs = drawn
        for draft in drafts_of((one, ("report", one.source[0]), DAY) for one in costs):
            assert sum(leg.amount for leg in draft.legs) == 0
            assert sum(leg.balance for leg in draft.legs) == 0
            assert all(leg.amount % unit(decimals) == 0 for leg in draft.legs)

    def test_what_is_owed_to_one_employee_is_one_item(self):
        [draft] = drafts_of((cost(Decimal(10), line=str(line)), ("report", 1), DAY) for line in range(3))
        owed = [leg for leg in draft.legs if leg.role == "counterpart"]
        assert [(leg.partner, leg.amount) for leg in owed] == [(9, Decimal(-30))]
        assert draft.sources == ((1, "0"), (1, "1"), (1, "2"))

    def test_summing_up_keeps_projects_apart(self):
        one, other = (("1", Decimal(100)),), (("2", Decimal(100)),)
        costs = [cost(Decimal(10), line=str(n), analytic=a) for n, a in enumerate((one, other, one))]
        [draft] = drafts_of(((c, ("report", 1), DAY) for c in costs), summarised=True)
        assert sorted(leg.amount for leg in draft.legs if leg.role == "cost") == [Decimal(10), Decimal(20)]


class TestCompanies:
    def test_e12_two_companies_owe_each_other_the_same(self):
        """E-12: one bears, the other pays: a pair of entries whose items are equal and opposite."""
        [(bearer, borne), (payer, paid)] = legs_of(cost(Decimal("119.00"), bearer=2, payer=1))
        assert (bearer, payer) == (2, 1)
        assert [(leg.role, leg.amount) for leg in borne] == [
            ("cost", Decimal("119.00")),
            ("due_to", Decimal("-119.00")),
        ]
        assert [(leg.role, leg.amount) for leg in paid] == [
            ("due_from", Decimal("119.00")),
            ("counterpart", Decimal("-119.00")),
        ]

    def test_without_accounts_nothing_is_planned(self):
        one = Side(company=1, rate=Rate())
        other = Side(company=2, rate=Rate())
        broken = cost(Decimal(1))
        with pytest.raises(ValueError, match="both accounts"):
            legs_of(
                type(broken)(**{**{f: getattr(broken, f) for f in broken.__slots__}, "bearer": one, "payer": other})
            )
