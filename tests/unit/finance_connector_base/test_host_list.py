"""Names on a list of hosts (B-46)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine.errors import RejectedError
from odoo.addons.finance_connector_base.transports.http_address import check_listed, is_listed

LABELS = st.lists(st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("host", "pattern", "listed"),
    [
        ("api.bank.example", "api.bank.example", True),
        ("API.Bank.Example.", "api.bank.example", True),
        ("api.bank.example", "*.bank.example", True),
        ("a.b.bank.example", "*.bank.example", True),
        ("bank.example", "*.bank.example", False),
        ("evilbank.example", "*.bank.example", False),
        ("bank.example.evil.test", "bank.example", False),
        ("::1", "::1", True),
    ],
)
def test_b46_names(host: str, pattern: str, listed: bool) -> None:
    assert is_listed(host, [pattern]) is listed


@given(LABELS, LABELS)
def test_b46_a_star_stands_for_whole_labels_below(front: list[str], back: list[str]) -> None:
    suffix = ".".join(back)
    assert is_listed(f"{'.'.join(front)}.{suffix}", [f"*.{suffix}"])
    assert not is_listed(f"{'.'.join(front)}{suffix}", [f"*.{suffix}", suffix])


def test_b46_an_empty_list_allows_nothing_and_no_list_anything() -> None:
    check_listed("bank.example", None)
    with pytest.raises(RejectedError) as caught:
        check_listed("bank.example", frozenset())
    assert caught.value.reason == "host_not_allowed"
