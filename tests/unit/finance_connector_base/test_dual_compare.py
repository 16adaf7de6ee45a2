"""B-51: when two feeds say the same."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.dual.compare import Comparison, PathsUnreadable, lines, pair
from odoo.addons.finance_connector_base.dual.lists import ListUnreadable, read

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.text("ab0.", max_size=5)
    | st.decimals(-10, 10, places=2).map(str),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
CONTENTS = st.dictionaries(st.text("abc", min_size=1, max_size=2), VALUES, max_size=4)


@given(CONTENTS, CONTENTS)
def test_b51_equal_digests_are_no_difference_and_the_other_way_round(old, new):
    comparison = Comparison()
    assert (comparison.digest(old, 0) == comparison.digest(new, 1)) == (not comparison.differences(old, new))


@given(CONTENTS, CONTENTS)
def test_b51_differences_are_the_same_from_both_sides(old, new):
    there, back = Comparison().differences(old, new), Comparison().differences(new, old)
    assert [(d.path, d.old, d.new) for d in there] == [(d.path, d.new, d.old) for d in back]


@given(st.decimals(-1000, 1000, places=2), st.decimals(-1, 1, places=2), st.decimals(0, 1, places=2))
def test_b51_a_tolerance_is_kept_to_the_cent(amount, distance, tolerance):
    found = Comparison(tolerance=tolerance).differences({"a": str(amount)}, {"a": str(amount + distance)})
    assert bool(found) == (abs(distance) > tolerance)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("10.50", 10.5, True),
        ("0010", "10", False),
        (1, True, False),
        ("", None, True),
        ("-0.00", "0", True),
        ("a", "A", False),
    ],
)
def test_b51_numbers_are_numbers_and_codes_are_codes(old, new, same):
    assert (not Comparison().differences({"v": old}, {"v": new})) is same


def test_b51_places_may_have_two_names():
    comparison = Comparison(pairs=[pair("amount = total.amount")], tolerance=Decimal("0.01"))
    assert comparison.differences({"amount": "5", "x": 1}, {"total": {"amount": "5.01"}}) == []
    [found] = comparison.differences({"amount": "5"}, {"total": {"amount": "6"}})
    assert (found.path, found.amount) == ("amount = total.amount", Decimal(1))


def test_b51_what_is_ignored_is_ignored_with_all_below():
    comparison = Comparison(ignored=frozenset(lines("meta\n\n lines.0.id ")))
    assert comparison.differences({"meta": {"at": 1}, "lines": [{"id": 1}]}, {"lines": [{"id": 2}]}) == []
    assert comparison.differences({"metal": 1}, {"metal": 2})


@pytest.mark.parametrize("line", ["a = b = c", "=b", "a b", ""])
def test_b51_a_line_that_names_no_place_is_refused(line):
    with pytest.raises(PathsUnreadable):
        pair(line)


def test_b51_lists_are_read_as_they_are_written():
    assert read(b'\xef\xbb\xbfnumber;amount\n"R;1";010.50\n\n') == [{"number": "R;1", "amount": "010.50"}]
    assert read(b'[{"number": "R1", "amount": 10.50}]') == [{"number": "R1", "amount": "10.50"}]


@pytest.mark.parametrize("content", [b"", b"a;b\n1\n", b"a;a\n1;2\n", b"[1]", b"[", b"\xff\xfe", b"[NaN]"])
def test_b51_what_is_no_list_is_refused_with_the_reason(content):
    with pytest.raises(ListUnreadable) as refused:
        read(content)
    assert str(refused.value)
