"""What reports and card transactions consist of.

Amounts are exact decimals, written as texts on the wire. Codes are those of the platform: mappings translate them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from odoo.addons.finance_connector_base.canonical.documents import Amount, Code, Currency, Id, Part, Words

#: dimension of the platform ("cost_center", "project", "custom3" ...) -> code of its value
Dimensions = dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], Code]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Money(Part):
    """An amount with its currency; positive: spent."""

    amount: Amount
    currency: Currency


class Person(Part):
    """Who spent it. The external id is what mappings of the domain ``employee`` translate."""

    external_id: Id
    name: Annotated[str, Field(max_length=200)] | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    #: number of the employee in HR
    number: Code | None = None


class Receipt(Part):
    """Evidence that lies on the platform; addresses live for minutes, so its content is fetched at once.

    :param external_id: what the platform calls it, if it has a name of its own
    :param url: where it can be read now
    """

    external_id: Id | None = None
    url: Annotated[str, Field(max_length=4000)] | None = None
    name: Annotated[str, Field(max_length=200)] | None = None
    content_type: Annotated[str, Field(max_length=100)] | None = None


class Attendee(Part):
    """Who took part: several tax laws ask for it where somebody was entertained."""

    name: Annotated[str, Field(max_length=200)]
    company: Annotated[str, Field(max_length=200)] | None = None
    title: Annotated[str, Field(max_length=200)] | None = None
    is_employee: bool | None = None


class TaxShare(Part):
    """Tax that is in a line, as the platform has computed it.

    :param code: of the tax; None: the platform only knows the amount
    :param rate: per cent
    :param base: without tax
    :param reclaimable: part of ``amount`` that may be reclaimed; None: the platform does not say
    """

    code: Code | None = None
    rate: Amount | None = None
    base: Amount | None = None
    amount: Amount
    reclaimable: Amount | None = None
    is_reverse_charge: bool = False


class Violation(Part):
    """What is against the policy of the company on the platform.

    :param is_blocking: the platform does not let it pass by itself
    :param is_accepted: an approver there has accepted it
    """

    code: Code
    text: Words | None = None
    is_blocking: bool = True
    is_accepted: bool = False


class Allocation(Part):
    """A share of a line.

    :param percentage: of the line, 0 to 100
    :param amount: gross, in the currency of the report; either says how much, the amount before the percentage
    :param entity: company that has to bear it, if it is another one
    """

    external_id: Id | None = None
    percentage: Annotated[Amount, Field(ge=0, le=100)] | None = None
    amount: Amount | None = None
    entity: Code | None = None
    dimensions: Dimensions = Field(default_factory=dict)


def total(values: tuple[Decimal, ...]) -> Decimal:
    """:return: exact sum, also of nothing"""
    return sum(values, Decimal(0))
