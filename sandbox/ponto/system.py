"""What Ponto answers when it behaves. The bank behind it keeps the books of ``sandbox.berlingroup``."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from datetime import date
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.berlingroup.system import Bank
from sandbox.body_jwt import Signer
from sandbox.http.messages import Request, Response, as_json

PREFIX = "/ponto-connect"
_SPACE = uuid.UUID("6f6f8d0e-0000-4000-8000-000000000000")


class Service:
    """The service and one integration. The fields without underscore can be configured."""

    def __init__(self) -> None:
        self.bank = Bank()
        self.needs_token = False
        self.needs_certificate = False
        #: PEM; with it every request has to be signed
        self.signing_public_key = ""
        self.page = 10
        #: a synchronisation is looked at so often before it is done
        self.looks = 1
        #: what Ponto knows; the bank may be ahead of it until it is asked
        self.known_until: int | None = None
        self.expire_at_page = 0
        self.authorised_until = "2027-01-01T00:00:00Z"
        self.log: list[tuple[str, str, int]] = []
        self.signer = Signer("RS512")
        self.application = "application-1"
        self._pages = 0
        self._synchronisations: dict[str, dict[str, Any]] = {}

    def configure(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if hasattr(self, name):
                setattr(self, name, value)
            else:
                self.bank.configure({name: value})

    def fall_behind(self) -> None:
        """What is booked from now on is not known here before a synchronisation."""
        self.known_until = sum(len(self.bank.ledger.bookings(iban, date.min, date.max)) for iban in self.bank.keys)

    def event(self, kind: str, iban: str = "") -> dict[str, Any]:
        """A webhook as it is delivered: ``kind`` is what stands behind ``pontoConnect.``"""
        data: dict[str, Any] = {"type": f"pontoConnect.{kind}", "id": str(uuid.uuid4()), "attributes": {"count": 1}}
        if iban:
            data["relationships"] = {"account": {"data": {"type": "account", "id": _identity(iban)}}}
        body = json.dumps({"data": data})
        claims = {
            "iss": "https://api.ibanity.com",
            "aud": self.application,
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
            "jti": str(uuid.uuid4()),
            "digest": base64.b64encode(hashlib.sha512(body.encode()).digest()).decode(),
        }
        return {"headers": {"signature": self.signer.token(claims)}, "body": body}

    def state(self) -> dict[str, Any]:
        return {**self.bank.oauth.state(), "log": self.log, "synchronisations": list(self._synchronisations.values())}

    # -- requests --------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        path = request.path.removeprefix(PREFIX)
        if (request.method, path) == ("POST", "/oauth2/token"):
            return self.bank.oauth.token(request)
        if (request.method, path) == ("GET", "/authorize"):
            return self.bank.oauth.authorise(request)
        if (request.method, path) == ("GET", "/webhooks/keys"):
            return as_json(200, {"keys": [self.signer.published()]})
        response = self._guarded(request, path.strip("/").split("/"))
        self.log.append((request.method, path, response.status))
        return response

    def _guarded(self, request: Request, parts: list[str]) -> Response:
        if self.needs_certificate and not request.has_certificate:
            return _no(401, "certificateMissing")
        if self.signing_public_key and not self._is_signed(request):
            return _no(401, "invalidSignature")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.needs_token and not self.bank.oauth.knows(token):
            return _no(401, "unauthorized")
        keys = {_identity(iban): iban for iban in self.bank.keys}
        match request.method, parts:
            case "GET", ["accounts"]:
                return as_json(200, {"data": [self._account(iban) for iban in keys.values()], "links": {}})
            case "GET", ["accounts", key] if key in keys:
                return as_json(200, {"data": self._account(keys[key])})
            case "GET", ["accounts", key, "transactions"] if key in keys:
                return self._list(request, self._transactions(keys[key]))
            case "GET", ["accounts", key, "pending-transactions"] if key in keys:
                return self._list(request, self._pending(keys[key]))
            case "POST", ["synchronizations"]:
                return self._synchronise(json.loads(request.body))
            case "GET", ["synchronizations", key] if key in self._synchronisations:
                return self._look(self._synchronisations[key])
        return _no(404, "resourceNotFound")

    # -- resources -------------------------------------------------------------------------

    def _account(self, iban: str) -> dict[str, Any]:
        account = self.bank.ledger.account(iban)
        return {
            "type": "account",
            "id": _identity(iban),
            "attributes": {
                "referenceType": "IBAN",
                "reference": iban,
                "currency": account.currency,
                "description": "Current account",
                "holderName": account.owner,
                "currentBalance": float(self.bank.ledger.balance(iban)),
                "availableBalance": float(self.bank.ledger.balance(iban)),
                "currentBalanceReferenceDate": f"{self.bank.today}T10:00:00.000Z",
                "authorizationExpirationExpectedAt": self.authorised_until,
                "deprecated": False,
            },
        }

    def _transactions(self, iban: str) -> list[dict[str, Any]]:
        bookings = self.bank.ledger.bookings(iban, date.min, date.fromisoformat(self.bank.today))[: self.known_until]
        return [self._resource(self.bank.row(booking, iban), float(booking.amount)) for booking in reversed(bookings)]

    def _resource(self, row: dict[str, Any], amount: float) -> dict[str, Any]:
        side = "debtor" if amount > 0 else "creditor"
        reference = row.get("entryReference") or row.get("transactionId") or str(row)
        return {
            "type": "transaction",
            "id": _identity(reference),
            "attributes": {
                "amount": amount,
                "currency": row["transactionAmount"]["currency"],
                "executionDate": f"{row['bookingDate']}T00:00:00.000Z",
                "valueDate": f"{row['valueDate']}T00:00:00.000Z",
                "counterpartName": row[f"{side}Name"],
                "counterpartReference": row[f"{side}Account"]["iban"],
                "remittanceInformation": row.get("remittanceInformationUnstructured"),
                "remittanceInformationType": "unstructured",
                "internalReference": row.get("entryReference"),
                "bankTransactionCode": row["bankTransactionCode"],
            },
        }

    def _pending(self, iban: str) -> list[dict[str, Any]]:
        return [
            {
                "type": "pendingTransaction",
                "id": _identity(item["id"]),
                "attributes": {
                    "amount": float(item["amount"]),
                    "currency": "EUR",
                    "valueDate": f"{item['day']}T00:00:00.000Z",
                    "remittanceInformation": item["text"],
                },
            }
            for item in self.bank.pending.get(iban, ())
        ]

    def _list(self, request: Request, resources: list[dict[str, Any]]) -> Response:
        self._pages += 1
        limit = min(int(request.query.get("page[limit]", 10)), self.page)
        start = 0
        if after := request.query.get("page[after]"):
            places = [n for n, resource in enumerate(resources) if resource["id"] == after]
            if not places:
                return _no(400, "invalidPageCursor")
            start = places[0] + 1
        page = resources[start : start + limit]
        links = {}
        if start + limit < len(resources):
            query = urlencode({"page[limit]": limit, "page[after]": page[-1]["id"]})
            links["next"] = f"{self._url(request)}{request.path}?{query}"
        if self.expire_at_page and self._pages >= self.expire_at_page:
            self.expire_at_page = 0
            self.bank.oauth.expire_tokens()
        return as_json(200, {"data": page, "links": links, "meta": {"paging": {"limit": limit}}})

    def _url(self, request: Request) -> str:
        return f"{'https' if request.has_certificate else 'http'}://{request.headers.get('host', '')}"

    def _synchronise(self, body: dict[str, Any]) -> Response:
        attributes = body["data"]["attributes"]
        if not attributes.get("customerIpAddress"):
            return _no(400, "customerIpAddressMissing")
        key = str(uuid.uuid4())
        self._synchronisations[key] = {"id": key, "left": self.looks, "address": attributes["customerIpAddress"]}
        return self._look(self._synchronisations[key])

    def _look(self, synchronisation: dict[str, Any]) -> Response:
        synchronisation["left"] -= 1
        is_done = synchronisation["left"] < 0
        if is_done:
            self.known_until = None
        attributes: dict[str, Any] = {"status": "success" if is_done else "running", "errors": []}
        data = {"type": "synchronization", "id": synchronisation["id"], "attributes": attributes}
        return as_json(200, {"data": data})

    # -- signatures ------------------------------------------------------------------------

    def _is_signed(self, request: Request) -> bool:
        """RSASSA-PSS over target, host, digest, time and authorization."""
        headers = request.headers
        try:
            told = dict(part.split("=", 1) for part in headers["signature"].split(","))
            told = {name: value.strip('"') for name, value in told.items()}
            digest = base64.urlsafe_b64encode(hashlib.sha512(request.body).digest()).decode()
            if headers["digest"] != f"SHA-512={digest}" or abs(time.time() - int(told["created"])) > 300:
                return False
            names = told["headers"].split(" ")
            wanted = {"(request-target)", "host", "digest", "(created)"}
            wanted |= {"authorization"} if "authorization" in headers else set()
            if not wanted <= set(names) or told["algorithm"] != "hs2019":
                return False
            query = f"?{urlencode(request.query)}" if request.query else ""
            made_up = {
                "(request-target)": f"{request.method.lower()} {request.path}{query}",
                "(created)": told["created"],
            }
            text = "\n".join(f"{name}: {made_up.get(name) or headers[name]}" for name in names).encode()
            key = serialization.load_pem_public_key(self.signing_public_key.encode())
            if not isinstance(key, rsa.RSAPublicKey):
                return False
            salted = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            key.verify(base64.urlsafe_b64decode(told["signature"]), text, salted, hashes.SHA256())
        except (KeyError, ValueError, InvalidSignature):
            return False
        return True


def _identity(text: str) -> str:
    return str(uuid.uuid5(_SPACE, text))


def _no(status: int, code: str) -> Response:
    return as_json(status, {"errors": [{"code": code, "detail": code}]})
