"""The close without Odoo: working days, circles, the longest chain, readiness (C-05, C-13, M-14)."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_consolidation_export.closing import order, stages
from odoo.addons.finance_consolidation_export.closing.workdays import nth, number_of, weekdays, without

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def test_days_of_october_2026():
    # the 31st is a Saturday
    end = date(2026, 10, 31)
    assert nth(end, 1, weekdays) == date(2026, 11, 2)
    assert nth(end, 5, weekdays) == date(2026, 11, 6)
    assert nth(end, 6, weekdays) == date(2026, 11, 9)
    assert nth(end, 0, weekdays) == date(2026, 10, 30)
    assert nth(end, -2, weekdays) == date(2026, 10, 28)
    holiday = without(frozenset({date(2026, 11, 1), date(2026, 11, 2)}))
    assert nth(end, 1, lambda day: weekdays(day) and holiday(day)) == date(2026, 11, 3)


def test_a_calendar_that_never_works_counts_weekdays():
    assert nth(date(2026, 10, 31), 2, lambda day: False) == date(2026, 11, 3)


@settings(max_examples=150, deadline=None)
@given(DAYS, st.integers(-15, 30), st.sets(st.integers(-40, 60), max_size=8))
def test_counting_and_counting_back_agree(end, number, holidays):
    off = frozenset(end + timedelta(days=one) for one in holidays)

    def working(day):
        return weekdays(day) and day not in off

    day = nth(end, number, working)
    assert working(day)
    assert (day > end) == (number > 0)
    assert nth(end, number + 1, working) > day
    if number > 0:
        assert number_of(end, day, working) == number
    else:
        assert sum(working(end - timedelta(days=one)) for one in range((end - day).days)) == -number


TASKS = st.integers(0, 14)


@st.composite
def dags(draw):
    """Tasks that wait for ones with smaller numbers only, then renamed: the numbers do not give it away."""
    names = draw(st.permutations(range(15)))
    count = draw(st.integers(1, 15))
    return {
        names[task]: {names[one] for one in draw(st.sets(st.integers(0, task - 1), max_size=4))} if task else set()
        for task in range(count)
    }


@settings(max_examples=200, deadline=None)
@given(dags())
def test_order_keeps_every_dependency(waits):
    found = order.in_order(waits)
    assert sorted(found) == sorted(waits)
    place = {task: number for number, task in enumerate(found)}
    assert all(place[before] < place[task] for task in waits for before in waits[task])


@settings(max_examples=200, deadline=None)
@given(dags(), st.data())
def test_a_circle_is_found_and_named(waits, data):
    way = data.draw(st.lists(st.sampled_from(sorted(waits)), min_size=1, max_size=6, unique=True))
    for task, before in zip(way, [*way[1:], way[0]], strict=True):
        waits[task] = {*waits[task], before}
    with pytest.raises(order.CircleError) as raised:
        order.in_order(waits)
    circle = raised.value.tasks
    assert all(before in waits[task] for task, before in zip(circle, [*circle[1:], circle[0]], strict=True))


@settings(max_examples=200, deadline=None)
@given(dags(), st.data())
def test_no_chain_takes_longer_than_the_critical_path(waits, data):
    hours = {task: float(data.draw(st.integers(0, 8))) for task in waits}
    path = order.critical_path(waits, hours)
    assert all(before in waits[task] for before, task in zip(path, path[1:], strict=False))

    def longest(task):
        return hours[task] + max(map(longest, waits[task]), default=0)

    assert sum(hours[task] for task in path) == max(map(longest, waits))


@settings(max_examples=150, deadline=None)
@given(dags(), st.sets(TASKS, max_size=3))
def test_what_rests_on_a_task(waits, reopened):
    reopened &= set(waits)
    found = order.rests_on(waits, reopened)
    assert reopened <= found
    for task in waits:
        assert (task in found) == (task in reopened or bool(set(waits[task]) & found))


def test_a_chain_of_thousands():
    waits = {task: {task - 1} if task else set() for task in range(5000)}
    assert order.critical_path(waits, dict.fromkeys(waits, 1.0)) == list(range(5000))


STAGES = st.lists(st.tuples(st.sampled_from(sorted(stages.SHARE)), st.integers(1, 9)), max_size=12)


@settings(max_examples=200, deadline=None)
@given(STAGES)
def test_readiness(tasks):
    found = stages.readiness(tasks)
    assert 0 <= found <= 100
    assert (found == 100) == all(stage in stages.FINISHED for stage, _weight in tasks)
    if tasks:
        ahead = [(stages.DONE, tasks[0][1]), *tasks[1:]]
        assert stages.readiness(ahead) >= found


def test_stages():
    assert stages.prepared(review=False, approval=False) == stages.DONE
    assert stages.prepared(review=True, approval=False) == stages.PREPARED
    assert stages.reviewed(approval=True) == stages.REVIEWED
    assert stages.reviewed(approval=False) == stages.DONE
    assert stages.before_approval(review=False) == stages.PREPARED
