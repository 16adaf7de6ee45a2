"""What the bank answers when it behaves, and the habits of banks that can be switched on."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from sandbox.bank import camt053
from sandbox.bank.camt_version import Dialect
from sandbox.bank.ledger import Ledger
from sandbox.bank.model import BankCode, Booking, Party, Transaction
from sandbox.berlingroup.consents import Consent, Consents
from sandbox.berlingroup.payments import SERVICES, Payments
from sandbox.http.messages import Request, Response, as_json
from sandbox.http.oauth2 import AuthorisationServer
from sandbox.payments.bank import PaymentBank

PREFIX = "/psd2/v1"
RECEIVED = BankCode(domain="PMNT", family="RCDT", subfamily="ESCT")
SENT = BankCode(domain="PMNT", family="ICDT", subfamily="ESCT")


class Bank:
    """One bank with one customer. The fields without underscore can be configured."""

    def __init__(self) -> None:
        self.oauth = AuthorisationServer()
        self.needs_token = False
        self.needs_certificate = False
        #: requests have to be signed by the certificate that they show
        self.needs_signature = False
        self.today = "2026-03-10"
        self.page = 100
        #: addresses of the next page: ``absolute``, ``path``, ``foreign`` (another host) or ``circle``
        self.links = "absolute"
        #: the authorisation has to be begun by a call of its own
        self.explicit = False
        #: a code comes back with the person and has to be sent
        self.confirms = False
        #: ``redirect``, or ``oauth``
        self.sca = "redirect"
        self.person_says = "yes"
        #: after so many pages all access tokens are over, once
        self.expire_at_page = 0
        #: before this page a booking is made, so that the list shifts, once
        self.shift_at_page = 0
        #: what a list can begin with besides a date: ``reference``, ``list``
        self.delta: list[str] = []
        #: days that are told without a fresh consent
        self.history = 0
        #: ``stable``, ``changing`` with every call, ``none``
        self.ids = "stable"
        #: the bank's own reference, which its files tell as well, is in the answers
        self.references = True
        #: ``signed``, ``unsigned``, ``comma``
        self.amounts = "signed"
        self.balance_types = ["closingBooked", "expected"]
        self.with_balance = False
        self.newest_first = True
        self.ledger = Ledger()
        self.consents = Consents()
        self.payments = Payments(PaymentBank(self.ledger))
        self.payments.bank.today = self.today
        self.pending: dict[str, list[dict[str, Any]]] = {}
        self.requests: list[dict[str, Any]] = []
        self.log: list[tuple[str, str, bool, int]] = []
        self.keys: dict[str, str] = {}
        self._told: dict[str, int] = {}

    # -- from the control port -------------------------------------------------------------

    def configure(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            owner = self if hasattr(self, name) else self.oauth
            getattr(owner, name)
            setattr(owner, name, value)
        self.payments.bank.today = self.today

    def open_account(
        self, iban: str, currency: str = "EUR", owner: str = "My Company", opening: str = "1000.00"
    ) -> None:
        self.ledger.open_account(iban, currency=currency, owner=owner, opening=Decimal(opening))
        self.keys.setdefault(iban, f"acc-{secrets.token_hex(4)}")

    def book(self, iban: str, amount: str, day: str, text: str = "", name: str = "Payer", end_to_end: str = "") -> str:
        """Somebody pays, or is paid."""
        value = Decimal(amount)
        when = date.fromisoformat(day)
        booking = Booking(
            amount=value,
            booking_date=when,
            value_date=when,
            code=RECEIVED if value > 0 else SENT,
            transactions=(
                Transaction(
                    amount=value,
                    counterparty=Party(name=name, iban="FR1420041010050500013M02606"),
                    end_to_end_id=end_to_end or None,
                    text=(text,) if text else (),
                ),
            ),
        )
        return self.ledger.book(iban, booking).reference

    def announce(self, iban: str, amount: str, day: str, text: str = "") -> str:
        """Something will be booked; its id is not the one that it has afterwards."""
        identity = f"pend-{secrets.token_hex(4)}"
        self.pending.setdefault(iban, []).append({"id": identity, "amount": amount, "day": day, "text": text})
        return identity

    def settle(self, iban: str) -> None:
        """Everything that is pending is booked today, under other ids."""
        for item in self.pending.pop(iban, []):
            self.book(iban, item["amount"], self.today, item["text"])

    def change_keys(self) -> None:
        """All accounts get another id, as with a new consent."""
        self.keys = {iban: f"acc-{secrets.token_hex(4)}" for iban in self.keys}

    def camt(self, iban: str, from_day: str, to_day: str) -> str:
        """The same days as a camt.053 file."""
        statement = self.ledger.report(iban, date.fromisoformat(from_day), date.fromisoformat(to_day))
        return camt053.render([statement], Dialect(version=8)).decode()

    def set_consent(self, reference: str, status: str) -> None:
        """The person, or time, has changed what a consent is."""
        consent = self.consents.get(reference)
        if consent is None:
            raise ValueError("there is no such consent")
        consent.status = status

    def forget_calls(self) -> None:
        """A day has passed for those who count."""
        for consent in self.consents.all():
            consent.calls.clear()

    def state(self) -> dict[str, Any]:
        return {
            **self.oauth.state(),
            "consents": {consent.reference: consent.told() for consent in self.consents.all()},
            "keys": self.keys,
            "log": self.log,
            "payments": self.payments.bank.state(),
            "requests": self.requests,
        }

    # -- requests --------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        self.requests.append({"method": request.method, "path": request.path, "headers": request.headers})
        path = request.path.rstrip("/")
        if (request.method, path) == ("POST", "/token"):
            return self.oauth.token(request)
        if (request.method, path) == ("GET", "/authorize"):
            return self._authorise(request)
        if request.method == "GET" and path.startswith("/sca/"):
            return self._page(path.removeprefix("/sca/"))
        if not path.startswith(PREFIX):
            return as_json(404, {"title": "Not found"})
        response = self._guarded(request, path.removeprefix(PREFIX).strip("/").split("/"))
        response.headers["X-Request-ID"] = request.headers.get("x-request-id", "")
        return response

    def _guarded(self, request: Request, parts: list[str]) -> Response:
        if not request.headers.get("x-request-id"):
            return _no(400, "FORMAT_ERROR", "X-Request-ID is missing")
        if self.needs_certificate and not request.has_certificate:
            return _no(401, "CERTIFICATE_MISSING")
        if self.needs_signature and not _is_signed(request):
            return _no(401, "SIGNATURE_INVALID")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        parts = [unquote(part) for part in parts]
        # where the yes is given over OAuth 2.0 a consent is made before there is a token, and nothing else is
        brings_token = self.sca == "oauth" and parts[0] not in SERVICES
        is_first = brings_token and (request.method, parts) == ("POST", ["consents"])
        if (self.needs_token or brings_token) and not is_first and not self.oauth.knows(token):
            return _no(401, "TOKEN_EXPIRED")
        if parts[0] == "consents":
            return self._consents(request, parts[1:])
        if parts[0] in SERVICES:
            return self.payments.answer(request, parts, lambda path: self._url(request, path), _no)
        consent = self.consents.get(request.headers.get("consent-id", ""))
        if consent is None:
            return _no(403, "CONSENT_UNKNOWN")
        if consent.until < date.fromisoformat(self.today) and consent.status == "valid":
            consent.status = "expired"
        if consent.status != "valid":
            return _no(401, "CONSENT_EXPIRED" if consent.status == "expired" else "CONSENT_INVALID")
        return self._accounts(request, consent, parts)

    # -- consents --------------------------------------------------------------------------

    def _consents(self, request: Request, parts: list[str]) -> Response:
        if request.method == "POST" and not parts:
            return self._begin(request)
        consent = self.consents.get(parts[0]) if parts else None
        if consent is None:
            return _no(403, "CONSENT_UNKNOWN")
        match request.method, parts[1:]:
            case "GET", []:
                return as_json(200, consent.told())
            case "GET", ["status"]:
                return as_json(200, {"consentStatus": consent.status})
            case "DELETE", []:
                consent.status = "terminatedByTpp"
                return Response(204)
            case "POST", ["authorisations"]:
                links = {"scaRedirect": {"href": self._sca(request, consent)}}
                return as_json(201, {"scaStatus": "received", "authorisationId": "1", "_links": links})
            case "PUT", ["authorisations", "1"]:
                if json.loads(request.body).get("confirmationCode") != consent.code:
                    return _no(400, "SCA_INVALID")
                self.consents.say_yes(consent)
                return as_json(200, {"scaStatus": "finalised"})
        return _no(405, "SERVICE_INVALID")

    def _begin(self, request: Request) -> Response:
        body = json.loads(request.body)
        if not request.headers.get("psu-ip-address"):
            return _no(400, "FORMAT_ERROR", "PSU-IP-Address is missing")
        wanted = {"access", "recurringIndicator", "validUntil", "frequencyPerDay", "combinedServiceIndicator"}
        if wanted - body.keys():
            return _no(400, "FORMAT_ERROR", f"missing: {sorted(wanted - body.keys())}")
        consent = self.consents.begin(
            body["access"],
            date.fromisoformat(body["validUntil"]),
            min(body["frequencyPerDay"], 4),
            request.headers.get("tpp-redirect-uri", ""),
            request.headers.get("tpp-nok-redirect-uri", ""),
        )
        own = f"{PREFIX}/consents/{consent.reference}"
        links: dict[str, Any] = {"self": {"href": own}, "status": {"href": f"{own}/status"}}
        if self.sca == "oauth":
            links["scaOAuth"] = {"href": self._url(request, "/.well-known/oauth-authorization-server")}
        elif self.explicit:
            links["startAuthorisation"] = {"href": f"{own}/authorisations"}
        else:
            links["scaRedirect"] = {"href": self._sca(request, consent)}
        if self.confirms:
            links["confirmation"] = {"href": f"{own}/authorisations/1"}
        answer = {"consentStatus": "received", "consentId": consent.reference, "_links": links}
        return as_json(201, answer, **{"ASPSP-SCA-Approach": "REDIRECT"})

    def _sca(self, request: Request, consent: Consent) -> str:
        return self._url(request, f"/sca/{consent.reference}")

    def _url(self, request: Request, path: str) -> str:
        scheme = "https" if request.has_certificate or self.needs_certificate else "http"
        return f"{scheme}://{request.headers.get('host', '')}{path}"

    def _page(self, reference: str) -> Response:
        """The person answers at once, as configured."""
        if payment := self.payments.get(reference):
            return Response(302, b"", {"Location": self.payments.say(payment, self.person_says)})
        consent = self.consents.get(reference)
        if consent is None:
            return as_json(404, {"title": "Not found"})
        if self.person_says != "yes":
            consent.status = "rejected"
            return Response(302, b"", {"Location": consent.refused_to})
        if self.confirms:
            consent.code = secrets.token_hex(4)
            joint = "&" if urlsplit(consent.return_to).query else "?"
            more = urlencode({"confirmationCode": consent.code})
            return Response(302, b"", {"Location": f"{consent.return_to}{joint}{more}"})
        self.consents.say_yes(consent)
        return Response(302, b"", {"Location": consent.return_to})

    def _authorise(self, request: Request) -> Response:
        scope = next(iter(request.query.get("scope", "").split()), "")
        consent = self.consents.get(scope.removeprefix("AIS:")) if scope.startswith("AIS:") else None
        if consent:
            self.oauth.person_says = self.person_says if self.person_says == "yes" else "access_denied"
            if self.person_says == "yes":
                self.consents.say_yes(consent)
            else:
                consent.status = "rejected"
        if scope.startswith("PIS:") and (payment := self.payments.get(scope.removeprefix("PIS:"))):
            self.payments.say(payment, self.person_says)
        return self.oauth.authorise(request)

    # -- accounts --------------------------------------------------------------------------

    def _accounts(self, request: Request, consent: Consent, parts: list[str]) -> Response:
        opened = [one["iban"] for one in consent.access.get("accounts") or []] or list(self.keys)
        if request.method != "GET" or parts[0] != "accounts":
            return _no(405, "SERVICE_INVALID")
        if len(parts) == 1:
            return as_json(200, {"accounts": [self._account(iban) for iban in opened if iban in self.keys]})
        iban = next((number for number, key in self.keys.items() if key == parts[1] and number in opened), None)
        if iban is None:
            return _no(404, "RESOURCE_UNKNOWN")
        endpoint = parts[2] if len(parts) > 2 else "details"
        is_page = "pageIndex" in request.query
        has_person = bool(request.headers.get("psu-ip-address"))
        if not has_person and not is_page:
            if consent.calls[iban, endpoint] >= consent.frequency:
                self.log.append((iban, endpoint, has_person, 429))
                return _no(429, "ACCESS_EXCEEDED")
            consent.calls[iban, endpoint] += 1
        self.log.append((iban, endpoint, has_person, 200))
        answers: dict[str, Callable[[Request, str], Response]] = {
            "balances": self._balances,
            "transactions": self._transactions,
        }
        if endpoint not in answers:
            return as_json(200, {"account": self._account(iban)})
        return answers[endpoint](request, iban)

    def _account(self, iban: str) -> dict[str, Any]:
        account = self.ledger.account(iban)
        return {
            "resourceId": self.keys[iban],
            "iban": iban,
            "currency": account.currency,
            "ownerName": account.owner,
            "name": "Current account",
            "bic": account.bic,
            "cashAccountType": "CACC",
            "status": "enabled",
        }

    def _balances(self, request: Request, iban: str) -> Response:
        return as_json(200, {"account": {"iban": iban}, "balances": self.told_balances(iban)})

    def told_balances(self, iban: str) -> list[dict[str, Any]]:
        today = date.fromisoformat(self.today)
        yesterday = today - timedelta(days=1)
        currency = self.ledger.account(iban).currency
        days = {"closingBooked": yesterday, "openingBooked": today, "interimBooked": today, "expected": today}
        ends = {"closingBooked": yesterday, "openingBooked": yesterday}
        return [
            {
                "balanceType": kind,
                "balanceAmount": {
                    "currency": currency,
                    "amount": str(self.ledger.balance(iban, ends.get(kind, today))),
                },
                "referenceDate": days[kind].isoformat(),
            }
            for kind in self.balance_types
        ]

    # -- transactions ----------------------------------------------------------------------

    def _transactions(self, request: Request, iban: str) -> Response:
        query = request.query
        if query.get("bookingStatus") not in ("booked", "pending", "both"):
            return _no(400, "FORMAT_ERROR", "bookingStatus is missing")
        rows = [self.row(booking, iban) for booking in self._selected(query, iban)]
        if (since := query.get("dateFrom")) and self.history:
            oldest = date.fromisoformat(self.today) - timedelta(days=self.history)
            if date.fromisoformat(since) < oldest:
                return _no(400, "PERIOD_INVALID")
        wanted = {"entryReferenceFrom": "reference", "deltaList": "list"}
        for name, kind in wanted.items():
            if name in query and kind not in self.delta:
                return _no(400, "PARAMETER_NOT_SUPPORTED", name)
        number = int(query.get("pageIndex", 0))
        if self.shift_at_page and number + 1 == self.shift_at_page:
            self.shift_at_page = 0
            self.book(iban, "7.77", self.today, "came while you were reading")
            rows = [self.row(booking, iban) for booking in self._selected(query, iban)]
        start = number * self.page
        if number and start >= len(rows) and self.links != "circle":
            return _no(404, "RESOURCE_UNKNOWN", "there is no such page")
        pending = [self.pending_row(item, iban) for item in self.pending.get(iban, ())] if not number else []
        lists: dict[str, Any] = {"booked": rows[start : start + self.page], "pending": pending, "_links": {}}
        if start + self.page < len(rows) or self.links == "circle":
            lists["_links"]["next"] = {"href": self._next(request, number + 1)}
        if self.expire_at_page and number + 1 == self.expire_at_page:
            self.expire_at_page = 0
            self.oauth.expire_tokens()
        answer: dict[str, Any] = {"account": {"iban": iban}, "transactions": lists}
        if self.with_balance or query.get("withBalance") == "true":
            answer["balances"] = self.told_balances(iban)
        if not number:
            self._told[iban] = len(self.ledger.bookings(iban, date.min, date.max))
        return as_json(200, answer)

    def _selected(self, query: dict[str, str], iban: str) -> list[Booking]:
        today = date.fromisoformat(self.today)
        since = date.fromisoformat(query["dateFrom"]) if "dateFrom" in query else date.min
        found = list(self.ledger.bookings(iban, since, today))
        if reference := query.get("entryReferenceFrom"):
            places = [n for n, booking in enumerate(found) if booking.reference == reference]
            found = found[places[0] + 1 :] if places else []
        elif query.get("deltaList"):
            found = found[self._told.get(iban, 0) :]
        return found[::-1] if self.newest_first else found

    def _next(self, request: Request, number: int) -> str:
        query = urlencode({**request.query, "pageIndex": 1 if self.links == "circle" else number})
        path = f"{request.path}?{query}"
        if self.links == "foreign":
            return f"https://evil.example{path}"
        return path if self.links == "path" else self._url(request, path)

    def row(self, booking: Booking, iban: str) -> dict[str, Any]:
        [transaction] = booking.transactions
        party = transaction.counterparty or Party()
        currency = self.ledger.account(iban).currency
        incoming = booking.amount > 0
        side, own = ("debtor", "creditor") if incoming else ("creditor", "debtor")
        row: dict[str, Any] = {
            "bookingDate": booking.booking_date.isoformat(),
            "valueDate": booking.value_date.isoformat(),
            "transactionAmount": {"currency": currency, "amount": self._amount(booking.amount)},
            f"{side}Name": party.name,
            f"{side}Account": {"iban": party.iban},
            f"{own}Account": {"iban": iban},
            "bankTransactionCode": f"{booking.code.domain}-{booking.code.family}-{booking.code.subfamily}",
        }
        if self.ids == "stable":
            row["transactionId"] = f"T{booking.reference}"
        elif self.ids == "changing":
            row["transactionId"] = f"T{secrets.token_hex(6)}"
        if self.references:
            row["entryReference"] = booking.reference
        if transaction.text:
            row["remittanceInformationUnstructured"] = " ".join(transaction.text)
        if transaction.end_to_end_id:
            row["endToEndId"] = transaction.end_to_end_id
        return row

    def pending_row(self, item: dict[str, Any], iban: str) -> dict[str, Any]:
        currency = self.ledger.account(iban).currency
        return {
            "transactionId": item["id"],
            "valueDate": item["day"],
            "transactionAmount": {"currency": currency, "amount": self._amount(Decimal(item["amount"]))},
            "remittanceInformationUnstructured": item["text"],
        }

    def _amount(self, amount: Decimal) -> str:
        if self.amounts == "unsigned":
            amount = abs(amount)
        return str(amount).replace(".", ",") if self.amounts == "comma" else str(amount)


def _no(status: int, code: str, text: str = "") -> Response:
    message = {"category": "ERROR", "code": code, **({"text": text} if text else {})}
    return as_json(status, {"tppMessages": [message]})


def _is_signed(request: Request) -> bool:
    """The signature covers digest and request id, and is of the certificate that is shown."""
    headers = request.headers
    try:
        told = dict(part.split("=", 1) for part in headers["signature"].split('",'))
        names = told["headers"].strip('"').split(" ")
        expected = "SHA-256=" + base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        if headers["digest"] != expected or not {"digest", "x-request-id"} <= set(names):
            return False
        certificate = x509.load_der_x509_certificate(base64.b64decode(headers["tpp-signature-certificate"]))
        text = "\n".join(f"{name}: {headers[name]}" for name in names).encode()
        signature = base64.b64decode(told["signature"].strip('"'))
        key = certificate.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, text, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except (KeyError, ValueError, InvalidSignature):
        return False
    return True
