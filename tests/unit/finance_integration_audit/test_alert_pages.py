"""Pages of what to do and the rhythm of what comes again: plain values."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.alerting import rhythm, runbook

PAGE = """# Title

Something *is* `wrong`: <b>.

## First

1. Ask [the bank](bank.md)
   for it.
2. Wait.

## When it is over

Now.
"""


def test_a_page_is_shown_and_nothing_of_it_is_code() -> None:
    """A-13"""
    assert runbook.first(PAGE) == "Ask the bank for it."
    assert runbook.html(PAGE) == (
        "<p>Something <em>is</em> <code>wrong</code>: &lt;b&gt;.</p><h3>First</h3>"
        "<ol><li>Ask the bank for it.</li><li>Wait.</li></ol><h3>When it is over</h3><p>Now.</p>"
    )


def test_every_page_can_be_read_and_says_what_to_do_first() -> None:
    for path in runbook.FOLDER.glob("alert-*.md"):
        text = runbook.page(path.stem.removeprefix("alert-"))
        assert runbook.first(text), path.name
    assert runbook.page("../alert-dead") == ""
    assert runbook.page("nothing") == ""


def test_the_day_after_a_weekend() -> None:
    """M-09: statements of working days; the one of Monday is due on Tuesday at the latest."""
    friday = date(2026, 11, 27)
    days = [friday - timedelta(days=back) for back in (4, 3, 2, 1, 0)]
    assert rhythm.expected(days) == date(2026, 11, 30)
    assert rhythm.overdue(days, date(2026, 12, 1), 1) is None
    assert rhythm.overdue(days, date(2026, 12, 2), 1) == date(2026, 11, 30)


def test_too_few_say_nothing() -> None:
    assert rhythm.overdue([date(2026, 1, 1), date(2026, 1, 2)], date(2026, 12, 1), 1) is None


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 40), st.integers(3, 20), st.integers(0, 5))
def test_what_came_in_its_rhythm_is_not_late_before_its_day(start: date, gap: int, count: int, grace: int) -> None:
    days = [start + timedelta(days=gap * number) for number in range(count)]
    due = rhythm.expected(days)
    assert due is not None
    assert due.weekday() < 5
    assert due >= days[-1] + timedelta(days=gap)
    assert rhythm.overdue(days, due, grace) is None
    assert rhythm.overdue(days, due + timedelta(days=3 * grace + 8), grace) == due
