"""Payment initiation of the stand-in: NextGenPSD2 ``payments`` and ``bulk-payments`` with redirect authorisation.

The same request (``X-Request-ID`` and body) gives the same payment; the id with another body is refused. A payment is
carried out when the person has said yes and its day has come, before anybody is told so.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.http.messages import Request, Response, as_json
from sandbox.payments.bank import PaymentBank
from sandbox.payments.orders import Order, Refused, read_orders

SERVICES = ("payments", "bulk-payments")
PRODUCTS = (
    "sepa-credit-transfers",
    "instant-sepa-credit-transfers",
    "target-2-payments",
    "cross-border-credit-transfers",
)
Refusal = Callable[[int, str, str], Response]


@dataclass(slots=True, kw_only=True)
class Initiated:
    """One payment, or a bulk of them."""

    id: str
    service: str
    product: str
    orders: list[Order]
    return_to: str
    refused_to: str
    body: Any
    status: str = "RCVD"
    #: statuses that are told one after the other from the yes on
    ahead: list[str] = field(default_factory=list)
    #: inquiries that the bank answers as if it knew nothing
    lag: int = 0
    is_executed: bool = False
    sca_status: str = "received"


class Payments:
    """All of them. Fields without underscore can be configured (``PUT /payments``)."""

    def __init__(self, bank: PaymentBank) -> None:
        self.bank = bank
        #: what is told from the yes of the person on, a step with every inquiry
        self.flow = ["ACTC", "ACSP", "ACSC"]
        #: inquiries after a payment that get "unknown" although it is there
        self.lag = 0
        #: the same X-Request-ID gives the same payment
        self.idempotent = True
        #: carried out without a person (exempted)
        self.exempted = False
        self._by_id: dict[str, Initiated] = {}
        self._requests: dict[str, tuple[str, Response]] = {}

    def configure(self, values: dict[str, Any]) -> None:
        """Set habits of the interface, or of the bank behind it."""
        for name, value in values.items():
            owner: Any = self if hasattr(self, name) else self.bank
            getattr(owner, name)
            setattr(owner, name, value)

    def get(self, reference: str) -> Initiated | None:
        """A payment by its id."""
        return self._by_id.get(reference)

    # -- the person ------------------------------------------------------------------------

    def say(self, payment: Initiated, answer: str) -> str:
        """The person answers; :return: where the person is sent."""
        if payment.status not in ("RCVD", "PATC"):
            return payment.return_to
        if answer != "yes":
            payment.status, payment.sca_status = "RJCT", "failed"
            return payment.refused_to
        payment.sca_status = "finalised"
        self._start(payment)
        return payment.return_to

    def _start(self, payment: Initiated) -> None:
        reasons = [self.bank.judge(order, number) for number, order in enumerate(payment.orders, 1)]
        good = [order for order, reason in zip(payment.orders, reasons, strict=True) if reason is None]
        if not good:
            payment.status = "RJCT"
            return
        payment.ahead = list(self.flow)
        payment.status = payment.ahead.pop(0)
        if len(good) < len(payment.orders):
            payment.ahead = ["PART"]
        if all(order.day <= date.fromisoformat(self.bank.today) for order in good):
            self._execute(payment, good)

    def _execute(self, payment: Initiated, good: list[Order]) -> None:
        if not payment.is_executed:
            payment.is_executed = True
            self.bank.executions.execute(good, date.fromisoformat(self.bank.today))

    def day_has_come(self) -> None:
        """Carry out what was waiting for its day."""
        for payment in self._by_id.values():
            due = all(order.day <= date.fromisoformat(self.bank.today) for order in payment.orders)
            if due and payment.sca_status in ("finalised", "exempted") and payment.status not in ("RJCT", "CANC"):
                self._execute(payment, [order for order in payment.orders if self.bank.judge(order) is None])

    # -- requests --------------------------------------------------------------------------

    def answer(self, request: Request, parts: list[str], url: Callable[[str], str], no: Refusal) -> Response:
        """Answer a request under ``/payments`` or ``/bulk-payments``."""
        if len(parts) < 2 or parts[1].removeprefix("pain.001-") not in PRODUCTS:
            return no(404, "PRODUCT_UNKNOWN", "")
        if request.method == "POST" and len(parts) == 2:
            return self._initiate(request, parts, url, no)
        payment = self._by_id.get(parts[2]) if len(parts) > 2 else None
        if payment is None or [payment.service, payment.product] != parts[:2]:
            return no(404, "RESOURCE_UNKNOWN", "")
        match request.method, parts[3:]:
            case "GET", ["status"]:
                return self._status(payment, no)
            case "GET", []:
                return as_json(200, {**payment.body, "transactionStatus": payment.status})
            case "DELETE", []:
                return self._cancel(payment, no)
            case "POST", ["authorisations"]:
                links = {"scaRedirect": {"href": url(f"/sca/{payment.id}")}}
                return as_json(201, {"scaStatus": payment.sca_status, "authorisationId": "1", "_links": links})
            case "GET", ["authorisations"]:
                return as_json(200, {"authorisationIds": ["1"]})
            case "GET", ["authorisations", "1"]:
                return as_json(200, {"scaStatus": payment.sca_status})
        return no(405, "SERVICE_INVALID", "")

    def _initiate(self, request: Request, parts: list[str], url: Callable[[str], str], no: Refusal) -> Response:
        key = request.headers.get("x-request-id", "")
        digest = hashlib.sha256("/".join(parts).encode() + b"\n" + request.body).hexdigest()
        if self.idempotent and key in self._requests:
            known, response = self._requests[key]
            if known != digest:
                return no(409, "STATUS_INVALID", "X-Request-ID was used for another payment")
            return Response(response.status, response.body, dict(response.headers))
        if not request.headers.get("psu-ip-address"):
            return no(400, "FORMAT_ERROR", "PSU-IP-Address is missing")
        reference = f"PAY-{secrets.token_hex(6)}"
        try:
            body, orders = self._orders(request, parts, reference)
        except (ValueError, KeyError, TypeError, InvalidOperation, Refused) as error:
            return no(400, "FORMAT_ERROR", f"{type(error).__name__}: {error}"[:500])
        payment = Initiated(
            id=reference,
            service=parts[0],
            product=parts[1],
            orders=orders,
            return_to=request.headers.get("tpp-redirect-uri", ""),
            refused_to=request.headers.get("tpp-nok-redirect-uri", "") or request.headers.get("tpp-redirect-uri", ""),
            body=body,
            lag=self.lag,
        )
        self._by_id[reference] = payment
        own = f"/psd2/v1/{parts[0]}/{parts[1]}/{reference}"
        links: dict[str, Any] = {"self": {"href": own}, "status": {"href": f"{own}/status"}}
        if self.exempted:
            payment.sca_status = "exempted"
            self._start(payment)
        else:
            links["scaRedirect"] = {"href": url(f"/sca/{reference}")}
            links["scaStatus"] = {"href": f"{own}/authorisations/1"}
        told = {"transactionStatus": payment.status, "paymentId": reference, "_links": links}
        response = as_json(201, told, **{"ASPSP-SCA-Approach": "REDIRECT", "Location": own})
        self._requests[key] = (digest, response)
        return response

    def _orders(self, request: Request, parts: list[str], reference: str) -> tuple[Any, list[Order]]:
        if parts[1].startswith("pain.001-"):
            return {}, read_orders(request.body).orders
        body = json.loads(request.body)
        common = {"debtorAccount": body["debtorAccount"], "requestedExecutionDate": body.get("requestedExecutionDate")}
        items = [{**common, **one} for one in body["payments"]] if parts[0] == "bulk-payments" else [body]
        return body, [self._order(one, reference, bool(body.get("batchBookingPreferred"))) for one in items]

    def _order(self, item: dict[str, Any], reference: str, is_batch: bool) -> Order:
        amount = Decimal(str(item["instructedAmount"]["amount"]))
        if not amount.is_finite() or amount <= 0:
            raise ValueError("the amount is not above zero")
        return Order(
            message_id=reference,
            group_id=reference,
            is_debit=False,
            iban=item["debtorAccount"]["iban"],
            day=date.fromisoformat(item.get("requestedExecutionDate") or self.bank.today),
            end_to_end_id=item.get("endToEndIdentification") or "NOTPROVIDED",
            instruction_id=item.get("instructionIdentification"),
            amount=amount,
            currency=item["instructedAmount"]["currency"],
            name=item["creditorName"],
            account=item["creditorAccount"].get("iban") or item["creditorAccount"]["bban"],
            text=item.get("remittanceInformationUnstructured", ""),
            is_batch=is_batch,
        )

    def _status(self, payment: Initiated, no: Refusal) -> Response:
        if payment.lag > 0:
            payment.lag -= 1
            return no(404, "RESOURCE_UNKNOWN", "")
        told = payment.status
        # what is told next time; executed and settled only when it was carried out
        if payment.ahead and payment.is_executed:
            payment.status = payment.ahead.pop(0)
        return as_json(200, {"transactionStatus": told, "_links": {}})

    def _cancel(self, payment: Initiated, no: Refusal) -> Response:
        if payment.is_executed or payment.status in ("RJCT", "CANC"):
            return no(405, "CANCELLATION_INVALID", "")
        payment.status, payment.ahead = "CANC", []
        return Response(204)
