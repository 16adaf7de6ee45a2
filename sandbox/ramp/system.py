"""What Ramp answers when it behaves, and how it misbehaves on command."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from sandbox.expense_platform import Files, Rolling, configure
from sandbox.http.messages import Request, Response, as_json
from sandbox.http.oauth2 import AuthorisationServer
from sandbox.ramp.lists import CodingLists

PREFIX = "/developer/v1"
_SYNCS = {"TRANSACTION_SYNC": "transactions", "REIMBURSEMENT_SYNC": "reimbursements"}


class Platform:
    """One business with an API connection. The fields without underscore can be configured."""

    def __init__(self) -> None:
        self.oauth = AuthorisationServer()
        self.oauth.client_id, self.oauth.client_secret = "ramp_id_1", "ramp_sec_1"
        self.needs_token = True
        self.limit = Rolling(200, 10.0)
        self.files = Files(3600.0)
        #: 429 says when to come back
        self.says_when = True
        #: pages are not longer, whatever was asked for
        self.page = 100
        #: another person marks the first object of a page as synced before the next page is read, so many times
        self.sync_between_pages = 0
        #: the position of the next page is not known any more, so many times
        self.forget_positions = 0
        #: a connection that Ramp itself maintains refuses everything from others
        self.is_direct = False
        #: name of the header with the signature: the guide of 2025 and later sources differ
        self.signature_header = "X-Ramp-Webhook-Signature"
        self.webhook_secret = "ramp-webhook-secret-1"
        self.transactions: dict[str, dict[str, Any]] = {}
        self.reimbursements: dict[str, dict[str, Any]] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.departments: dict[str, dict[str, Any]] = {}
        self.lists = CodingLists()
        self.syncs: list[dict[str, Any]] = []
        #: object -> what its export error says
        self.errors: dict[str, str] = {}
        self.challenges: dict[str, str] = {}
        self.verified: list[str] = []
        self.log: list[tuple[str, str, int]] = []
        self._keys: dict[str, tuple[str, Response]] = {}
        self._read: list[str] = []

    def configure(self, values: dict[str, Any]) -> None:
        configure(self, {"limit_": self.limit, "files_": self.files, "oauth_": self.oauth}, values)

    def state(self) -> dict[str, Any]:
        return {
            **self.oauth.state(),
            "transactions": self.transactions,
            "reimbursements": self.reimbursements,
            "lists": self.lists.state(),
            "syncs": self.syncs,
            "errors": self.errors,
            "verified": self.verified,
            "receipts_read": self.files.read,
            "refused": self.limit.refused,
            "log": self.log,
        }

    # -- what happens there ----------------------------------------------------------------

    def add_transaction(self, **said: Any) -> dict[str, Any]:
        key = said.pop("id", None) or str(uuid.uuid4())
        receipts = said.setdefault("receipts", [])
        for receipt in receipts:
            self.files.keep(receipt)
        self.transactions[key] = {
            "id": key,
            "entity_id": "24850cdb-0000-4000-8000-000000000001",
            "state": "CLEARED",
            "amount": 90.0,
            "currency_code": "USD",
            "original_transaction_amount": None,
            "user_transaction_time": "2026-03-02T18:30:00+00:00",
            "settlement_date": "2026-03-04T00:00:00+00:00",
            "accounting_date": "2026-03-04T00:00:00+00:00",
            "card_id": "6bc41b14-0000-4000-8000-000000000001",
            "card_present": True,
            "card_holder": {
                "user_id": "a26c82c9-0000-4000-8000-000000000001",
                "first_name": "Ada",
                "last_name": "Sample",
                "employee_id": "E-1",
                "department_id": "d471d830-0000-4000-8000-000000000001",
                "department_name": "Sales",
            },
            "merchant_id": "2907e304-0000-4000-8000-000000000001",
            "merchant_name": "Harbour Hotel",
            "merchant_category_code": "7011",
            "merchant_location": {"city": "BOSTON", "country": "USA"},
            "sk_category_id": 12,
            "sk_category_name": "Lodging",
            "memo": "Two nights",
            "attendees": [],
            "line_items": [],
            "accounting_field_selections": [],
            "policy_violations": [],
            "disputes": [],
            "statement_id": None,
            "sync_status": "SYNC_READY",
            "synced_at": None,
            **said,
        }
        return self.transactions[key]

    def add_reimbursement(self, **said: Any) -> dict[str, Any]:
        key = said.pop("id", None) or str(uuid.uuid4())
        for receipt in said.setdefault("receipts", []):
            self.files.keep(receipt)
        self.reimbursements[key] = {
            "id": key,
            "type": "OUT_OF_POCKET",
            "direction": "BUSINESS_TO_USER",
            "state": "APPROVED",
            "amount": 48.46,
            "currency": "USD",
            "original_reimbursement_amount": {"amount": 4846, "currency_code": "USD"},
            "payee_amount": {"amount": 4846, "currency_code": "USD"},
            "entity_id": "24850cdb-0000-4000-8000-000000000001",
            "user_id": "a26c82c9-0000-4000-8000-000000000001",
            "user_email": "ada@example.com",
            "user_full_name": "Ada Sample",
            "employee_id": "E-1",
            "transaction_date": "2026-03-03",
            "accounting_date": None,
            "submitted_at": "2026-03-03T20:00:00+00:00",
            "approved_at": "2026-03-05T09:00:00+00:00",
            "created_at": "2026-03-03T19:59:00+00:00",
            "updated_at": "2026-03-05T09:00:00+00:00",
            "merchant": "City Cabs",
            "merchant_id": None,
            "memo": "To the fair",
            "distance": None,
            "start_location": None,
            "end_location": None,
            "waypoints": [],
            "attendees": [],
            "line_items": [],
            "accounting_field_selections": [],
            "payment_id": None,
            "spend_limit_id": None,
            "sync_status": "SYNC_READY",
            "synced_at": None,
            **said,
        }
        return self.reimbursements[key]

    def change(self, kind: str, id: str, **said: Any) -> dict[str, Any]:
        found: dict[str, Any] = getattr(self, kind)[id]
        found.update(said)
        return found

    def add_user(self, **said: Any) -> dict[str, Any]:
        key = said.pop("id", None) or str(uuid.uuid4())
        self.users[key] = {
            "id": key,
            "first_name": "Ada",
            "last_name": "Sample",
            "email": "ada@example.com",
            "employee_id": None,
            "department_id": None,
            "manager_id": None,
            "role": "BUSINESS_USER",
            "status": "USER_ACTIVE",
            **said,
        }
        return self.users[key]

    def add_department(self, **said: Any) -> dict[str, Any]:
        key = said.pop("id", None) or str(uuid.uuid4())
        self.departments[key] = {"id": key, "name": "Sales", **said}
        return self.departments[key]

    def event(self, kind: str, id: str, identity: str = "") -> dict[str, Any]:
        """A webhook as it is delivered; with an identity it is the repetition of another one."""
        return self._signed(
            {
                "id": identity or str(uuid.uuid4()),
                "type": kind,
                "created_at": "2026-03-05T12:00:00Z",
                "business_id": "945c7d8f-0000-4000-8000-000000000001",
                "object": {"id": id},
            }
        )

    def verification(self, webhook: str) -> dict[str, Any]:
        challenge = self.challenges.setdefault(webhook, uuid.uuid4().hex)
        return self._signed(
            {"id": str(uuid.uuid4()), "type": "webhooks.verification", "webhook_id": webhook, "challenge": challenge}
        )

    def _signed(self, body: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(body)
        signature = hmac.new(self.webhook_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return {"headers": {self.signature_header: signature, "Content-Type": "application/json"}, "body": text}

    # -- requests --------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        path = request.path.removeprefix(PREFIX)
        if path.startswith("/receipt-files/"):
            # no token is asked for: the address itself opens it
            return self.files.answer(path.rpartition("/")[2])
        if (request.method, path) == ("POST", "/token"):
            return self.oauth.token(request)
        response = self._guarded(request, path.strip("/").split("/"))
        self.log.append((request.method, path, response.status))
        return response

    def _guarded(self, request: Request, parts: list[str]) -> Response:
        wait = self.limit.wait()
        if wait is not None:
            headers = {"Retry-After": str(int(wait) + 1)} if self.says_when else {}
            return as_json(429, _problem("DEVELOPER_7003", "Too many requests"), **headers)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.needs_token and not self.oauth.knows(token):
            return _no(401, "DEVELOPER_7100", "The access token is not valid")
        if parts[0] == "accounting" and request.method != "GET" and self.is_direct:
            return _no(400, "DEVELOPER_7001", "The accounting connection is maintained by Ramp")
        match request.method, parts:
            case "GET", ["business"]:
                return as_json(200, {"id": "9abffcf0", "business_name_legal": "Sample Inc", "active": True})
            case "GET", ["accounting", "all-connections"]:
                one = {"id": "46910cc3", "remote_provider_name": "Odoo", "status": "linked", "is_active": True}
                return as_json(200, {"connections": [one]})
            case "GET", ["transactions"]:
                return self._list(request, self.transactions, _wanted(request))
            case "GET", ["reimbursements"]:
                return self._list(request, self.reimbursements, _wanted(request))
            case "GET", ["users"]:
                return self._list(request, self.users)
            case "GET", ["departments"]:
                return self._list(request, self.departments)
            case "GET", ["transactions", key] if key in self.transactions:
                return as_json(200, self.transactions[key])
            case "GET", ["reimbursements", key] if key in self.reimbursements:
                return as_json(200, self.reimbursements[key])
            case "GET", ["receipts", key] if key in self.files.names():
                url = f"http://{request.headers['host']}{PREFIX}/receipt-files/{self.files.address(key)}"
                return as_json(200, {"id": key, "receipt_url": url})
            case "POST", ["accounting", "syncs"]:
                return self._sync(request)
            case "POST", ["webhooks", key, "verify"] if key in self.challenges:
                return self._verify(key, json.loads(request.body))
        return self.lists.answer(request, parts, self._list) or _no(404, "DEVELOPER_7002", "Not found")

    def _list(
        self, request: Request, rows: dict[str, dict[str, Any]], keep: Callable[[dict[str, Any]], bool] | None = None
    ) -> Response:
        """Keyset pagination: ``start`` is the last id of the page before, in the order of the ids."""
        size = int(request.query.get("page_size", 20))
        if not 2 <= size <= 100:
            return _no(400, "DEVELOPER_7001", "page_size has to be between 2 and 100")
        start = request.query.get("start", "")
        if start and self.forget_positions:
            self.forget_positions -= 1
            return _no(400, "DEVELOPER_7001", "start is not valid")
        if start and self.sync_between_pages and self._read:
            self.sync_between_pages -= 1
            rows[self._read.pop(0)]["sync_status"] = "SYNCED"
        found = [row for key, row in sorted(rows.items()) if key > start and (keep is None or keep(row))]
        page = found[: min(size, self.page)]
        self._read = [row["id"] for row in page if "sync_status" in row]
        following = None
        if len(found) > len(page):
            query = urlencode({**request.query, "start": _key(page[-1])})
            following = f"http://{request.headers['host']}{request.path}?{query}"
        return as_json(200, {"data": page, "page": {"next": following}})

    # -- what became of it -----------------------------------------------------------------

    def _sync(self, request: Request) -> Response:
        body = json.loads(request.body)
        key, kind = body.get("idempotency_key"), _SYNCS.get(body.get("sync_type", ""))
        if not key or kind is None:
            return _no(400, "DEVELOPER_7001", "idempotency_key and sync_type are required")
        digest = hashlib.sha256(request.body).hexdigest()
        if key in self._keys:
            before, response = self._keys[key]
            return response if before == digest else _no(400, "DEVELOPER_7001", "This key was used for another sync")
        done, failed = body.get("successful_syncs", []), body.get("failed_syncs", [])
        if not done and not failed:
            return _no(400, "DEVELOPER_7001", "There is nothing to sync")
        rows = getattr(self, kind)
        if refused := _not_ready(rows, [*done, *failed]):
            return _no(400, "DEVELOPER_7001", f"{refused} is not ready to sync")
        for one in done:
            rows[one["id"]].update(sync_status="SYNCED", synced_at="2026-03-06T00:00:00+00:00")
            self.errors.pop(one["id"], None)
        for one in failed:
            self.errors[one["id"]] = one["error"]["message"]
        self.syncs.append(body)
        response = as_json(201, {"sync_id": str(uuid.uuid4())})
        self._keys[key] = (digest, response)
        return response

    def _verify(self, key: str, body: dict[str, Any]) -> Response:
        if body.get("challenge") != self.challenges[key]:
            return _no(400, "DEVELOPER_7001", "The challenge is not right")
        self.verified.append(key)
        return as_json(200, {"id": key, "status": "active"})


def _wanted(request: Request) -> Callable[[dict[str, Any]], bool]:
    query = request.query

    def keep(row: dict[str, Any]) -> bool:
        if "sync_status" in query and row["sync_status"] != query["sync_status"]:
            return False
        if "direction" in query and row["direction"] != query["direction"]:
            return False
        if query.get("state", "ALL") != "ALL" and row["state"] != query["state"]:
            return False
        return bool(row.get("user_transaction_time", "9") >= query.get("from_date", ""))

    return keep


def _not_ready(rows: dict[str, dict[str, Any]], wished: Iterable[dict[str, Any]]) -> str | None:
    """:return: the first that cannot be reported, so that nothing of the call has an effect"""
    return next((one["id"] for one in wished if rows.get(one["id"], {}).get("sync_status") != "SYNC_READY"), None)


def _key(row: dict[str, Any]) -> str:
    key: str = row.get("ramp_id") or row["id"]
    return key


def _no(status: int, code: str, message: str) -> Response:
    return as_json(status, _problem(code, message), **{"x-trace-id": uuid.uuid4().hex})


def _problem(code: str, message: str) -> dict[str, Any]:
    return {
        "error_v2": {"error_code": code, "message": message, "additional_info": {}, "notes": ""},
        "error": {"message": message},
    }
