"""What objects look like on the wire, declared once: validation, schema and documentation follow from it.

Amounts are texts with their decimals (``"120.00"``), because a number in JSON is read as a float by most programs.
Dates are ``YYYY-MM-DD``, times are UTC with a ``Z``. Fields are added over time: clients ignore those they do not
know, while a request with an unknown field is refused, because it would silently mean nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from ..safe import strict_json
from ..safe.errors import SafetyError
from .problem import Fault, Problem

#: levels of a body, far more than any contract has
DEPTH = 12
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
#: what text of a request may not hold: no database keeps it, no log shows it as it is
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _utc(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def _written_moment(value: Any) -> Any:
    if isinstance(value, str) and not _MOMENT.fullmatch(value):
        raise ValueError("has to be a time like 2026-12-31T08:00:00Z")
    return value


def written_day(value: Any) -> Any:
    """Let a date be written in one way only; other ways would be read as times or numbers."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValueError("has to be a date like 2026-12-31")
    if not isinstance(value, str | date):
        raise ValueError("has to be a date like 2026-12-31")
    return value


def _in_utc(value: datetime) -> datetime:
    if not 1970 <= value.year < 9999:
        raise ValueError("has to be a time of the years 1970 to 9998")
    return value.astimezone(timezone.utc)


def _written_number(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,9}", value):
        raise ValueError("has to be a whole number")
    return value


Amount = Annotated[
    str, Field(pattern=r"^-?\d{1,18}(\.\d{1,6})?$", examples=["1190.00"], description="Decimal number as a text.")
]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"], description="ISO 4217.")]
Moment = Annotated[datetime, PlainSerializer(_utc, return_type=str)]
#: a time in a request: with its zone, and within what a database can compare
Since = Annotated[datetime, BeforeValidator(_written_moment), AfterValidator(_in_utc)]
Name = Annotated[str, Field(pattern=r"^[a-z]+_[a-z2-7]{26}$", description="Name of an object, the same for ever.")]


class Contract(BaseModel):
    """Base of everything on the wire."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")

    @classmethod
    def lists(cls) -> frozenset[str]:
        """:return: names of the parameters that are lists"""
        schema = cls.model_json_schema().get("properties", {})
        return frozenset(
            name for name, one in schema.items() if any("items" in choice for choice in [one, *one.get("anyOf", [])])
        )


class Page(Contract):
    """Parameters that every list takes."""

    limit: Annotated[
        int, Field(ge=1, le=200, description="Objects at most in one answer."), BeforeValidator(_written_number)
    ] = 50
    cursor: Annotated[str | None, Field(max_length=500, description="`next` of the answer before.")] = None


def as_list(value: Any) -> Any:
    """Read a list of words that stand in one parameter."""
    return value.split(",") if isinstance(value, str) else value


class Counterparty(Contract):
    """Who an invoice is for, or from."""

    id: Name
    name: str
    vat: str | None = None


InvoiceKind = Literal["customer_invoice", "customer_credit_note", "vendor_bill", "vendor_credit_note"]
InvoiceState = Literal["draft", "open", "in_payment", "partially_paid", "paid", "reversed", "cancelled"]


class Invoice(Contract):
    """An invoice, bill or credit note, and how far it is paid."""

    id: Name
    number: str | None
    kind: InvoiceKind
    state: InvoiceState
    company: Annotated[str, Field(description="Name of the company it belongs to.")]
    counterparty: Counterparty | None
    reference: Annotated[str | None, Field(description="What the other side calls it.")] = None
    payment_reference: str | None = None
    issued_on: date | None
    due_on: date | None
    currency: Currency
    total: Amount
    open_amount: Annotated[Amount, Field(description="What is not paid yet.")]
    changed_at: Moment


class InvoiceList(Contract):
    """A part of a list of invoices."""

    data: list[Invoice]
    next: Annotated[str | None, Field(description="Cursor of the next part; null at the end.")] = None


class InvoiceQuery(Page):
    """Which invoices."""

    state: Annotated[list[InvoiceState] | None, BeforeValidator(as_list), Field(description="Separated by commas.")] = (
        None
    )
    kind: Annotated[list[InvoiceKind] | None, BeforeValidator(as_list), Field(description="Separated by commas.")] = (
        None
    )
    number: Annotated[str | None, Field(max_length=100)] = None
    changed_since: Annotated[
        Since | None, Field(description="Changed at this time or later; the list is in order of change.")
    ] = None


MessageState = Literal["waiting", "working", "needs_attention", "done", "ignored"]


class Message(Contract):
    """What has become of something that was sent in, or goes out."""

    id: Name
    state: MessageState
    direction: Literal["in", "out"]
    subject: str | None
    business_key: Annotated[str | None, Field(description="What people call the transaction.")] = None
    reason: Annotated[str | None, Field(description="Why it needs attention, or was ignored: a stable code.")] = None
    remedy: Annotated[str | None, Field(description="What to do, in words.")] = None
    correlation_id: str
    received_at: Moment
    closed_at: Moment | None = None


class MessageList(Contract):
    """A part of a list of messages."""

    data: list[Message]
    next: Annotated[str | None, Field(description="Cursor of the next part; null at the end.")] = None


class MessageQuery(Page):
    """Which messages."""

    state: Annotated[list[MessageState] | None, BeforeValidator(as_list), Field(description="Separated by commas.")] = (
        None
    )
    business_key: Annotated[str | None, Field(max_length=200)] = None
    correlation_id: Annotated[str | None, Field(max_length=100)] = None


def read(contract: type[Contract], values: Any, *, place: str = "") -> Any:
    """Check what came in.

    :param values: parameters, or a body that was read as JSON
    :param place: what stands before the pointers, ``?`` for parameters
    :raise Problem: ``invalid`` with each fault and its place
    """
    faults = [Fault("has characters that no text has", place + path[bool(place) :]) for path in _unprintable(values)]
    if faults:
        raise Problem("invalid", "Correct what is listed under errors.", faults=faults[:50])
    try:
        return contract.model_validate(values)
    except ValidationError as error:
        faults = [
            Fault(
                detail=str(one["msg"]).removeprefix("Value error, ")[:300],
                pointer=place + "/".join(["", *map(str, one["loc"])])[bool(place) :],
            )
            for one in error.errors(include_url=False, include_context=False, include_input=False)[:50]
        ]
        raise Problem("invalid", "Correct what is listed under errors.", faults=faults) from error


def _unprintable(value: Any, path: str = "") -> list[str]:
    """:return: places of texts that hold what no text holds"""
    if isinstance(value, str):
        return [path] if _CONTROL.search(value) else []
    if isinstance(value, Mapping):
        # a key that no contract knows is told as such
        return [place for key, item in value.items() for place in _unprintable(item, f"{path}/{key}")]
    if isinstance(value, list):
        return [place for number, item in enumerate(value) for place in _unprintable(item, f"{path}/{number}")]
    return []


def read_body(headers: Mapping[str, str], content: bytes) -> Any:
    """Read a body as JSON, strictly.

    :param headers: with names that are found in any case
    :raise Problem: ``media_type`` or ``malformed``
    """
    kind, _semicolon, _parameters = headers.get("Content-Type", "").partition(";")
    if kind.strip().lower() != "application/json":
        raise Problem("media_type", "Send Content-Type: application/json.")
    if headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Problem("media_type", "Send the body as it is, without Content-Encoding.")
    try:
        return strict_json.loads(content, max_depth=DEPTH)
    except SafetyError as error:
        raise Problem("malformed", f"{error}.") from error
