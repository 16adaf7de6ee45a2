"""What programs hand in: journal entries and drafts of invoices; and what has become of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from .contract import Amount, Contract, Currency, InvoiceKind, Moment, Name, Page, as_list, written_day

Code = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^\S(.*\S)?$")]
ExternalId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        pattern=r"^\S(.*\S)?$",
        description="What you call it, for ever. The same thing under the same id is never made twice.",
    ),
]
Words = Annotated[str, Field(max_length=500)]
Positive = Annotated[
    str,
    Field(
        pattern=r"^\d{1,15}(\.\d{1,6})?$", examples=["1190.00"], description="Decimal number as a text, not negative."
    ),
]
#: a calendar date of a request, of the years that ledgers are kept for
Day = Annotated[
    date,
    BeforeValidator(written_day),
    Field(ge=date(1900, 1, 1), le=date(2999, 12, 31), json_schema_extra={"format": "date"}),
]
PartyCode = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        pattern=r"^\S(.*\S)?$",
        description="Name of a counterparty here (`counterparty_...`), or your code for it, or its VAT number.",
    ),
]
Company = Annotated[Name | None, Field(description="Name of the company; needed when the program has several.")]

#: lines that one request may have
MOST = 1000


class PostingLine(Contract):
    """One side of a journal entry."""

    account: Annotated[Code, Field(description="Code of the account here, or yours when it is mapped.")]
    debit: Positive | None = None
    credit: Positive | None = None
    text: Words | None = None
    counterparty: PartyCode | None = None
    cost_center: Annotated[Code | None, Field(description="Code of an analytic account.")] = None
    taxes: Annotated[
        list[Code],
        Field(
            max_length=10,
            description="The line is the base of these taxes: your codes of them, or their names here. Their amounts "
            "stand on lines of their own.",
        ),
    ] = []
    tax: Annotated[
        Code | None, Field(description="The line is the amount of this tax; it has to be that of the bases.")
    ] = None

    @model_validator(mode="after")
    def _has_one_side(self) -> PostingLine:
        if (self.debit is None) == (self.credit is None):
            raise ValueError("has to have either a debit or a credit")
        if self.taxes and self.tax:
            raise ValueError("is either the base of taxes, or the amount of one")
        return self


class Posting(Contract):
    """A journal entry that is asked for. Debits and credits have to be equal."""

    external_id: ExternalId
    company: Company = None
    journal: Annotated[
        Code | None, Field(description="Code of a journal for miscellaneous entries; without it the first one.")
    ] = None
    date: Day
    currency: Currency
    reference: Words | None = None
    lines: Annotated[list[PostingLine], Field(min_length=2, max_length=MOST)]

    @model_validator(mode="after")
    def _balances(self) -> Posting:
        debit = sum((Decimal(line.debit or 0) for line in self.lines), Decimal(0))
        credit = sum((Decimal(line.credit or 0) for line in self.lines), Decimal(0))
        if debit != credit:
            raise ValueError(f"debits and credits differ by {debit - credit}")
        return self


class InvoiceDraftLine(Contract):
    """What is sold or bought."""

    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
    quantity: Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,6})?$", examples=["2"])] = "1"
    net: Annotated[Amount, Field(description="Of the whole line, without tax.")]
    taxes: Annotated[list[Code], Field(max_length=10, description="Your codes of its taxes, or their names here.")] = []
    account: Code | None = None
    cost_center: Annotated[Code | None, Field(description="Code of an analytic account.")] = None


class InvoiceDraft(Contract):
    """An invoice, bill or credit note that a person here will check and confirm."""

    external_id: ExternalId
    company: Company = None
    kind: InvoiceKind
    number: Annotated[Code | None, Field(description="What is printed on it: for bills the number of the vendor.")] = (
        None
    )
    counterparty: PartyCode
    issued_on: Day
    due_on: Day | None = None
    currency: Currency
    lines: Annotated[list[InvoiceDraftLine], Field(min_length=1, max_length=MOST)]
    total: Annotated[Positive, Field(description="With tax: what the document here has to come to.")]


class Finding(Contract):
    """Something that would hold what was handed in."""

    code: Annotated[str, Field(description="Stable code of the reason.")]
    detail: str


class Findings(Contract):
    """What would become of it; nothing was kept."""

    accepted: Annotated[bool, Field(description="It would be made without help by a person.")]
    findings: list[Finding]


class Document(Contract):
    """What was made of it."""

    id: Name
    kind: Literal["entry", "invoice"]
    number: str | None
    state: Literal["draft", "posted", "cancelled"]


SubmissionState = Literal["waiting", "working", "needs_attention", "done", "refused"]


class Submission(Contract):
    """What was handed in, and what has become of it."""

    id: Name
    external_id: str
    company: Name
    kind: Literal["journal_entry", "customer_invoice", "customer_credit_note", "vendor_bill", "vendor_credit_note"]
    state: SubmissionState
    reason: Annotated[str | None, Field(description="Why it needs attention or was refused: a stable code.")] = None
    detail: Annotated[str | None, Field(description="The same in words.")] = None
    remedy: Annotated[str | None, Field(description="What has to be done, in words.")] = None
    document: Document | None = None
    message: Annotated[Name, Field(description="The message that carries it, see `/messages/{id}`.")]
    correlation_id: str
    received_at: Moment
    closed_at: Moment | None = None


class SubmissionList(Contract):
    """A part of a list of what was handed in."""

    data: list[Submission]
    next: Annotated[str | None, Field(description="Cursor of the next part; null at the end.")] = None


class SubmissionQuery(Page):
    """Which of what was handed in."""

    external_id: Annotated[str | None, Field(max_length=128)] = None
    state: Annotated[
        list[SubmissionState] | None, BeforeValidator(as_list), Field(description="Separated by commas.")
    ] = None


POSTING_EXAMPLE = {
    "external_id": "PAYROLL-2026-03",
    "date": "2026-03-31",
    "currency": "EUR",
    "reference": "Payroll March",
    "lines": [
        {"account": "620000", "debit": "4200.00", "text": "Wages", "cost_center": "OPS"},
        {"account": "421000", "credit": "4200.00"},
    ],
}
INVOICE_EXAMPLE = {
    "external_id": "BILL-88121",
    "kind": "vendor_bill",
    "number": "88121",
    "counterparty": "DE136695976",
    "issued_on": "2026-03-02",
    "currency": "EUR",
    "lines": [{"text": "Paper", "quantity": "10", "net": "100.00"}],
    "total": "100.00",
}
