"""Pick lists of Concur over a socket (E-15, B-30)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from platform_client import Rotating, client

from odoo.addons.finance_connector_base.engine.errors import RejectedError, TransientError
from odoo.addons.finance_expense_sync.platforms.concur_lists import ConcurLists

from sandbox.concur.system import Concur
from sandbox.rest.base import Running

CENTRES = "80edb3fa-c15e-a34a-b97f-f2ec291ab44f"


@pytest.fixture
def running() -> Iterator[Running[Concur]]:
    with Running(Concur()) as made:
        yield made


@pytest.fixture
def lists(running: Running[Concur]) -> ConcurLists:
    return ConcurLists(client(running.url, Rotating(running.system.oauth.grant)))


def test_e15_archived_values_vanish(running: Running[Concur], lists: ConcurLists) -> None:
    assert lists.keep(CENTRES, "CC1", "Sales", is_listed=True)
    assert lists.keep(CENTRES, "CC2", "Cross-border", is_listed=True)
    assert running.system.picks(CENTRES) == {"CC1": "Sales", "CC2": "Cross border"}
    assert not lists.keep(CENTRES, "CC1", "Sales", is_listed=True), "said again it changes nothing"
    assert lists.keep(CENTRES, "CC1", "Sales Europe", is_listed=True)
    assert lists.keep(CENTRES, "CC2", "Cross border", is_listed=False)
    assert not lists.keep(CENTRES, "CC2", "Cross border", is_listed=False)
    assert running.system.picks(CENTRES) == {"CC1": "Sales Europe"}
    assert [item.text("value") for item in lists.items(CENTRES).values()] == ["Sales Europe"]
    assert lists.keep(CENTRES, "CC2", "Back", is_listed=True), "who comes back is there again"
    assert "CC2" in running.system.picks(CENTRES)


def test_long_lists_have_pages(lists: ConcurLists) -> None:
    for number in range(103):
        lists.keep(CENTRES, f"P{number}", f"Project {number}", is_listed=True)
    assert len(lists.items(CENTRES)) == 103


def test_a_hyphen_would_be_a_border(lists: ConcurLists) -> None:
    with pytest.raises(RejectedError, match="hyphen"):
        lists.keep(CENTRES, "CC-1", "Sales", is_listed=True)


def test_an_answer_that_got_lost(running: Running[Concur], lists: ConcurLists) -> None:
    running.chaos("reset_after_effect", path="/list/v4/items", times=1)
    with pytest.raises(TransientError):
        lists.keep(CENTRES, "CC1", "Sales", is_listed=True)
    assert not lists.keep(CENTRES, "CC1", "Sales", is_listed=True)
    assert len(running.system.items) == 1
