"""Plaid's ``/transactions/sync`` (specs/openbanking_aggregators.md, section 3): changes since an opaque cursor.

The cursor is kept after the last page alone. When the data change while pages are read, everything begins again from
the cursor of the first page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from odoo.addons.finance_connector_base.engine.errors import (
    AuthNeededError,
    FinanceError,
    MalformedError,
    RejectedError,
    ThrottledError,
    TransientError,
)
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError
from odoo.addons.finance_connector_base.safe.masking import mask_text
from odoo.addons.finance_connector_base.transports import http_outcome
from odoo.addons.finance_connector_base.transports.http_address import target
from odoo.addons.finance_connector_base.transports.http_endpoint import Answer

from .access import Caller, CursorRefused, OnlineAccount
from .webhook_keys import pem_of

VERSION = "2020-09-14"
PAGE = 500
MOST_PAGES = 2000
#: how often a list that changes is begun again
ROUNDS = 3
#: there is no such key of webhooks
UNKNOWN_KEY = "INVALID_WEBHOOK_VERIFICATION_KEY_ID"
_REFUSALS = frozenset({400, 401, 403, 404, 429})
#: a person has to log in at the bank again
_LOG_IN = frozenset(
    {"ITEM_LOGIN_REQUIRED", "ITEM_NOT_FOUND", "ACCESS_NOT_GRANTED", "USER_PERMISSION_REVOKED", "INVALID_ACCESS_TOKEN"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What has changed since a cursor.

    :param is_whole: everything that there is, not only changes
    :param changed: transactions that are new or different, as they were told, by id
    :param removed: ids of those that are gone
    :param account: the account as it was told, with its balances
    :param cursor: where to begin the next time
    """

    is_whole: bool
    changed: Mapping[str, Mapping[str, Any]] = field(repr=False)
    removed: frozenset[str]
    account: Mapping[str, Any] = field(repr=False)
    cursor: str


class PlaidClient:
    """Calls Plaid, for one unit of work."""

    def __init__(self, client: Caller, *, client_id: str, secret: str, access_token: str) -> None:
        self._client = client
        self._headers = {"PLAID-CLIENT-ID": client_id, "PLAID-SECRET": secret, "Plaid-Version": VERSION}
        self._access_token = access_token

    def accounts(self) -> tuple[OnlineAccount, ...]:
        """List the accounts of the item. Plaid tells no account numbers here: they are known by its own id."""
        found = []
        for told in _objects(self._json("accounts/get", {}), "accounts"):
            balances = told.get("balances")
            money = balances if isinstance(balances, dict) else {}
            found.append(
                OnlineAccount(
                    key=_word(told, "account_id"),
                    number=_word(told, "persistent_account_id") or _word(told, "account_id"),
                    currency=_word(money, "iso_currency_code") or None,
                    name=" ".join(filter(None, (_word(told, "name"), _word(told, "mask")))),
                    owner=_word(told, "official_name"),
                )
            )
        return tuple(found)

    def webhook_key(self, key_id: str) -> str | None:
        """Ask for the key of a webhook; :return: its PEM, None when Plaid does not know it or it is over"""
        try:
            told = self._post("webhook_verification_key/get", {"key_id": key_id})
        except RejectedError as error:
            if error.params.get("code") == UNKNOWN_KEY:
                return None
            raise
        key = told.get("key")
        return pem_of(key, "ES256") if isinstance(key, dict) else None

    def changes(self, account: str, cursor: str) -> Changes:
        """Read all pages since a cursor; an empty one gives everything.

        :raise CursorRefused: the cursor is not known, or the data changed in every round
        """
        for number in range(ROUNDS):
            try:
                return self._read(account, cursor)
            except _Mutated as error:
                if number == ROUNDS - 1:
                    raise CursorRefused(str(error)) from None
        raise AssertionError("unreachable")

    def _read(self, account: str, cursor: str) -> Changes:
        changed: dict[str, Mapping[str, Any]] = {}
        removed: set[str] = set()
        told_account: Mapping[str, Any] = {}
        position = cursor
        for _page in range(MOST_PAGES):
            body = {"count": PAGE, "options": {"account_id": account, "include_original_description": True}}
            told = self._json("transactions/sync", {**body, **({"cursor": position} if position else {})})
            for name in ("added", "modified"):
                for one in _objects(told, name):
                    identity = _word(one, "transaction_id")
                    changed[identity] = one
                    removed.discard(identity)
            for one in _objects(told, "removed"):
                identity = _word(one, "transaction_id")
                changed.pop(identity, None)
                removed.add(identity)
            for one in _objects(told, "accounts"):
                if one.get("account_id") == account:
                    told_account = one
            following = _word(told, "next_cursor")
            if not told.get("has_more"):
                return Changes(
                    is_whole=not cursor,
                    changed=changed,
                    removed=frozenset(removed),
                    account=told_account,
                    # empty while Plaid has not got anything from the bank yet
                    cursor=following or cursor,
                )
            if not following or following == position:
                raise MalformedError("Plaid says that there is more, and not where.")
            position = following
        raise CursorRefused("The pages of Plaid do not end.")

    def _json(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Ask about the item."""
        return self._post(path, {"access_token": self._access_token, **body})

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._client.request(
            "POST",
            path,
            json=dict(body),
            headers=self._headers,
            # it reads, whatever the method
            may_repeat=True,
            expect=_REFUSALS,
        )
        if not 200 <= answer.status < 300:
            raise _error(answer)
        document = answer.json()
        if not isinstance(document, dict):
            raise MalformedError("The answer of Plaid is not a JSON object.")
        return document


class _Mutated(Exception):
    """The data changed between two pages."""


def _error(answer: Answer) -> Exception:
    try:
        told = strict_json.loads(answer.body)
    except SafetyError:
        told = {}
    told = told if isinstance(told, dict) else {}
    code, kind = str(told.get("error_code") or ""), str(told.get("error_type") or "")
    words = mask_text(" ".join(filter(None, (code, str(told.get("error_message") or "")))))[:300]
    place = target(answer.url).authority
    said = f"{place} answered {answer.status}" + (f": {words}" if words else ".")
    params = {"http_status": answer.status, **({"code": code} if code else {})}
    error: FinanceError | None
    if code == "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION":
        return _Mutated(said)
    if code in _LOG_IN:
        return AuthNeededError(
            f"{said} Log in at the bank again through Plaid Link (update mode), then press Test.", params=params
        )
    if kind == "RATE_LIMIT_EXCEEDED" or answer.status == 429:
        return ThrottledError(said, retry_after=http_outcome.retry_after(answer.headers) or 60.0, params=params)
    if kind in ("INSTITUTION_ERROR", "API_ERROR"):
        return TransientError(said, params=params, reason="http_server_error")
    if code == UNKNOWN_KEY:
        return RejectedError(said, params=params)
    if "cursor" in words.lower():
        return CursorRefused(said, params=params)
    error = http_outcome.refusal(answer.status, answer.headers, words, may_repeat=True, endpoint=place)
    return error or RejectedError(said, params=params)


def _objects(told: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    listed = told.get(name) or []
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise MalformedError(f"The answer of Plaid has no list {name}.")
    return listed


def _word(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value.strip() if isinstance(value, str) else ""
