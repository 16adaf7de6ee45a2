"""Lists from which people choose in SAP Concur, by List Item v4.

An item is found by its short code, which is ours; a hyphen in it would be taken for a border between levels. Who is
deleted cannot be chosen any more, and stays on the reports that have chosen it.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError

from .calling import Caller
from .reading import Node, loads

#: pages of one list
MOST_PAGES = 500
#: longest words of an item
_WORDS = 64


class ConcurLists:
    """Keeps items of lists, for one unit of work."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def items(self, list_id: str) -> dict[str, Node]:
        """:return: items of the first level that can be chosen now, by short code"""
        return {item.needed("shortCode"): item for item in self._all(list_id)}

    def _all(self, list_id: str, **query: str) -> Iterator[Node]:
        for number in range(1, MOST_PAGES + 1):
            answer = self._client.request(
                "GET", f"list/v4/lists/{quote(list_id, safe='')}/children", query={**query, "page": number}
            )
            page = loads(answer.body, "list")
            yield from (item for item in page.nodes("content") if not item.yes("isDeleted"))
            turned = page.node("page")
            if not turned or number >= (turned.number("totalPages") or 0):
                return
        raise MalformedError("The pages of a list of Concur turn in a circle.")

    def keep(self, list_id: str, code: str, words: str, *, is_listed: bool) -> bool:
        """Have an item be in a list, or not; said again it changes nothing.

        :return: whether something has changed
        :raise RejectedError: the code cannot be one
        """
        if "-" in code:
            raise RejectedError("A code with a hyphen cannot be in a list of Concur.", params={"code": code})
        words = " ".join(words.replace("-", " ").split())[:_WORDS] or code
        known = next((one for one in self._all(list_id, shortCode=code) if one.text("shortCode") == code), None)
        if known is None:
            if is_listed:
                body = {"listId": list_id, "shortCode": code, "value": words}
                # a second one would be refused: it exists
                self._client.request("POST", "list/v4/items", json=body, may_repeat=True)
            return is_listed
        identity = quote(known.needed("id"), safe="")
        if not is_listed:
            self._client.request("DELETE", f"list/v4/lists/{quote(list_id, safe='')}/items/{identity}", expect={404})
            return True
        if known.text("value") == words:
            return False
        self._client.request("PUT", f"list/v4/items/{identity}", json={"shortCode": code, "value": words})
        return True
