"""The lists from which people choose in Ramp, and the people there (specs/expense_platforms.md, section 3).

Each row has an id of ours (``remote_id``), which comes back as ``external_id`` of what was chosen, and one of Ramp, by
which it is changed. A row that exists is changed and never made again, so that everything may be repeated. What is
deleted cannot be chosen any more, and is reactivated when it comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from odoo.addons.finance_connector_base.engine.errors import RejectedError

from .access import segment
from .calling import Caller
from .ramp_client import RampClient
from .reading import Node, loads

#: list -> its name in bodies, field with the name that people see
_BATCHES = {
    "accounting/accounts": ("gl_accounts", "name"),
    "accounting/vendors": ("vendors", "name"),
    "accounting/field-options": ("options", "value"),
}
FIELDS = "accounting/fields"
#: users who cannot spend any more
_GONE = frozenset({"USER_INACTIVE", "USER_SUSPENDED", "INVITE_DELETED", "INVITE_EXPIRED"})
#: beginning of the kind of an account of ours -> its class over there
CLASSES = {
    "asset": "ASSET",
    "equity": "EQUITY",
    "expense": "EXPENSE",
    "income": "REVENUE",
    "liability": "LIABILITY",
}


class RampLists:
    """Keeps lists of Ramp as they are in Odoo, for one unit of work."""

    def __init__(self, client: Caller) -> None:
        self._client = client
        self._ramp = RampClient(client)

    def keep(self, path: str, remote_id: str, name: str, *, field_id: str | None = None, **more: Any) -> None:
        """Let a row be in a list, under this name.

        :param field_id: for options: what Ramp calls their field
        :param more: fields that only count when the row is made (``classification``), and its ``code``
        """
        batch, label = _BATCHES[path]
        code = more.pop("code", None)
        said = {label: name[:255], **({"code": code[:255]} if code else {})}
        row = self._row(path, remote_id, field_id)
        if row is None:
            body: dict[str, Any] = {batch: [{"id": remote_id, **said, **more}]}
            if field_id:
                body["field_id"] = field_id
            # what was made meanwhile, and its answer lost, is found when this is repeated
            self._client.request("POST", path, json=body, may_repeat=True)
            return
        is_active = row.yes("is_active") is not False
        differs = any(row.text(field) != value for field, value in said.items())
        if differs or not is_active:
            change = {**said, **({} if is_active else {"reactivate": True})}
            self._client.request("PATCH", _one(path, row), json=change, may_repeat=True)

    def drop(self, path: str, remote_id: str, *, field_id: str | None = None) -> None:
        """Let a row not be in a list any more; one that was never there is no error."""
        row = self._row(path, remote_id, field_id)
        if row is not None and row.yes("is_active") is not False:
            self._client.request("DELETE", _one(path, row), expect={404})

    def field(self, remote_id: str, name: str | None = None) -> str | None:
        """Find a field from whose options people choose.

        :param name: made or renamed to this; None: only looked for
        :return: what Ramp calls it; None: there is none
        """
        row = self._row(FIELDS, remote_id, None)
        if name is None:
            return row.needed("ramp_id") if row else None
        if row is None:
            body = {"id": remote_id, "name": name[:255], "input_type": "SINGLE_CHOICE", "is_splittable": True}
            made = self._client.request("POST", FIELDS, json=body, may_repeat=True)
            return loads(made.body, "field").needed("ramp_id")
        if row.text("name") != name[:255]:
            self._client.request("PATCH", _one(FIELDS, row), json={"name": name[:255]}, may_repeat=True)
        return row.needed("ramp_id")

    def rows(self, path: str, *, field_id: str | None = None) -> dict[str, Node]:
        """:return: rows of a list by our ids, also those that cannot be chosen any more"""
        query = {"field_id": field_id} if field_id else None
        found = (Node(item, path) for item in self._ramp.everything(path, query))
        return {row.needed("id"): row for row in found}

    def _row(self, path: str, remote_id: str, field_id: str | None) -> Node | None:
        query = {"remote_id": remote_id, **({"field_id": field_id} if field_id else {})}
        # whatever the filter does over there, the row is the one with this id
        rows = (Node(item, path) for item in self._ramp.everything(path, query))
        return next((row for row in rows if row.text("id") == remote_id), None)

    # -- people ----------------------------------------------------------------------------

    def departments(self) -> dict[str, dict[str, Any]]:
        """:return: id -> what is said of a department, as fields of the canonical one"""
        found = (Node(item, "department") for item in self._ramp.everything("departments"))
        return {one.needed("id"): {"name": one.needed("name"), "active": True} for one in found}

    def users(self) -> dict[str, dict[str, Any]]:
        """:return: id -> what is said of a user, as fields of the canonical employee"""
        return dict(map(_user, self._ramp.everything("users")))


def _user(item: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    user = Node(item, "user")
    names = (user.text("first_name"), user.text("last_name"))
    said = {
        "name": " ".join(name for name in names if name) or user.text("email") or user.needed("id"),
        "email": user.text("email"),
        "department": user.text("department_id"),
        "manager": user.text("manager_id"),
        "active": user.text("status") not in _GONE,
    }
    return user.needed("id"), said


def _one(path: str, row: Node) -> str:
    return f"{path}/{segment(row.needed('ramp_id'))}"


def account_class(account_type: str) -> str:
    """:return: class of an account of ours over there
    :raise RejectedError: it has none there
    """
    for beginning, name in CLASSES.items():
        if account_type.startswith(beginning):
            return name
    raise RejectedError(f"Ramp knows no accounts of the kind {account_type[:60]}.", reason="expense_list_refused")
