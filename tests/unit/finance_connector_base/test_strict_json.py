"""JSON from outside is read strictly, and exact numbers stay exact."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.safe.errors import SafetyError
from odoo.addons.finance_connector_base.safe.strict_json import dumps, loads

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_again(value: object) -> None:
    try:
        data = dumps(value)
    except UnicodeEncodeError:
        return  # lone surrogates cannot be sent
    assert loads(data) == value


def test_digits_are_kept() -> None:
    assert dumps({"amount": Decimal("0.10"), "n": [Decimal("1E+2")]}) == b'{"amount":0.10,"n":[100]}'
    assert str(loads(b'{"amount": 0.10}')["amount"]) == "0.10"
    for value in (Decimal("NaN"), float("inf")):
        with pytest.raises(ValueError):
            dumps(value)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[" * 65 + b"]" * 65, "json_too_deep"),
        (b'{"a":' * 100_000, "json_too_deep"),
        (b'{"amount": 1, "amount": 2}', "json_duplicate_key"),
        (b"[NaN]", "json_number"),
        (b"[-Infinity]", "json_number"),
        (b"[" + b"9" * 5000 + b"]", "json_number"),
        (b"[1e999999]", "json_number"),
        (b"[1.5e-400]", "json_number"),
        ("ü".encode("latin-1"), "json_encoding"),
        (b'{"a": ', "json_syntax"),
        (b"", "json_syntax"),
        (b"<html>", "json_syntax"),
        (b" " * 2000, "json_too_large"),
    ],
)
def test_refused(data: bytes, code: str) -> None:
    with pytest.raises(SafetyError) as caught:
        loads(data, max_bytes=1000 if code == "json_too_large" else 10_000_000)
    assert caught.value.code == code


def test_brackets_in_strings_are_no_depth() -> None:
    assert loads(b'["' + b"[" * 500 + b'\\"]"]') == ["[" * 500 + '"]']
    assert loads(b"\xef\xbb\xbf[1]") == [1]
