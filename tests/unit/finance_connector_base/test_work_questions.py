"""What the mappings were asked, as it is kept with a message (fault 51)."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from odoo.addons.finance_connector_base.engine import conditions
from odoo.addons.finance_connector_base.engine.text import to_json
from odoo.addons.finance_connector_base.engine.work import MAX_ASKED, Work

DAY = date(2026, 3, 15)


def work() -> Work:
    return Work(message_id=1, attempt_id=1, worker_id=1, lease_seconds=60, correlation_id="c")


def test_equal_questions_are_one_and_codes_are_kept_once() -> None:
    asked = work()
    for codes in (["A"], ["B", "A"]):
        asked.note_question("vendor", codes, DAY, {"country": "DE"}, ())
    asked.note_question("vendor", ["A"], DAY, {"words": ("DE",)}, ("DE",))
    assert [question["codes"] for question in asked.asked.values()] == [["A", "B"], ["A"]]
    assert [*asked.asked.values()][1]["words"] == ["DE"]


def test_what_comes_back_from_the_database_meets_the_same_conditions() -> None:
    facts = {"amount": Decimal("150.10"), "day": DAY, "party": {"ids": {"X"}}, "note": None, "open": True}
    asked = work()
    asked.note_question("vendor", ["A"], DAY, facts, ())
    back = json.loads(to_json([*asked.asked.values()]))[0]["facts"]
    for text in (
        "amount between 100 and 200",
        "amount = 150.1",
        "amount >= 1000",
        "day between 2026-01-01 and 2026-06-30",
        "party.ids = X",
        "note is set",
        "open = yes",
    ):
        parsed = conditions.parse(text)
        assert conditions.all_hold(parsed, back) == conditions.all_hold(parsed, facts), text


def test_endless_questions_are_not_kept_for_ever() -> None:
    asked = work()
    for number in range(MAX_ASKED + 50):
        asked.note_question("vendor", ["A"], DAY, {"line": number}, ())
    asked.note_question("vendor", ["B"], DAY, {"line": 0}, ())
    assert len(asked.asked) == MAX_ASKED
    assert next(iter(asked.asked.values()))["codes"] == ["A", "B"]
