"""The lists from which people choose in Payhawk, and the people there (specs/expense_platforms.md, section 5).

Account codes, tax rates and external teams are replaced as a whole: what is not in the new list cannot be chosen any
more. Custom fields with their values, and suppliers, are changed one by one, and found again by the id that we gave
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .access import segment
from .payhawk_client import PayhawkClient
from .reading import Node, loads

#: list -> fields of ours in it; the first is what an entry is called
LISTS = {
    "account-codes": ("code", "name"),
    "tax-rates": ("code", "name", "rate"),
    "external-teams": ("externalId", "label"),
}
#: what we call ourselves where Payhawk asks for the system that something comes from
SOURCE = "odoo"


class PayhawkLists:
    """Keeps lists of Payhawk as they are in Odoo, for one unit of work."""

    def __init__(self, client: PayhawkClient) -> None:
        self._client = client

    # -- lists that are replaced -----------------------------------------------------------

    def rows(self, path: str) -> dict[str, Node]:
        """:return: entries of a list by what they are called"""
        name = LISTS[path][0]
        return {row.needed(name): row for row in self._client.everything(path, path) if row.text(name)}

    def replace(self, path: str, wanted: Sequence[Mapping[str, Any]]) -> bool:
        """Let a list be exactly this; what else the platform keeps of an entry (a default tax) stays.

        :return: whether it was another one before
        """
        key, *names = LISTS[path]
        rows = self.rows(path)
        now = {name: {field: _said(row, field) for field in names} for name, row in rows.items()}
        then = {str(one[key]): {field: one[field] for field in names} for one in wanted}
        if now == then:
            return False
        kept = ("defaultTaxCode",) if path == "account-codes" else ()
        body = [
            {**one, **{field: rows[str(one[key])].get(field) for field in kept if _has(rows, str(one[key]), field)}}
            for one in wanted
        ]
        self._client.call("PUT", path, json=body)
        return True

    # -- custom fields ---------------------------------------------------------------------

    def field(self, external_id: str, label: str | None = None) -> str | None:
        """Find a custom field.

        :param label: made or renamed to this; None: only looked for
        :return: what Payhawk calls it; None: there is none
        """
        row = self._one("custom-fields", external_id)
        if label is None:
            return row.needed("id") if row else None
        said = {"label": label[:255], "externalId": external_id, "externalSource": SOURCE}
        if row is None:
            made = self._client.call("POST", "custom-fields", json=said, may_repeat=True)
            return loads(made.body, "custom field").needed("id")
        if row.text("label") != label[:255]:
            self._client.call("PATCH", f"custom-fields/{segment(row.needed('id'))}", json=said, may_repeat=True)
        return row.needed("id")

    def fields(self) -> dict[str, Node]:
        """:return: custom fields by the ids that we gave them"""
        found = self._client.everything("custom-fields", "custom fields")
        return {row.needed("externalId"): row for row in found if row.text("externalSource") == SOURCE}

    def keep_value(self, field: str, external_id: str, label: str) -> None:
        """Let a value be among those of a custom field."""
        self._keep(f"custom-fields/{segment(field)}/values", external_id, {"label": label[:255]})

    def drop_value(self, field: str, external_id: str) -> None:
        """Let a value not be among those of a custom field any more."""
        path = f"custom-fields/{segment(field)}/values"
        row = self._one(path, external_id)
        if row is not None:
            self._client.call("DELETE", f"{path}/{segment(row.needed('id'))}", expect={404})

    def values(self, field: str) -> dict[str, Node]:
        """:return: values of a custom field by the ids that we gave them"""
        found = self._client.everything(f"custom-fields/{segment(field)}/values", "values")
        return {row.needed("externalId"): row for row in found if row.text("externalId")}

    # -- suppliers -------------------------------------------------------------------------

    def supplier(self, external_id: str, said: Mapping[str, Any], *, is_active: bool) -> None:
        """Let a supplier be there as it is here; an archived one cannot be chosen any more."""
        row = self._one("suppliers", external_id)
        if row is None and not is_active:
            return
        key = self._keep("suppliers", external_id, {name: value for name, value in said.items() if value})
        status = "active" if is_active else "archived"
        if (row.text("status") if row else "active") != status:
            self._client.call("PATCH", f"suppliers/{segment(key)}/status", json={"status": status}, may_repeat=True)

    def suppliers(self) -> dict[str, Node]:
        """:return: suppliers by the ids that we gave them"""
        found = self._client.everything("suppliers", "suppliers")
        return {row.needed("externalId"): row for row in found if row.text("externalId")}

    # -- people ----------------------------------------------------------------------------

    def users(self) -> dict[str, dict[str, Any]]:
        """:return: id -> what is said of a user, as fields of the canonical employee"""
        return {row.needed("id"): _user(row) for row in self._client.everything("users", "user")}

    def teams(self) -> dict[str, dict[str, Any]]:
        """:return: id -> what is said of a team, as fields of the canonical department"""
        return {
            row.needed("id"): {"name": row.needed("name"), "parent": row.text("parentId"), "active": True}
            for row in self._client.everything("teams", "team")
        }

    # -- one by one ------------------------------------------------------------------------

    def _one(self, path: str, external_id: str) -> Node | None:
        return next((row for row in self._client.everything(path, path) if row.text("externalId") == external_id), None)

    def _keep(self, path: str, external_id: str, said: Mapping[str, Any]) -> str:
        row = self._one(path, external_id)
        if row is None:
            # what was made meanwhile, and its answer lost, is found when this is repeated
            body = {**said, "externalId": external_id}
            return loads(self._client.call("POST", path, json=body, may_repeat=True).body, path).needed("id")
        key = row.needed("id")
        if any(_said(row, name) != value for name, value in said.items()):
            self._client.call("PATCH", f"{path}/{segment(key)}", json=dict(said), may_repeat=True)
        return key


def _user(row: Node) -> dict[str, Any]:
    names = (row.text("firstName"), row.text("lastName"))
    return {
        "name": " ".join(name for name in names if name) or row.text("email") or row.needed("id"),
        "email": row.text("email"),
        "active": True,
    }


def _said(row: Node, name: str) -> Any:
    return row.amount(name) if name == "rate" else row.text(name)


def _has(rows: Mapping[str, Node], key: str, name: str) -> bool:
    return key in rows and rows[key].get(name) is not None
