"""A configuration as a file (B-46): nothing gets lost, and nothing that was touched is taken."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine.package import Entry, Package, PackageError, may_go, read

NAMES = st.text(min_size=1, max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-1e6, 1e6).map(lambda n: round(n, 3)) | NAMES,
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
ENTRIES = st.lists(
    st.builds(
        lambda kind, key, values: Entry(kind=kind, key=tuple(key), values=values),
        NAMES,
        st.lists(NAMES, min_size=1, max_size=3),
        st.dictionaries(NAMES, VALUES, max_size=4),
    ),
    max_size=5,
    unique_by=lambda entry: (entry.kind, entry.key),
)


def package(**values: object) -> Package:
    return Package(**{"source": "test", "target": "production", "origin": "somebody", **values})  # type: ignore[arg-type]


@given(ENTRIES, st.dictionaries(NAMES, NAMES, max_size=3))
def test_b46_what_is_written_is_read(entries: list[Entry], systems: dict[str, str]) -> None:
    made = package(entries=tuple(entries), systems=systems)
    assert read(made.write()) == made
    assert read(made.write()).sha256 == made.sha256


@given(ENTRIES, st.data())
def test_b46_one_changed_value_is_found(entries: list[Entry], data: st.DataObject) -> None:
    facts = json.loads(package(entries=(*entries, Entry(kind="k", key=("a", "b"), values={"x": 1}))).write())
    place = data.draw(st.sampled_from(["from", "to", "origin", "object", "sha256", "systems", "left out"]))
    if place == "object":
        facts["objects"][-1]["values"]["x"] = 2
    elif place == "left out":
        del facts["objects"][-1]
    elif place == "systems":
        facts["systems"]["other"] = "bank"
    elif place == "to":
        facts["to"] = "test"
    elif place == "from":
        facts["from"] = "sandbox"
    else:
        facts[place] += "0"
    with pytest.raises(PackageError, match="touched"):
        read(json.dumps(facts).encode())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "unreadable"),
        (b"[]", "format"),
        (b'{"format": "finance-configuration/2"}', "format"),
        (b'{"format": "finance-configuration/1"}', "unreadable"),
        (b'{"format": "finance-configuration/1", "format": "finance-configuration/1"}', "unreadable"),
        (b"\xff\xfe", "unreadable"),
        (b"[" * 100, "unreadable"),
    ],
)
def test_b46_what_is_no_package(data: bytes, code: str) -> None:
    with pytest.raises(PackageError, match=code):
        read(data)


def test_b46_only_forward() -> None:
    ways = {(a, b) for a in ("sandbox", "test", "production", "x") for b in ("sandbox", "test", "production", "x")}
    assert {way for way in ways if may_go(*way)} == {
        ("sandbox", "test"),
        ("sandbox", "production"),
        ("test", "production"),
    }
    with pytest.raises(PackageError, match="direction"):
        read(package(source="production", target="test").write())


def test_b46_an_object_occurs_once() -> None:
    entry = Entry(kind="k", key=("a",), values={})
    with pytest.raises(PackageError, match="twice"):
        read(package(entries=(entry, entry)).write())
