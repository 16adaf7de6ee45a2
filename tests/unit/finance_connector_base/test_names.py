"""Names prepared once give what a comparison one by one gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine.likeness import Names, best, likeness

NAMES = st.text(alphabet="abc ABC-.", max_size=12)


@given(name=NAMES, candidates=st.lists(NAMES, max_size=8), least=st.integers(1, 100))
def test_prepared_names_are_compared_as_any(name: str, candidates: list[str], least: int) -> None:
    rows = list(enumerate(candidates))
    expected = sorted(
        ((key, score) for key, other in rows if (score := likeness(name, other)) >= least),
        key=lambda item: (-item[1], item[0]),
    )
    assert Names(rows).best(name, least=least, limit=8) == expected
    assert best(name, rows, least=least, limit=8) == expected


def test_nothing_resembles_nothing() -> None:
    assert Names([]).best("Hotel") == []
    assert Names([(1, "")]).best("") == []
