"""Payment initiation over NextGenPSD2 (Berlin Group, XS2A 1.3.x): what is called, and what an answer proves.

A payment is asked for once. A documented refusal is a no; everything else that is not a payment id and a status, also
with a good HTTP status, leaves the outcome unknown (RELIABILITY faults 33 and 34). What follows only asks, and may be
repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from odoo.addons.finance_connector_base.engine.errors import AmbiguousError, FinanceError, MalformedError, RejectedError
from odoo.addons.finance_connector_base.transports.http_address import target
from odoo.addons.finance_connector_base.transports.http_endpoint import Answer

from ..formats.model import FormatError
from ..payments.initiation import Initiation, read_initiation, read_status
from ..payments.status import Said
from .berlin_group import BerlinGroupClient, _links, _object, _refusal, _segment

#: products of payments that the standard names
PRODUCTS = (
    "sepa-credit-transfers",
    "instant-sepa-credit-transfers",
    "target-2-payments",
    "cross-border-credit-transfers",
)
JSON, XML = "application/json", "application/xml"
#: codes of the standard by which a bank says that there is no payment (section 14.11, PIS specific and general)
_NO = frozenset(
    (
        "FORMAT_ERROR",
        "PARAMETER_NOT_CONSISTENT",
        "PARAMETER_NOT_SUPPORTED",
        "PRODUCT_INVALID",
        "PRODUCT_UNKNOWN",
        "PAYMENT_FAILED",
        "REQUIRED_KID_MISSING",
        "EXECUTION_DATE_INVALID",
        "SERVICE_INVALID",
        "SERVICE_BLOCKED",
        "CORPORATE_ID_INVALID",
        "PSU_CREDENTIALS_INVALID",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A payment, or a bulk of them, as it is asked for.

    :param request_id: ``X-Request-ID``, given once and stored before it is used
    :param body: the same bytes for every attempt
    :param return_to: where the person comes back to, ``refused_to`` where after a no
    """

    service: str
    product: str
    request_id: str
    body: bytes
    content_type: str = JSON
    return_to: str = ""
    refused_to: str = ""


class PaymentClient(BerlinGroupClient):
    """Payments at one bank."""

    def initiate(self, wanted: Wanted, *, may_repeat: bool = False) -> Initiation:
        """Ask for a payment.

        :param may_repeat: the bank promises that the same ``X-Request-ID`` gives the same payment
        :raise AmbiguousError: whether there is a payment is not known
        :raise FinanceError: there is none
        """
        headers = {
            "X-Request-ID": wanted.request_id,
            "Content-Type": wanted.content_type,
            "TPP-Redirect-Preferred": "true",
            **({"TPP-Redirect-URI": wanted.return_to} if wanted.return_to else {}),
            **({"TPP-Nok-Redirect-URI": wanted.refused_to} if wanted.refused_to else {}),
        }
        path = f"{wanted.service}/{_segment(wanted.product)}"
        answer = self._call("POST", path, body=wanted.body, headers=headers, may_repeat=may_repeat)
        if not 200 <= answer.status < 300:
            raise self._error(answer)
        try:
            return read_initiation(answer.body)
        except FormatError as error:
            raise self._not_understood(answer) from error

    def _not_understood(self, answer: Answer) -> FinanceError:
        """A good status without a payment: a no where the bank says one of the standard, else not known."""
        place = target(answer.url).authority
        codes, words = _refusal(answer)
        if codes and set(codes) <= _NO:
            return RejectedError(f"{place} refuses the payment: {words}", reason="http_rejected")
        return AmbiguousError(
            f"{place} answered {answer.status}, but neither with a payment nor with a refusal. Whether it has one is "
            "not known.",
            endpoint=place,
        )

    def status(self, service: str, product: str, reference: str) -> Said | None:
        """Ask where a payment stands; :return: None: the bank does not know it (yet)"""
        answer = self._call("GET", f"{self._payment(service, product, reference)}/status")
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise self._error(answer)
        try:
            return read_status(answer.body)
        except FormatError as error:
            raise MalformedError(str(error), reason="payment_report_broken") from error

    def cancel(self, service: str, product: str, reference: str) -> str:
        """Ask to cancel; :return: ``cancelled``, ``pending`` (the bank decides later) or ``refused``"""
        answer = self._call("DELETE", self._payment(service, product, reference))
        if answer.status == 204:
            return "cancelled"
        if answer.status in (200, 202):
            return "pending"
        if answer.status in (400, 404, 405, 409):
            return "refused"
        raise self._error(answer)

    def begin_authorisation(self, service: str, product: str, reference: str) -> str:
        """Begin the authorisation where the bank wants that; :return: the page on which the person says yes"""
        answer = self._good(
            "POST", f"{self._payment(service, product, reference)}/authorisations", json={}, may_repeat=True
        )
        document: dict[str, Any] = _object(answer)
        return _links(document).get("scaRedirect", "")

    @staticmethod
    def _payment(service: str, product: str, reference: str) -> str:
        return f"{service}/{_segment(product)}/{_segment(reference)}"
