"""Business documents as values: invoices, payments, journal entries and what surrounds them, whoever sent them.

Master data (partners, products, employees) are the domains of :mod:`.base`; what is declared here happens once and
is then booked. Amounts are exact and without tax unless a name says otherwise; texts on the wire, so that nothing
rounds them. Codes (taxes, accounts, journals) are those of the other system: mappings translate them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Day
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError, model_validator

from .base import CanonicalError
from .kinds import ID_LENGTH, plain

#: lines of one document
MOST_LINES = 5000


def _exact(value: Any) -> Any:
    if isinstance(value, float) or isinstance(value, bool):
        raise ValueError("has to be a decimal number, written as text")
    return value


Amount = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(max_digits=28, decimal_places=12, allow_inf_nan=False),
    PlainSerializer(lambda value: format(plain(value), "f"), return_type=str),
]
Id = Annotated[str, Field(min_length=1, max_length=ID_LENGTH)]
Code = Annotated[str, Field(min_length=1, max_length=128)]
Words = Annotated[str, Field(max_length=2000)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Document(BaseModel):
    """Base of all documents.

    :cvar kind: code under which it is known on the wire
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    kind: ClassVar[str] = ""

    external_id: Id
    #: what people call it
    number: Code | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give the document as JSON-able data; :func:`parse_document` reads it back."""
        return {"object": self.kind, **self.model_dump(mode="json", exclude_none=True)}


D = TypeVar("D", bound=Document)


class Part(BaseModel):
    """Base of what documents consist of."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Party(Part):
    """Who a document is for, or from: enough to find the partner, or to make one."""

    external_id: Id | None = None
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    is_company: bool | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    phone: Annotated[str, Field(max_length=64)] | None = None
    vat: Annotated[str, Field(max_length=32)] | None = None
    street: Annotated[str, Field(max_length=200)] | None = None
    street2: Annotated[str, Field(max_length=200)] | None = None
    zip: Annotated[str, Field(max_length=24)] | None = None
    city: Annotated[str, Field(max_length=200)] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None


class Line(Part):
    """What is sold, bought or given back.

    :param net: of the whole line, after discounts, without tax
    :param tax: of the whole line, as the other system has computed it
    :param taxes: codes of its taxes
    """

    name: Annotated[str, Field(min_length=1, max_length=2000)]
    external_id: Id | None = None
    product: Code | None = None
    quantity: Amount = Decimal(1)
    net: Amount
    tax: Amount | None = None
    taxes: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    account: Code | None = None
    analytic: Code | None = None
    #: service period, for income that is deferred
    service_from: Day | None = None
    service_to: Day | None = None


class Bill(Document):
    """Shape of invoices and credit notes of both sides.

    :param total: with tax; what the posted document has to come to
    :param state: ``cancelled`` takes back what was not paid yet
    """

    date: Day
    due: Day | None = None
    currency: Currency
    partner: Party
    lines: Annotated[tuple[Line, ...], Field(max_length=MOST_LINES)] = ()
    total: Amount
    tax: Amount | None = None
    state: Literal["draft", "open", "cancelled"] = "open"
    #: the order, contract or subscription it comes from
    origin: Code | None = None
    reference: Code | None = None
    journal: Code | None = None
    #: for a credit note: external id of the invoice that it takes back
    of: Id | None = None
    note: Words | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Bill:
        if self.state != "cancelled":
            if not self.lines:
                raise ValueError("lines: there are none")
            if all(line.tax is not None for line in self.lines):
                total = sum((line.net + (line.tax or 0) for line in self.lines), Decimal(0))
                # every line may have been rounded for itself
                if abs(total - self.total) > Decimal("0.01") * (len(self.lines) + 1):
                    raise ValueError(f"total: the lines with their taxes come to {total}, not to {self.total}")
        return self


class CustomerInvoice(Bill):
    kind: ClassVar[str] = "customer_invoice"


class CustomerCreditNote(Bill):
    kind: ClassVar[str] = "customer_credit_note"


class VendorBill(Bill):
    kind: ClassVar[str] = "vendor_bill"


class VendorCreditNote(Bill):
    kind: ClassVar[str] = "vendor_credit_note"


