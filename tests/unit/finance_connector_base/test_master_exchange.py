"""What is read of another system's lists: everything that does not fit is refused by its place, never by a crash."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.canonical import CanonicalError, Partner, Told
from odoo.addons.finance_connector_base.canonical.exchange import (
    HIGHEST_REVISION,
    read_digests,
    read_objects,
    read_page,
    read_told,
)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["changes", "digests", "objects", "errors", "id", "revision", "after", "more", "object", "key"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_anything_is_read_or_refused(body: Any) -> None:
    for read in (read_page, read_digests, read_objects, read_told):
        try:
            read(body)
        except CanonicalError as error:
            assert str(error)


@given(
    st.lists(
        st.tuples(st.text("AB1-", min_size=1, max_size=9), st.integers(1, HIGHEST_REVISION) | st.none()), max_size=5
    ),
    st.booleans(),
)
def test_a_page_is_read_as_it_was_written(lines: list[tuple[str, int | None]], more: bool) -> None:
    body = {
        "changes": [{"id": name, "revision": revision, "object": {"a": name}} for name, revision in lines],
        "after": "p1",
        "more": more,
    }
    changes, after, has_more = read_page(body)
    assert [(c.external_id, c.revision, c.data) for c in changes] == [(n, r, {"a": n}) for n, r in lines]
    assert (after, has_more) == ("p1", more)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "the answer is no object"),
        ({"changes": {}}, "changes has to be a list"),
        ({"changes": [{"id": "1", "object": {}}], "more": False}, "after"),
        ({"changes": [{"id": "1"}], "after": "a", "more": False}, r"changes\[0\] has to have either"),
        ({"changes": [{"id": "1", "object": {}, "error": {}}], "after": "a", "more": False}, "either"),
        ({"changes": [{"id": "", "object": {}}], "after": "a", "more": False}, r"changes\[0\].id is empty"),
        ({"changes": [{"id": "1", "revision": True, "object": {}}], "after": "a", "more": False}, "revision"),
        ({"changes": [{"id": "1", "revision": 2**31, "object": {}}], "after": "a", "more": False}, "revision"),
        ({"changes": [{"id": "1", "key": "k" * 256, "object": {}}], "after": "a", "more": False}, "key"),
        ({"changes": [], "after": "a", "more": "no"}, "more has to be true or false"),
    ],
)
def test_what_does_not_fit_is_named(body: Any, said: str) -> None:
    with pytest.raises(CanonicalError, match=said):
        read_page(body)


def test_a_conflict_brings_their_object() -> None:
    told = read_told({"id": "V1", "revision": 4, "object": {"city": "Oslo"}}, conflict=True)
    assert told == Told(external_id="V1", revision=4, theirs={"city": "Oslo"})
    with pytest.raises(CanonicalError, match="object is no object"):
        read_told({"id": "V1", "revision": 4}, conflict=True)


def test_digests_are_whole_or_absent() -> None:
    assert read_digests({"digests": [{"id": "V1"}], "more": False}) == ([("V1", None)], True)
    with pytest.raises(CanonicalError, match="SHA-256"):
        read_digests({"digests": [{"id": "V1", "digest": "abc"}], "more": False})


def test_what_cannot_be_given_is_named() -> None:
    assert read_objects({"objects": [{"a": 1}], "errors": [{"id": "V2", "title": "locked"}]}) == ([{"a": 1}], ["V2"])


@given(st.text(max_size=20), st.text(max_size=20))
def test_marks_tell_whether_a_field_changed_and_nothing_of_its_value(first: str, second: str) -> None:
    def marks(city: str) -> dict[str, str]:
        return Partner(external_id="V1", name="Acme", city=city).marks()

    one, other = marks(first), marks(second)
    assert one["name"] == other["name"]
    assert (one["city"] == other["city"]) == (first == second)
    assert set(one) == {"name", "city"}
    # the same value of another record has another mark: nothing can be looked up across records
    assert one["name"] != Partner(external_id="V2", name="Acme").marks()["name"]
