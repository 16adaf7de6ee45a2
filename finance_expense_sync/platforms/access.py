"""Lists that change while they are read, and places in them that are gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from odoo.addons.finance_connector_base.engine.errors import RejectedError, TransientError

#: pages of one list; more is a list that turns in a circle
MOST_PAGES = 2000
#: how often a list may change while it is read before it is left for later
MOST_RESTARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a list.

    :param following: what the next page is asked with, None: this is the last
    :param total: of the whole list, where the platform says so
    """

    items: tuple[dict[str, Any], ...]
    following: str | None = None
    total: int | None = None


class PositionGone(RejectedError):
    """The place where we had read to is not known any more: the list is read from its beginning."""

    default_reason = "expense_position_gone"


class ListMoves(TransientError):
    """The list changes faster than it can be read."""

    default_reason = "expense_list_moves"


def restarted(position: dict[str, Any], platform: str) -> dict[str, Any]:
    """Begin a list anew: what was read already is recognised when it is stored.

    :param position: of the page that cannot be read; ``restarts`` counts in it
    :return: where to begin
    :raise ListMoves: it was begun anew too often
    """
    times = int(position.get("restarts") or 0) + 1
    if times > MOST_RESTARTS:
        raise ListMoves(f"The list of {platform} changes faster than it can be read.")
    return {"restarts": times}


def segment(text: str) -> str:
    """:return: a text as one step of a path"""
    return quote(text, safe="")