class Payment(Document):
    """Money that has come, or was given back (``refund``).

    :param of: external id of the invoice (of a refund: the credit note) it pays
    :param journal: code of the channel or gateway it came through
    """

    kind: ClassVar[str] = "payment"

    date: Day
    amount: Annotated[Amount, Field(gt=0)]
    currency: Currency
    of: Id
    of_kind: Literal["customer_invoice", "customer_credit_note", "vendor_bill", "vendor_credit_note"] = (
        "customer_invoice"
    )
    journal: Code | None = None
    reference: Code | None = None
    fee: Amount | None = None


class Opportunity(Document):
    """A deal of a CRM; a won one becomes a draft invoice."""

    kind: ClassVar[str] = "opportunity"

    name: Annotated[str, Field(min_length=1, max_length=500)]
    date: Day
    currency: Currency | None = None
    amount: Amount | None = None
    state: Literal["open", "won", "lost"]
    partner: Party
    lines: Annotated[tuple[Line, ...], Field(max_length=MOST_LINES)] = ()


class EntryLine(Part):
    """One side of a booking."""

    account: Code
    name: Words | None = None
    debit: Amount = Decimal(0)
    credit: Amount = Decimal(0)
    partner: Party | None = None
    analytic: Code | None = None
    #: taxes whose base it is; None, and not an empty list, where it is none, so that old entries stay what they were
    taxes: Annotated[tuple[Code, ...], Field(min_length=1, max_length=10)] | None = None
    #: the tax whose amount it is
    tax: Code | None = None

    @model_validator(mode="after")
    def _base_or_tax(self) -> EntryLine:
        if self.taxes and self.tax:
            raise ValueError("a line is either the base of taxes, or the amount of one")
        return self


class JournalEntry(Document):
    """A booking, as it is told to another ledger."""

    kind: ClassVar[str] = "journal_entry"

    date: Day
    currency: Currency
    journal: Code | None = None
    reference: Words | None = None
    lines: Annotated[tuple[EntryLine, ...], Field(min_length=2, max_length=MOST_LINES)]

    @property
    def total(self) -> Decimal:
        return sum((line.debit for line in self.lines), Decimal(0))

    @model_validator(mode="after")
    def _balances(self) -> JournalEntry:
        debit, credit = self.total, sum((line.credit for line in self.lines), Decimal(0))
        if debit != credit:
            raise ValueError(f"lines: debit {debit} and credit {credit} differ")
        return self


class TaxQuoteLine(Part):
    """What an engine says of one line."""

    number: Code
    net: Amount
    tax: Amount


class TaxQuote(Document):
    """What a tax engine says of a document that is not posted yet."""

    kind: ClassVar[str] = "tax_quote"

    currency: Currency | None = None
    net: Amount
    tax: Amount
    lines: tuple[TaxQuoteLine, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> TaxQuote:
        if self.lines and sum((line.tax for line in self.lines), Decimal(0)) != self.tax:
            raise ValueError("tax: is not the sum of the lines")
        return self


DOCUMENTS: dict[str, type[Document]] = {
    cls.kind: cls
    for cls in (
        CustomerInvoice,
        CustomerCreditNote,
        VendorBill,
        VendorCreditNote,
        Payment,
        Opportunity,
        JournalEntry,
        TaxQuote,
    )
}


def document(cls: type[D]) -> type[D]:
    """Make a kind of document of another module known, as a decorator."""
    DOCUMENTS[cls.kind] = cls
    return cls


def parse_document(data: Mapping[str, Any]) -> Document:
    """Read a document of whatever kind it names.

    :raise CanonicalError: naming every place that does not fit, never a value of it
    """
    kind = data.get("object")
    if not isinstance(kind, str) or kind not in DOCUMENTS:
        raise CanonicalError(f"the kind of document {kind!r:.40} is not known")
    body = {name: value for name, value in data.items() if name != "object"}
    try:
        return DOCUMENTS[kind].model_validate(body)
    except ValidationError as error:
        raise CanonicalError("; ".join(_problem(item) for item in error.errors()[:10])) from None


def _problem(item: Any) -> str:
    place = ".".join(str(part) for part in item["loc"])
    said = str(item["msg"]).removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
