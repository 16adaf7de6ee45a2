"""The canonical form of audit entries: one form for the same facts, another for different facts (A-01)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.trail import keys
from odoo.addons.finance_integration_audit.trail.canonical import Facts, clean, digest, encode, plain_json

TEXT = st.none() | st.text(max_size=20).map(clean)
NUMBER = st.none() | st.integers(0, 10**9)
FACTS = st.builds(
    Facts,
    number=st.integers(1, 10**12),
    at=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)),
    event=st.text(min_size=1, max_size=20).map(lambda text: clean(text) or "x"),
    model=TEXT,
    res_id=NUMBER,
    record_name=TEXT,
    company_ref=NUMBER,
    user_ref=NUMBER,
    user_login=TEXT,
    correlation_id=TEXT,
    reason=TEXT,
    before=TEXT,
    after=TEXT,
    key=TEXT,
)
ONE = Facts(
    7, datetime(2026, 3, 1, 8, 30, 0, 120), "a.b", "res.partner", 3, "Ä", 1, 2, "ann", None, "why", None, '{"a":1}', "k"
)


@settings(max_examples=150, deadline=None)
@given(FACTS, FACTS)
def test_different_facts_are_different_bytes(one, other):
    assert (encode(one) == encode(other)) == (one == other)


@given(st.text(max_size=5), st.text(max_size=5))
def test_a_text_does_not_flow_into_its_neighbour(left, right):
    left, right = clean(left), clean(right)
    moved = ONE._replace(reason=(left or "") + (right or "") or None, before=None)
    apart = ONE._replace(reason=left, before=right)
    assert (encode(moved) == encode(apart)) == (moved == apart)


def test_the_form_is_what_verifiers_elsewhere_rely_on():
    assert encode(ONE)[:6] == b"\x01\x00\x00\x00\x017"
    assert b"2026-03-01T08:30:00.000120Z" in encode(ONE)
    assert digest(ONE).hex() == "0ce98f0a578589e46f8b5683cce86a62e8c7dda0b5ccadfdcbaf65319387aa46"
    assert keys.name_of(keys.derive(bytes(32), keys.SIGN), keys.SIGN) == "9e3253a72fe4f5aa"


def test_a_moment_is_the_same_in_every_zone():
    there = ONE.at.replace(tzinfo=timezone.utc).astimezone(timezone(timedelta(hours=5)))
    assert encode(ONE._replace(at=there)) == encode(ONE)


def test_facts_before_and_after_have_one_form():
    facts = {"b": Decimal("1.10"), "a": 0.1, "when": ONE.at, "who": ("x", None, True), "n": "\0\ud800", 3: {"z"}}
    text = plain_json(facts)
    assert text == plain_json(dict(reversed(facts.items())))
    assert text.isascii()
    assert json.loads(text)["b"] == "1.10"
    assert json.loads(text)["a"] == "0.1"
    assert plain_json({}) is None
    assert plain_json(None) is None


def test_what_no_database_keeps_is_replaced():
    assert clean("a\0b\ud800") == "a\N{REPLACEMENT CHARACTER}b?"
    assert clean("") is None
