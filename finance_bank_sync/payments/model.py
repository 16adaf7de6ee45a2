"""Canonical values of payment orders, independent of any file format.

The names follow what a treasurer says; docs/payment-formats.md tells their ISO 20022 elements. Amounts are positive
``Decimal`` with their currency. What is not known is ``None`` or an empty tuple. Nothing here is checked: a value that
a bank would refuse can be held, and :mod:`.rules` tells all that is wrong with it at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ..formats.model import Money
from .fields import text, texts

__all__ = [
    "DEBIT",
    "TRANSFER",
    "Account",
    "Address",
    "Agent",
    "Amendment",
    "Batch",
    "Code",
    "Group",
    "Identification",
    "Instruction",
    "Mandate",
    "Money",
    "Party",
    "Payment",
    "PaymentType",
    "Regulatory",
    "Structured",
]

#: we pay (pain.001), or we collect (pain.008)
TRANSFER, DEBIT = "transfer", "debit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code of an ISO list, or one that bank and customer agreed on (``Prtry``)."""

    value: str = text("code", required=True)
    is_proprietary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address (PostalAddress24): structured fields, free lines, or both (hybrid)."""

    department: str | None = text("street")
    subdepartment: str | None = text("street")
    street: str | None = text("street")
    building: str | None = text("building")
    building_name: str | None = text("town")
    floor: str | None = text("street")
    po_box: str | None = text("building")
    room: str | None = text("street")
    postcode: str | None = text("postcode")
    town: str | None = text("town")
    town_location: str | None = text("town")
    district: str | None = text("town")
    subdivision: str | None = text("town")
    #: ISO 3166, two letters
    country: str | None = None
    lines: tuple[str, ...] = texts("line")

    @property
    def form(self) -> str:
        """``none``, ``structured`` (town and country, no lines), ``hybrid`` (with lines too), ``unstructured``."""
        if self.town and self.country:
            return "hybrid" if self.lines else "structured"
        return "unstructured" if self.lines or self.has_fields else "none"

    @property
    def has_fields(self) -> bool:
        """Whether anything besides country and lines is there."""
        return any(
            (self.department, self.subdepartment, self.street, self.building, self.building_name, self.floor)
            + (self.po_box, self.room, self.postcode, self.town, self.town_location, self.district, self.subdivision)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """A number of a party in some register (``Othr``), e.g. tax number, creditor identifier."""

    number: str = text("identification", required=True)
    #: how it is known: ``TXID``, ``COID``, ``NIDN`` ..., or ``SEPA`` as proprietary
    scheme: Code | None = None
    issuer: str | None = text("identification")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody who pays, is paid, or for whom it is done."""

    name: str | None = text("name")
    address: Address | None = None
    bic: str | None = None
    lei: str | None = None
    identifications: tuple[Identification, ...] = ()
    #: identified as a person (``PrvtId``) and not as an organisation
    is_person: bool = False
    country_of_residence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A bank account: IBAN without blanks, or the number the bank uses."""

    iban: str | None = text("account")
    number: str | None = text("account")
    #: what kind of number, e.g. ``BBAN``
    scheme: Code | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A bank: by BIC, by its number in a clearing system, or by name and address."""

    bic: str | None = None
    #: ``USABA``, ``GBDSC``, ``CHBCC`` ... with ``clearing_member``
    clearing_system: str | None = text("code")
    clearing_member: str | None = text("identification")
    lei: str | None = None
    name: str | None = text("name")
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentType:
    """How the bank shall carry it out (``PmtTpInf``)."""

    #: ``HIGH`` or ``NORM``
    priority: str | None = None
    #: ``SEPA``, ``URGP``, ``NURG``, ``SDVA`` ...
    service_level: Code | None = None
    #: ``INST``, ``CORE``, ``B2B`` ...
    local_instrument: Code | None = None
    #: ``SALA``, ``SUPP``, ``TAXS`` ...
    category_purpose: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured:
    """One structured remittance: a creditor reference, a document, or both."""

    #: ``SCOR`` (ISO 11649; with issuer ``BBA`` the Belgian one), ``QRR`` (Swiss, proprietary)
    reference_type: Code | None = None
    reference_issuer: str | None = text("identification")
    reference: str | None = text("reference")
    #: ``CINV`` (invoice), ``CREN`` (credit note) ...
    document_type: Code | None = None
    document_number: str | None = text("reference")
    document_date: date | None = None
    #: paid for this document; negative for a credit note
    document_amount: Money | None = None
    message: str | None = text("text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """An order to the bank of the one who is paid: ``HOLD``, ``PHOB``, ``TELB``, ``CHQB`` and/or words."""

    code: str | None = text("code")
    words: str | None = text("instruction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Regulatory:
    """What a central bank wants to know about a payment (``RgltryRptg``)."""

    #: ``CRED``, ``DEBT`` or ``BOTH``
    side: str | None = None
    authority_name: str | None = text("name")
    authority_country: str | None = None
    #: at most ten characters
    code: str | None = text("code")
    country: str | None = None
    information: str | None = text("town")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What has changed in a mandate since the last collection; at least one of them."""

    original_mandate: str | None = text("reference")
    original_creditor_name: str | None = text("name")
    original_creditor_id: str | None = text("identification")
    #: the debtor's former IBAN, where the bank is the same
    original_iban: str | None = text("account")
    #: the debtor has another account, maybe with another bank (``SMNDA``)
    is_new_account: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """The mandate a direct debit is collected by, as the file tells it."""

    reference: str = text("reference", required=True)
    signed_on: date
    amendment: Amendment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment (``CdtTrfTxInf``) or collection (``DrctDbtTxInf``)."""

    end_to_end_id: str = text("reference", required=True)
    instruction_id: str | None = text("reference")
    #: UUID version 4, small letters
    uetr: str | None = None
    amount: Money
    #: the creditor of a transfer, the debtor of a direct debit
    counterparty: Party
    account: Account | None = None
    agent: Agent | None = None
    intermediary: Agent | None = None
    ultimate_debtor: Party | None = None
    ultimate_creditor: Party | None = None
    #: where it differs from that of its group
    type: PaymentType | None = None
    charges: str | None = None
    purpose: Code | None = None
    remittance: tuple[str, ...] = texts("text")
    structured: tuple[Structured, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    regulatory: tuple[Regulatory, ...] = ()
    mandate: Mandate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Payments from one account on one day in one way (``PmtInf``).

    ``payments`` is a tuple, or for very many anything that can be iterated again and again.
    """

    id: str = text("reference", required=True)
    party: Party
    account: Account
    agent: Agent | None = None
    #: requested execution, or collection
    date: date
    type: PaymentType | None = None
    #: who bears the charges: ``SLEV``, ``SHAR``, ``DEBT``, ``CRED``
    charges: str | None = None
    #: one booking for all of them; None: as agreed with the bank
    batch_booking: bool | None = None
    ultimate_party: Party | None = None
    #: of direct debits: ``FRST``, ``RCUR``, ``OOFF``, ``FNAL``
    sequence: str | None = None
    #: identifier of the creditor of direct debits
    creditor_id: str | None = text("identification")
    payments: Iterable[Payment] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One message to a bank."""

    message_id: str = text("reference", required=True)
    #: local time, without zone as banks want it
    created_at: datetime
    initiator: Party
    #: :data:`TRANSFER` or :data:`DEBIT`
    direction: str = TRANSFER
    groups: tuple[Group, ...]
