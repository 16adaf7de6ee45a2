"""Payment initiation over NextGenPSD2 (Berlin Group XS2A 1.3.x): bodies of requests and what answers mean.

Only values to bytes and back; who sends them, with which id, and what happens when nothing comes back is not decided
here.
The JSON of the standard tells less than a pain.001: what it cannot tell is an error, never left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from odoo.addons.finance_connector_base.safe import strict_json

from ..formats.model import FormatError
from ..formats.report.reader import load
from .currencies import plain
from .model import Account, Address, Agent, Group, Party, Payment, Structured
from .progress import STATES
from .status import Said
from .xml_text import CannotWrite

#: fields of a payment without a counterpart in the JSON
_UNSAYABLE = ("uetr", "intermediary", "type", "instructions", "regulatory", "mandate")
#: fields of an address with one
_ADDRESS = {"street": "streetName", "building": "buildingNumber", "town": "townName", "postcode": "postCode"}
#: kinds of links that an answer may have and that are used
LINKS = frozenset(("scaRedirect", "scaOAuth", "startAuthorisation", "confirmation", "self", "status", "scaStatus"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiation:
    """What the bank answered to a payment.

    :param id: by which the bank knows it
    :param status: ``RCVD``, ``ACTC`` ...
    :param links: addresses by kind, as the bank wrote them
    """

    id: str
    status: str
    links: Mapping[str, str]
    message: str | None = None


def unsayable(payment: Payment) -> tuple[str, ...]:
    """:return: the fields that are filled and that the JSON cannot tell; empty: it can be sent so"""
    found = [name for name in _UNSAYABLE if getattr(payment, name)]
    party, agent = payment.counterparty, payment.agent
    if party != Party(name=party.name, address=party.address):
        found.append("counterparty")
    if party.address is not None and _address(party.address) is None:
        found.append("counterparty.address")
    if agent is not None and agent != Agent(bic=agent.bic):
        found.append("agent")
    account = payment.account
    if account is not None and (account.scheme or (account.iban and account.number)):
        found.append("account")
    if len(payment.remittance) > 1:
        found.append("remittance")
    if len(payment.structured) > 1 or any(not _is_reference(one) for one in payment.structured):
        found.append("structured")
    if payment.purpose is not None and payment.purpose.is_proprietary:
        found.append("purpose")
    for name in ("ultimate_debtor", "ultimate_creditor"):
        other = getattr(payment, name)
        if other is not None and (not other.name or other != Party(name=other.name)):
            found.append(name)
    return tuple(found)


def single(group: Group, payment: Payment) -> dict[str, Any]:
    """The body of one payment.

    :raise CannotWrite: it holds what the JSON cannot tell; the message names the fields
    """
    return {
        "debtorAccount": _account(group.account),
        "requestedExecutionDate": group.date.isoformat(),
        **_payment(group, payment),
    }


def bulk(group: Group) -> dict[str, Any]:
    """The body of all payments of a group.

    :raise CannotWrite: one of them holds what the JSON cannot tell
    """
    body: dict[str, Any] = {
        "debtorAccount": _account(group.account),
        "requestedExecutionDate": group.date.isoformat(),
        "payments": [_payment(group, payment) for payment in group.payments],
    }
    if group.batch_booking is not None:
        body["batchBookingPreferred"] = group.batch_booking
    return body


def to_bytes(body: Mapping[str, Any]) -> bytes:
    """The same bytes for the same body, as a request that is sent again has to have."""
    return strict_json.dumps(dict(body))


def read_initiation(data: bytes) -> Initiation:
    """Read the answer to a payment (201).

    :raise FormatError: id or status is missing: whether there is a payment is not known
    """
    answer = load(data, "initiation")
    identity, status = answer.get("paymentId"), answer.get("transactionStatus")
    if not isinstance(identity, str) or not identity or not isinstance(status, str):
        raise FormatError("initiation_incomplete", "The bank told neither id nor status", place="initiation")
    return Initiation(id=identity, status=status, links=_links(answer.get("_links")), message=_message(answer))


def read_status(data: bytes) -> Said:
    """Read the answer to an inquiry.

    :raise FormatError: there is no status in it, or one that is not in the standard
    """
    answer = load(data, "status")
    status = answer.get("transactionStatus")
    if not isinstance(status, str) or status not in STATES:
        raise FormatError("status_unknown", "The bank told no status of the standard", place="status")
    return Said(status=status, level="message")


def _payment(group: Group, payment: Payment) -> dict[str, Any]:
    if missing := unsayable(payment):
        raise CannotWrite(f"the interface cannot tell: {', '.join(missing)}")
    if payment.account is None or not payment.counterparty.name:
        raise CannotWrite("name and account of the payee are needed")
    values: dict[str, Any] = {
        "endToEndIdentification": payment.end_to_end_id,
        "instructionIdentification": payment.instruction_id,
        "instructedAmount": {
            "currency": payment.amount.currency,
            "amount": plain(payment.amount.amount, payment.amount.currency),
        },
        "creditorAccount": _account(payment.account),
        "creditorName": payment.counterparty.name,
        "creditorAddress": _address(payment.counterparty.address) if payment.counterparty.address else None,
        "creditorAgent": payment.agent.bic if payment.agent else None,
        "ultimateDebtor": payment.ultimate_debtor.name if payment.ultimate_debtor else None,
        "ultimateCreditor": payment.ultimate_creditor.name if payment.ultimate_creditor else None,
        "chargeBearer": payment.charges or group.charges,
        "purposeCode": payment.purpose.value if payment.purpose else None,
        "remittanceInformationUnstructured": payment.remittance[0] if payment.remittance else None,
        "remittanceInformationStructured": _structured(payment),
    }
    return {name: value for name, value in values.items() if value is not None}


def _is_reference(one: Structured) -> bool:
    """It is a reference with its kind and nothing else."""
    bare = Structured(reference=one.reference, reference_type=one.reference_type, reference_issuer=one.reference_issuer)
    return bool(one.reference) and one == bare


def _structured(payment: Payment) -> dict[str, str] | None:
    if not payment.structured:
        return None
    [one] = payment.structured
    values = {
        "reference": one.reference,
        "referenceType": one.reference_type.value if one.reference_type else None,
        "referenceIssuer": one.reference_issuer,
    }
    return {name: value for name, value in values.items() if value}


def _account(account: Account) -> dict[str, str]:
    number = {"iban": account.iban} if account.iban else {"bban": account.number or ""}
    return {**number, **({"currency": account.currency} if account.currency else {})}


def _address(address: Address) -> dict[str, str] | None:
    """The address as the JSON tells it; None: it cannot."""
    told = {tag: value for name, tag in _ADDRESS.items() if (value := getattr(address, name))}
    others = [name for name in Address.__dataclass_fields__ if name not in (*_ADDRESS, "country")]
    if not address.country or any(getattr(address, name) for name in others):
        return None
    return {**told, "country": address.country}


def _links(found: Any) -> dict[str, str]:
    links = found if isinstance(found, dict) else {}
    return {
        kind: link["href"]
        for kind, link in links.items()
        if kind in LINKS and isinstance(link, dict) and isinstance(link.get("href"), str)
    }


def _message(answer: Mapping[str, Any]) -> str | None:
    """What the bank says to the person, and its warnings."""
    warnings: Sequence[Any] = answer.get("tppMessages") if isinstance(answer.get("tppMessages"), list) else []  # type: ignore[assignment]
    texts = [answer.get("psuMessage"), *(one.get("text") for one in warnings if isinstance(one, dict))]
    return " ".join(text for text in texts if isinstance(text, str)) or None
