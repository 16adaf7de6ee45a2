"""What Payhawk answers when it behaves, and how it misbehaves on command."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.expense_platform import Files, Rolling, configure
from sandbox.http.messages import Request, Response, as_json
from sandbox.payhawk.lists import CodingLists

PREFIX = "/api/v3"
ACCOUNT = "acme_de_1"


class Platform:
    """One account. The fields without underscore can be configured."""

    def __init__(self) -> None:
        self.api_key = "payhawk-key-1"
        self.limit = Rolling(15, 1.0)
        self.files = Files(900.0)
        #: 429 says when to come back
        self.says_when = True
        #: the first expense of a page is archived before the next page is read, so many times
        self.archive_between_pages = 0
        #: pages are not longer, whatever was asked for
        self.page = 1000
        self.expenses: dict[str, dict[str, Any]] = {}
        self.payments: dict[str, list[dict[str, Any]]] = {}
        self.workflows: dict[str, dict[str, Any]] = {}
        self.notifications: dict[str, list[dict[str, Any]]] = {}
        self.paid: dict[str, dict[str, Any]] = {}
        self.lists = CodingLists()
        self.log: list[tuple[str, str, int]] = []
        self._made_key: rsa.RSAPrivateKey | None = None
        self._read: list[str] = []

    def configure(self, values: dict[str, Any]) -> None:
        configure(self, {"limit_": self.limit, "files_": self.files, "lists_": self.lists}, values)

    def state(self) -> dict[str, Any]:
        return {
            "expenses": self.expenses,
            "notifications": self.notifications,
            "paid": self.paid,
            "lists": self.lists.state(),
            "receipts_read": self.files.read,
            "refused": self.limit.refused,
            "log": self.log,
        }

    @property
    def _key(self) -> rsa.RSAPrivateKey:
        # takes its time, and most tests need none
        self._made_key = self._made_key or rsa.generate_private_key(65537, 2048)
        return self._made_key

    def change_key(self) -> None:
        self._made_key = None

    # -- what happens there ----------------------------------------------------------------

    def add_expense(self, **said: Any) -> dict[str, Any]:
        """:param said: ``approval``, ``payments`` and ``files`` (names) beside fields of the expense"""
        key = str(said.pop("id", len(self.expenses) + 1001))
        approval, payments = said.pop("approval", "approved"), said.pop("payments", [])
        names = said.pop("files", [f"receipt-{key}"])
        for name in names:
            self.files.keep(name)
        self.workflows[key] = {
            "approvalStatus": approval,
            "approvedAt": "2026-03-05T10:00:00.000Z",
            "approvedBy": {"id": "u2", "email": "boss@example.com"},
        }
        self.payments[key] = [self._payment(key, number, one) for number, one in enumerate(payments, 1)]
        self.expenses[key] = {
            "id": key,
            "createdAt": "2026-03-02T09:00:00.000Z",
            "reviewedAt": "2026-03-05T11:00:00.000Z",
            "createdBy": {
                "id": "u1",
                "email": "ada@example.com",
                "firstName": "Ada",
                "lastName": "Sample",
                "externalId": "E-1",
            },
            "type": "reimbursable",
            "status": "ready",
            "isPaid": False,
            "title": "Train to Hamburg",
            "category": {"id": "c7", "name": "Train", "fullName": "Travel / Train"},
            "note": "Customer visit",
            "reconciliation": {
                "totalAmount": 119.0,
                "taxAmount": 19.0,
                "currency": "EUR",
                "baseTotalAmount": 119.0,
                "baseTaxAmount": 19.0,
                "baseCurrency": "EUR",
                "customFields": [],
            },
            "taxRate": {"name": "VAT 19 %", "code": "V19", "rate": 19},
            "lineItems": [],
            "document": {"documentDate": "2026-03-01T00:00:00.000Z", "documentType": "receipt", "files": names},
            "supplier": {"id": "s1", "name": "Rail AG", "vat": "DE123456788", "countryCode": "DE"},
            "externalLinks": [],
            **said,
        }
        return self.expenses[key]

    def _payment(self, expense: str, number: int, said: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"{expense}-p{number}",
            "type": "card",
            "status": "settled",
            "amount": 119.0,
            "currency": "EUR",
            "originalAmount": 119.0,
            "originalCurrency": "EUR",
            "fxRate": 1,
            "fees": {"fx": 0, "pos": 0, "bank": 0},
            "fundAccountId": "4711",
            "fundAccountType": "debit",
            "description": "RAIL AG HAMBURG",
            "date": "2026-03-02T08:59:00.000Z",
            "cardId": "card-1",
            "cardLastDigits": "1234",
            "expenseIds": [expense],
            **said,
        }

    def change(self, id: str, **said: Any) -> dict[str, Any]:
        if approval := said.pop("approval", None):
            self.workflows[id]["approvalStatus"] = approval
        for number, payment in enumerate(said.pop("payments", [])):
            self.payments[id][number].update(payment)
        self.expenses[id].update(said)
        return self.expenses[id]

    def event(self, kind: str, id: str, path: str, identity: str = "", age: float = 0.0) -> dict[str, Any]:
        """A webhook as it is delivered.

        :param path: of the callback, with its query: it is signed, too
        :param age: seconds since it was signed
        """
        sent = datetime.fromtimestamp(datetime.now(timezone.utc).timestamp() - age, timezone.utc)
        stamp = sent.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = json.dumps(
            {
                "accountId": ACCOUNT,
                "eventId": identity or str(uuid.uuid4()),
                "eventType": kind,
                "payload": {"expenseId": id},
            },
            separators=(",", ":"),
        )
        signature = self._key.sign(f"{stamp}:{path}:{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
        return {
            "headers": {
                "X-Payhawk-Timestamp": stamp,
                "X-Payhawk-Signature": base64.b64encode(signature).decode(),
                "Content-Type": "application/json",
            },
            "body": body,
        }

    # -- requests --------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        path = request.path.removeprefix(PREFIX)
        if path.startswith("/files/"):
            # no key is asked for: the address itself opens it
            return self.files.answer(path.rpartition("/")[2])
        if (request.method, path) == ("GET", "/rsa-public-key"):
            form = serialization.PublicFormat.SubjectPublicKeyInfo
            pem = self._key.public_key().public_bytes(serialization.Encoding.PEM, form)
            return Response(200, pem, {"Content-Type": "text/plain; charset=utf-8"})
        response = self._guarded(request, path.strip("/").split("/"))
        self.log.append((request.method, path, response.status))
        return response

    def _guarded(self, request: Request, parts: list[str]) -> Response:
        wait = self.limit.wait()
        if wait is not None:
            headers = {"Retry-After": str(int(wait) + 1)} if self.says_when else {}
            return as_json(429, {"code": "TooManyRequests", "message": "Too many requests"}, **headers)
        if request.headers.get("x-payhawk-apikey") != self.api_key:
            return _no(401, "Unauthorized")
        if parts[:2] != ["accounts", ACCOUNT]:
            return _no(404, "NotFound")
        match request.method, parts[2:]:
            case "GET", []:
                return as_json(200, {"id": ACCOUNT, "name": "Acme GmbH"})
            case "GET", ["expenses"]:
                return self._list(request)
            case _, ["expenses", key, *rest] if key in self.expenses:
                return self._about(request, key, rest)
        return self.lists.answer(request, parts[2:]) or _no(404, "NotFound")

    def _about(self, request: Request, key: str, rest: list[str]) -> Response:
        expense = self.expenses[key]
        match request.method, rest:
            case "GET", []:
                return as_json(200, self._shown(request, expense))
            case "PATCH", []:
                body = json.loads(request.body)
                if set(body) != {"externalLinks"}:
                    return _no(400, "BadRequest")
                expense["externalLinks"] = body["externalLinks"]
                return as_json(200, self._shown(request, expense))
            case "GET", ["payments"]:
                return as_json(200, {"items": self.payments[key], "total": len(self.payments[key])})
            case "GET", ["workflow"]:
                return as_json(200, self.workflows[key])
            case "GET", ["notifications"]:
                notes = self.notifications.get(key, [])
                return as_json(200, {"items": notes, "total": len(notes)})
            case "POST", ["notifications"]:
                body = json.loads(request.body)
                if set(body) != {"message", "type"} or body["type"] not in ("error", "info", "warning"):
                    return _no(400, "BadRequest")
                note = {**body, "id": str(uuid.uuid4()), "createdAt": "2026-03-06T00:00:00.000Z"}
                self.notifications.setdefault(key, []).append(note)
                return as_json(200, note)
            case "POST", ["bank-payment-details"]:
                if expense["type"] != "bank":
                    return _no(400, "BadRequest")
                expense["isPaid"] = True
                self.paid[key] = json.loads(request.body)
                return Response(204)
        return _no(404, "NotFound")

    def _list(self, request: Request) -> Response:
        take, skip = min(int(request.query.get("$take", 20)), self.page), int(request.query.get("$skip", 0))
        if not 1 <= take <= 1000:
            return _no(400, "BadRequest")
        if skip and self.archive_between_pages and self._read:
            self.archive_between_pages -= 1
            self.expenses[self._read[0]]["status"] = "archived"
        fits = _filter(json.loads(request.query.get("$filter", "{}")))
        found = [one for _key, one in sorted(self.expenses.items()) if fits(one)]
        page = found[skip : skip + take]
        self._read = [one["id"] for one in page]
        return as_json(200, {"items": [self._shown(request, one) for one in page], "total": len(found)})

    def _shown(self, request: Request, expense: dict[str, Any]) -> dict[str, Any]:
        """Each time the files have another address."""
        host = request.headers["host"]
        names = expense["document"]["files"]
        files = [
            {
                "id": name,
                "url": f"http://{host}{PREFIX}/files/{self.files.address(name)}",
                "contentType": self.files.content_type(name),
            }
            for name in names
        ]
        return {**expense, "document": {**expense["document"], "files": files}}


def _filter(wish: dict[str, Any]) -> Callable[[dict[str, Any]], bool]:
    """Dates are compared by their day alone."""

    def fits(one: dict[str, Any]) -> bool:
        conditions = [*wish.get("$and", []), {name: value for name, value in wish.items() if name != "$and"}]
        return all(
            _holds(one.get(name), *test) for part in conditions for name, c in part.items() for test in c.items()
        )

    return fits


def _holds(value: Any, operator: str, wanted: Any) -> bool:
    match operator:
        case "$equal":
            return bool(value == wanted)
        case "$in":
            return value in wanted
        case "$greaterThan":
            return value is not None and value[:10] > wanted[:10]
        case "$lessThan":
            return value is not None and value[:10] < wanted[:10]
    raise ValueError(operator)


def _no(status: int, code: str) -> Response:
    return as_json(status, {"code": code, "message": code})
