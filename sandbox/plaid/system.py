"""What Plaid answers when it behaves: every change has a number, a cursor is how many of them were told."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from typing import Any

from sandbox.berlingroup.system import Bank
from sandbox.body_jwt import Signer
from sandbox.http.messages import Request, Response, as_json

PREFIX = ""
ACCOUNT = "plaid-account-1"


class Service:
    """The service and one item with one account. The fields without underscore can be configured."""

    def __init__(self) -> None:
        #: not used: Plaid shows accounts of banks that we do not stand in for
        self.bank = Bank()
        self.client_id, self.secret, self.access_token = "client-1", "secret-1", "access-1"
        self.page = 500
        self.current = 1000.0
        self.ready = True
        #: before this page of a list the data change, so many times
        self.mutate_at_page, self.mutations = 0, 0
        #: an ``error_code`` that is answered to everything, with its type
        self.error_code, self.error_type = "", ""
        self.generation = 1
        self.signer = Signer("ES256")
        #: when the key of webhooks was taken out of use, seconds since 1970
        self.key_expired_at: int | None = None
        self.log: list[dict[str, Any]] = []
        self._changes: list[tuple[str, dict[str, Any]]] = []

    def configure(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            getattr(self, name)
            setattr(self, name, value)

    def event(self, kind: str, error: str = "", later: int = 0) -> dict[str, Any]:
        """A webhook as it is delivered, written over several lines; ``kind`` is type and code with a dot between.

        :param later: seconds from now when it is signed
        """
        name, _, code = kind.partition(".")
        told: dict[str, Any] = {"webhook_type": name, "webhook_code": code, "item_id": "item-1"}
        if error:
            told["error"] = {"error_type": "ITEM_ERROR", "error_code": error}
        body = json.dumps(told, indent=2)
        claims = {"iat": int(time.time()) + later, "request_body_sha256": hashlib.sha256(body.encode()).hexdigest()}
        return {"headers": {"plaid-verification": self.signer.token(claims)}, "body": body}

    def state(self) -> dict[str, Any]:
        return {"log": self.log, "changes": len(self._changes)}

    # -- somebody pays ---------------------------------------------------------------------

    def add(self, amount: str, day: str, text: str = "", *, pending: bool = False, replaces: str = "") -> str:
        """A transaction, positive when money goes out. A posted one has another id than the pending one before."""
        identity = f"tx-{secrets.token_hex(4)}"
        if replaces:
            self._changes.append(("removed", {"transaction_id": replaces, "account_id": ACCOUNT}))
        told = {
            "transaction_id": identity,
            "account_id": ACCOUNT,
            "amount": float(amount),
            "iso_currency_code": "USD",
            "date": day,
            "name": text or "Somebody",
            "pending": pending,
            "pending_transaction_id": replaces or None,
            "payment_channel": "online",
        }
        self._changes.append(("added", told))
        return identity

    def modify(self, identity: str, **values: Any) -> None:
        told = next(one for kind, one in reversed(self._changes) if one["transaction_id"] == identity)
        self._changes.append(("modified", {**told, **values}))

    def remove(self, identity: str) -> None:
        self._changes.append(("removed", {"transaction_id": identity, "account_id": ACCOUNT}))

    # -- requests --------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        body = json.loads(request.body or b"{}")
        headers = request.headers
        known = (headers.get("plaid-client-id"), headers.get("plaid-secret")) == (self.client_id, self.secret)
        if not known:
            return _no(400, "INVALID_INPUT", "INVALID_API_KEYS")
        if request.path == "/webhook_verification_key/get":
            return self._key(body)
        if body.get("access_token") != self.access_token:
            return _no(400, "INVALID_INPUT", "INVALID_ACCESS_TOKEN")
        if self.error_code:
            return _no(429 if self.error_type == "RATE_LIMIT_EXCEEDED" else 400, self.error_type, self.error_code)
        if request.path == "/accounts/get":
            return as_json(200, {"accounts": [self._account()], "request_id": "r"})
        if request.path == "/transactions/sync":
            return self._sync(body)
        return _no(404, "INVALID_REQUEST", "NOT_FOUND")

    def _key(self, body: dict[str, Any]) -> Response:
        if body.keys() != {"key_id"}:
            return _no(400, "INVALID_REQUEST", "UNKNOWN_FIELDS")
        if body["key_id"] != self.signer.key_id:
            return _no(400, "INVALID_INPUT", "INVALID_WEBHOOK_VERIFICATION_KEY_ID")
        key = {**self.signer.published(), "created_at": 1700000000, "expired_at": self.key_expired_at}
        return as_json(200, {"key": key, "request_id": "r"})

    def _account(self) -> dict[str, Any]:
        return {
            "account_id": ACCOUNT,
            "persistent_account_id": "persistent-1",
            "balances": {"current": self.current, "available": self.current - 10, "iso_currency_code": "USD"},
            "mask": "0000",
            "name": "Checking",
            "official_name": "My Company",
            "type": "depository",
        }

    def _sync(self, body: dict[str, Any]) -> Response:
        self.log.append({"cursor": body.get("cursor", ""), "count": body.get("count")})
        start = 0
        if cursor := body.get("cursor"):
            generation, _, number = cursor.partition("-")
            if generation != str(self.generation):
                return _no(400, "INVALID_INPUT", "INVALID_FIELD", "cursor not associated with access_token")
            start = int(number)
        if not self.ready:
            return as_json(200, {**_EMPTY, "accounts": [self._account()], "transactions_update_status": "NOT_READY"})
        count = min(body.get("count", 100), self.page)
        if self.mutations and start // count + 1 == self.mutate_at_page:
            self.mutations -= 1
            return _no(400, "TRANSACTIONS_ERROR", "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION")
        changes = self._changes[start : start + count]
        lists: dict[str, list[dict[str, Any]]] = {"added": [], "modified": [], "removed": []}
        for kind, told in changes:
            lists[kind].append(told)
        end = start + len(changes)
        answer = {
            **lists,
            "accounts": [self._account()],
            "next_cursor": f"{self.generation}-{end}",
            "has_more": end < len(self._changes),
            "transactions_update_status": "HISTORICAL_UPDATE_COMPLETE",
            "request_id": "r",
        }
        return as_json(200, answer)


_EMPTY = {"added": [], "modified": [], "removed": [], "next_cursor": "", "has_more": False, "request_id": "r"}


def _no(status: int, kind: str, code: str, message: str = "") -> Response:
    return as_json(
        status, {"error_type": kind, "error_code": code, "error_message": message or code, "request_id": "r"}
    )
