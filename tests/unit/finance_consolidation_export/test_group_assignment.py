"""Which group account a balance goes to, and how it is divided (C-04)."""

from datetime import date
from decimal import Decimal

import pytest

from odoo.addons.finance_connector_base.engine import ranking
from odoo.addons.finance_consolidation_export.balances.assignment import DivisionError, Key, Part, asked, assign

DAY = date(2026, 10, 31)


def part(number, operation, operand, account, per_cent=100, qualifier=None, **values):
    rule = ranking.make_rule(id=number, operation=operation, operand=operand, qualifier=qualifier, **values)
    return Part(rule=rule, account=account, per_cent=Decimal(per_cent))


def where(parts, code, **facts):
    found = assign(parts, [Key(value="here", code=code, facts=facts)], DAY)
    return [(part.account, part.per_cent) for part in found.get("here", ())]


def test_the_closest_rule_counts():
    parts = [
        part(1, ranking.DEFAULT, "*", 1),
        part(2, ranking.PREFIX, "4", 2),
        part(3, ranking.PREFIX, "44", 3),
        part(4, ranking.EQUALS, "4400", 4),
    ]
    assert [where(parts, code) for code in ("4400", "4410", "4100", "1000")] == [
        [(4, 100)],
        [(3, 100)],
        [(2, 100)],
        [(1, 100)],
    ]


def test_conditions_on_dimensions_come_first():
    parts = [part(1, ranking.PREFIX, "4", 1), part(2, ranking.PREFIX, "4", 2, qualifier="segment = RETAIL")]

    assert where(parts, "4000", segment="RETAIL") == [(2, 100)]
    assert where(parts, "4000", segment="WHOLESALE") == [(1, 100)]
    assert asked(parts) == {"segment"}


def test_a_division_comes_to_one_hundred():
    parts = [part(1, ranking.EQUALS, "6000", 1, per_cent=60), part(2, ranking.EQUALS, "6000", 2, per_cent=40)]
    assert where(parts, "6000") == [(1, 60), (2, 40)]

    with pytest.raises(DivisionError) as caught:
        where([*parts, part(3, ranking.EQUALS, "6000", 3, per_cent=1)], "6000")
    assert caught.value.rules == (1, 2, 3)
    assert caught.value.total == 101


def test_the_company_before_the_group():
    parts = [part(1, ranking.PREFIX, "4", 1), part(2, ranking.PREFIX, "4", 2, has_company=True)]
    assert where(parts, "4000") == [(2, 100)]


def test_no_rule_is_said():
    assert where([part(1, ranking.PREFIX, "4", 1)], "5000") == []
    assert where([part(1, ranking.PREFIX, "4", 1, valid_to=date(2025, 12, 31))], "4000") == []
