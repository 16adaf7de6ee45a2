"""What the service answers when it behaves. The bank behind it keeps the books of ``sandbox.berlingroup``."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from sandbox.berlingroup.system import Bank
from sandbox.http.messages import Request, Response, as_json

PREFIX = "/api/v2"
DAY = 4


class Service:
    """The service, one customer, one bank. The fields without underscore can be configured."""

    def __init__(self) -> None:
        self.secret_id, self.secret_key = "id-1", "key-1"
        self.bank = Bank()
        self.person_says = "yes"
        self.seconds_left = 3600
        #: state of all accounts
        self.account_status = "READY"
        self.token_calls: list[str] = []
        self.log: list[tuple[str, int]] = []
        self._access: set[str] = set()
        self._refresh: set[str] = set()
        self._agreements: dict[str, dict[str, Any]] = {}
        self._requisitions: dict[str, dict[str, Any]] = {}
        self._keys: dict[str, str] = {}
        self._calls: Counter[tuple[str, str]] = Counter()

    def configure(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            owner = self if hasattr(self, name) else self.bank
            getattr(owner, name)
            setattr(owner, name, value)

    def end_tokens(self) -> None:
        self._access.clear()

    def end_consents(self, status: str) -> None:
        for requisition in self._requisitions.values():
            requisition["status"] = status

    def new_day(self) -> None:
        self._calls.clear()

    def state(self) -> dict[str, Any]:
        return {"token_calls": self.token_calls, "log": self.log, "requisitions": self._requisitions}

    # -- requests --------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        path = request.path.strip("/")
        if path.startswith("link/"):
            return self._page(path.removeprefix("link/"))
        parts = request.path.removeprefix(PREFIX).strip("/").split("/")
        if parts[0] == "token":
            return self._token(parts[1], json.loads(request.body))
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._access:
            return _no(401, "Invalid token", "Token is invalid or expired")
        match request.method, parts:
            case "POST", ["agreements", "enduser"]:
                return self._agree(json.loads(request.body))
            case "GET", ["agreements", "enduser", key] if key in self._agreements:
                return as_json(200, self._agreements[key])
            case "POST", ["requisitions"]:
                return self._require(request, json.loads(request.body))
            case "GET", ["requisitions", key] if key in self._requisitions:
                return as_json(200, self._requisitions[key])
            case "DELETE", ["requisitions", key] if key in self._requisitions:
                del self._requisitions[key]
                return as_json(200, {"summary": "Requisition deleted"})
            case "GET", ["accounts", key, *rest] if key in self._keys:
                return self._account(request, key, rest[0] if rest else "")
        return _no(404, "Not found.", "Not found.")

    def _token(self, what: str, body: dict[str, str]) -> Response:
        self.token_calls.append(what)
        if what == "new" and (body.get("secret_id"), body.get("secret_key")) != (self.secret_id, self.secret_key):
            return _no(401, "Authentication failed", "No active account found with the given credentials")
        if what == "refresh" and body.get("refresh") not in self._refresh:
            return _no(401, "Invalid token", "Token is invalid or expired")
        access = secrets.token_hex(8)
        self._access.add(access)
        told = {"access": access, "access_expires": 86400}
        if what == "new":
            refresh = secrets.token_hex(8)
            self._refresh.add(refresh)
            told |= {"refresh": refresh, "refresh_expires": 2592000}
        return as_json(200, told)

    def _agree(self, body: dict[str, Any]) -> Response:
        key = f"agr-{secrets.token_hex(4)}"
        self._agreements[key] = {"id": key, "accepted": None, **body}
        return as_json(201, self._agreements[key])

    def _require(self, request: Request, body: dict[str, Any]) -> Response:
        if any(known["reference"] == body["reference"] for known in self._requisitions.values()):
            return _no(400, "Reference is not unique", "reference")
        key = f"req-{secrets.token_hex(4)}"
        link = f"http://{request.headers.get('host', '')}/link/{key}"
        self._requisitions[key] = {"id": key, "status": "CR", "link": link, "accounts": [], **body}
        return as_json(201, self._requisitions[key])

    def _page(self, key: str) -> Response:
        requisition = self._requisitions[key]
        query = {"ref": requisition["reference"]}
        if self.person_says != "yes":
            requisition["status"] = "RJ"
            query["error"] = "UserCancelledSession"
        else:
            requisition["status"] = "LN"
            for iban in self.bank.keys:
                account = f"gc-{secrets.token_hex(4)}"
                self._keys[account] = iban
                requisition["accounts"].append(account)
            accepted = datetime.combine(date.fromisoformat(self.bank.today), datetime.min.time(), timezone.utc)
            self._agreements[requisition["agreement"]]["accepted"] = accepted.isoformat()
        return Response(302, b"", {"Location": f"{requisition['redirect']}?{urlencode(query)}"})

    # -- accounts --------------------------------------------------------------------------

    def _account(self, request: Request, key: str, endpoint: str) -> Response:
        iban = self._keys[key]
        requisition = next((one for one in self._requisitions.values() if key in one["accounts"]), {"status": "EX"})
        if not endpoint:
            return as_json(200, {"id": key, "iban": iban, "status": self.account_status, "owner_name": "My Company"})
        if requisition["status"] != "LN":
            return as_json(
                401,
                {"summary": "End User Agreement (EUA) has expired", "type": "AccessExpiredError", "status_code": 401},
            )
        if self.account_status == "PROCESSING":
            return _no(409, "Account is processing", "try again later")
        if self._calls[iban, endpoint] >= DAY:
            self.log.append((endpoint, 429))
            detail = f"The rate limit for this resource is 4/day. Please try again in {self.seconds_left} seconds"
            response = _no(429, "Rate limit exceeded", detail)
            response.headers["HTTP_X_RATELIMIT_ACCOUNT_SUCCESS_RESET"] = str(self.seconds_left)
            return response
        self._calls[iban, endpoint] += 1
        self.log.append((endpoint, 200))
        if endpoint == "balances":
            return as_json(200, {"balances": self.bank.told_balances(iban)})
        since = date.fromisoformat(request.query["date_from"])
        if since > date.fromisoformat(self.bank.today):
            return _no(400, "Invalid date", "date_from is in the future")
        rows = []
        for booking in reversed(self.bank.ledger.bookings(iban, since, date.fromisoformat(self.bank.today))):
            row = self.bank.row(booking, iban)
            row["internalTransactionId"] = f"int-{booking.reference}"
            # exchange as an object here and as a list there, as the banks behind it give it
            row["currencyExchange"] = (
                {"sourceCurrency": "EUR", "exchangeRate": "1.00"} if booking.amount > Decimal(99) else []
            )
            rows.append(row)
        pending = [self.bank.pending_row(item, iban) for item in self.bank.pending.get(iban, ())]
        return as_json(200, {"transactions": {"booked": rows, "pending": pending}, "last_updated": "now"})


def _no(status: int, summary: str, detail: str) -> Response:
    return as_json(status, {"summary": summary, "detail": detail, "status_code": status})
