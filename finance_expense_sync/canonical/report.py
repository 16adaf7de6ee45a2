"""The expense report: what an employee spent and the platform has approved."""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime as Moment
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from odoo.addons.finance_connector_base.canonical.documents import (
    MOST_LINES,
    Amount,
    Code,
    Currency,
    Document,
    Id,
    Part,
    Words,
    document,
)

from .parts import Allocation, Attendee, Country, Dimensions, Money, Person, Receipt, TaxShare, Violation, total

#: longest time that is paid for at once, in days
MOST_DAYS = 3660


class ExpenseLine(Part):
    """One thing that was paid.

    :param amount: gross, in the currency of the report: what was approved
    :param spent: gross, in the currency in which it was paid
    :param rate: report currency for one unit of the spent currency, as the platform used it
    :param billed: what the card company charges, in the currency of the card
    :param payment: ``own`` the employee's own money; ``company_card`` the company owes the card company;
        ``personal_card`` a company card whose bill the employee pays and the company reimburses; ``company`` the
        company has paid it already (invoice, central bill); ``advance`` out of an advance the employee was given
    :param payment_code: what the platform calls the way of payment
    :param kind: ``advance`` is money that the employee is given before anything is spent: no cost, the employee owes it
    :param is_personal: private spending: nothing is reimbursed, and the employee owes what the company has paid
    :param service_from: first day of what was paid for, where that is a time (a subscription); ``service_to`` the last
    :param card_transaction: external id of the card transaction it claims
    """

    external_id: Id
    date: Day
    category: Code
    category_name: Annotated[str, Field(max_length=200)] | None = None
    kind: Literal["expense", "mileage", "per_diem", "advance"] = "expense"
    description: Words | None = None
    merchant: Annotated[str, Field(max_length=200)] | None = None
    merchant_tax_id: Annotated[str, Field(max_length=32)] | None = None
    merchant_id: Id | None = None
    country: Country | None = None
    amount: Amount
    spent: Money | None = None
    rate: Annotated[Amount, Field(gt=0)] | None = None
    rate_source: Code | None = None
    billed: Money | None = None
    payment: Literal["own", "company_card", "personal_card", "company", "advance"]
    payment_code: Code | None = None
    card_transaction: Id | None = None
    is_personal: bool = False
    is_billable: bool = False
    service_from: Day | None = None
    service_to: Day | None = None
    #: mileage: how far, in ``distance_unit``; per diem: how many days
    quantity: Amount | None = None
    distance_unit: Literal["km", "mi"] | None = None
    taxes: Annotated[tuple[TaxShare, ...], Field(max_length=20)] = ()
    dimensions: Dimensions = Field(default_factory=dict)
    allocations: Annotated[tuple[Allocation, ...], Field(max_length=500)] = ()
    receipts: Annotated[tuple[Receipt, ...], Field(max_length=50)] = ()
    is_receipt_missing: bool = False
    attendees: Annotated[tuple[Attendee, ...], Field(max_length=500)] = ()
    violations: Annotated[tuple[Violation, ...], Field(max_length=50)] = ()

    @property
    def is_owed(self) -> bool:
        """The employee owes it, and it is a cost of nobody."""
        return self.is_personal or self.kind == "advance"

    @model_validator(mode="after")
    def _service(self) -> ExpenseLine:
        if (self.service_from is None) != (self.service_to is None):
            raise ValueError("service_from and service_to: both days, or none")
        if self.service_from and self.service_to and not 0 <= (self.service_to - self.service_from).days <= MOST_DAYS:
            raise ValueError("service_to: after service_from, and ten years at most")
        return self

    @model_validator(mode="after")
    def _shares(self) -> ExpenseLine:
        amounts = [part.amount for part in self.allocations]
        if amounts and all(amount is not None for amount in amounts):
            if total(tuple(amount for amount in amounts if amount is not None)) != self.amount:
                raise ValueError("allocations: their amounts do not come to the amount of the line")
        elif self.allocations:
            shares = [part.percentage for part in self.allocations]
            if any(share is None for share in shares):
                raise ValueError("allocations: each needs an amount, or each a percentage")
            if total(tuple(share for share in shares if share is not None)) != 100:
                raise ValueError("allocations: the percentages do not come to 100")
        return self


@document
class ExpenseReport(Document):
    """A report of an employee, or a single expense where the platform knows no reports.

    :param revision: counts up each time the platform hands it out anew after a correction
    :param handle: what the platform calls this handing out, where that has a name of its own; confirmations need it
    :param state: only ``approved`` and ``paid`` are final approvals
    :param total: sum of the lines, in the currency of the report
    :param entity: company the employee works for, as the platform calls it
    :param paying_entity: company that reimburses, where it is another one
    :param is_reimbursed: the platform pays the employee itself
    :param advance_returned: what the employee has given back of an advance, beside the lines and not in the total
    """

    kind: ClassVar[str] = "expense_report"

    revision: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    handle: Id | None = None
    name: Annotated[str, Field(max_length=500)] | None = None
    employee: Person
    entity: Code | None = None
    paying_entity: Code | None = None
    country: Country | None = None
    state: Literal["draft", "submitted", "approved", "paid", "rejected", "recalled", "deleted"]
    is_test: bool = False
    submitted: Moment | None = None
    approved: Moment | None = None
    approver: Annotated[str, Field(max_length=254)] | None = None
    currency: Currency
    total: Amount
    is_reimbursed: bool = False
    advance_returned: Annotated[Amount, Field(ge=0)] | None = None
    dimensions: Dimensions = Field(default_factory=dict)
    lines: Annotated[tuple[ExpenseLine, ...], Field(max_length=MOST_LINES)] = ()
    link: Annotated[str, Field(max_length=1000)] | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> ExpenseReport:
        if self.lines and total(tuple(line.amount for line in self.lines)) != self.total:
            raise ValueError("total: is not the sum of the lines")
        known = [line.external_id for line in self.lines]
        if len(set(known)) != len(known):
            raise ValueError("lines: two have the same external id")
        return self
