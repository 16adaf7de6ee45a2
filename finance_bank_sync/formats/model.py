"""Canonical bank reporting values: what every statement format is translated to.

Money is ``Decimal`` with its currency beside it, dates are calendar dates exactly as the
bank printed them (never shifted through UTC). A field that the file does not carry is
``None`` or an empty tuple; nothing is invented here.

The names follow ISO 20022 (camt.053 MDR) where a term exists there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO, Protocol, runtime_checkable

#: ISO 4217: no currency; what a file does not tell, a person says once an account
NO_CURRENCY = "XXX"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """A signed amount: positive is a credit of the account, negative a debit."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account a statement reports on, as the bank identifies it."""

    iban: str | None = None
    #: proprietary number (``Othr/Id``) when there is no IBAN
    number: str | None = None
    currency: str | None = None
    owner: str | None = None
    #: BIC of the servicing bank
    bic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One balance of a statement; ``code`` is ExternalBalanceType1 (OPBD, CLBD, PRCD, ...)."""

    code: str
    money: Money
    date: date | None = None
    #: SubTp/Cd, e.g. INTM for an intermediate page
    subtype: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The other side of an entry."""

    name: str | None = None
    #: ultimate party when the bank names one
    ultimate_name: str | None = None
    iban: str | None = None
    account_number: str | None = None
    bic: str | None = None
    bank_name: str | None = None
    #: creditor identifier, organisation or private identification
    identifier: str | None = None
    #: address lines, country code last
    address: tuple[str, ...] = ()
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Currency exchange as the bank states it; derive rates from amounts, show this one."""

    source_currency: str | None = None
    target_currency: str | None = None
    unit_currency: str | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Bank charge; ``included`` is True when it is already inside the entry amount."""

    #: negative when it costs the account owner
    money: Money
    included: bool | None = None
    bearer: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """References of one transaction (``Refs``); NOTPROVIDED is translated to ``None``."""

    message_id: str | None = None
    payment_information_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    transaction_id: str | None = None
    mandate_id: str | None = None
    cheque_number: str | None = None
    clearing_reference: str | None = None
    account_servicer_reference: str | None = None
    #: the bank's own references as ``(type, reference)`` (``Prtry/Tp``, ``Prtry/Ref``)
    proprietary: tuple[tuple[str, str], ...] = ()


#: shared by every transaction without references
NO_REFERENCES = References()


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Why a payment came back: ISO external return reason code and text."""

    code: str | None = None
    text: str | None = None


#: sub-families of what came back: returned, rejected, recalled or unpaid (ExternalBankTransactionSubFamily1Code)
RETURNS = frozenset({"RRTN", "RPCR", "UPDD", "PRDD", "RCDD", "UPCQ", "UPCT", "ARET", "CRET"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionCode:
    """Bank transaction code: ISO domain/family/sub-family and/or the bank's own."""

    domain: str | None = None
    family: str | None = None
    subfamily: str | None = None
    proprietary: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One transaction inside an entry (``TxDtls``).

    The booking is :attr:`Entry.money`; the details of an entry need not add up to it
    (charges netted, partial lists), and the difference is never dropped.
    """

    #: signed amount in the currency of the entry when the file tells it, else None; a single
    #: detail that tells none carries the amount of its entry
    money: Money | None = None
    #: amount in the other currency of the transaction (signed), if any
    original: Money | None = None
    #: instructed amount in the currency of the entry where it is not ``money``: the payment
    #: before charges were netted
    instructed: Money | None = None
    exchange: Exchange | None = None
    references: References = NO_REFERENCES
    counterparty: Party | None = None
    #: structured creditor references (SCOR, QRR, BBA ...), as printed without blanks
    structured_references: tuple[str, ...] = ()
    #: referred document numbers (``RfrdDocInf/Nb``)
    document_numbers: tuple[str, ...] = ()
    #: remitted amount of each of them in the same order (``RfrdDocAmt``), negative for a
    #: credit note (``CdtNoteAmt``), None where the file tells none
    document_amounts: tuple[Money | None, ...] = ()
    #: free remittance text (``Ustrd``, then ``AddtlRmtInf``)
    remittance: str | None = None
    additional_information: str | None = None
    transaction_code: TransactionCode | None = None
    purpose: str | None = None
    charges: tuple[Charge, ...] = ()
    return_reason: Return | None = None
    #: account of the account owner as the payer named it, where it is not the account of the
    #: statement: a virtual account
    own_account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Collective booking summary (``NtryDtls/Btch``)."""

    message_id: str | None = None
    payment_information_id: str | None = None
    count: int | None = None
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One booking on the account."""

    #: 1-based position in its statement, for error messages and stable order
    position: int
    money: Money
    #: BOOK, PDNG, INFO or FUTR; only BOOK reaches the ledger
    status: str
    booking_date: date | None = None
    value_date: date | None = None
    entry_reference: str | None = None
    account_servicer_reference: str | None = None
    is_reversal: bool = False
    transaction_code: TransactionCode | None = None
    additional_information: str | None = None
    batch: Batch | None = None
    charges: tuple[Charge, ...] = ()
    #: amount in the other currency (signed): of the entry, else of its only detail
    original: Money | None = None
    exchange: Exchange | None = None
    #: message that holds the details when this file does not (``AddtlInfInd/MsgId``)
    notification_id: str | None = None
    details: tuple[Detail, ...] = ()


#: what a message is for: the booked entries of a period; what happened so far, which the
#: statement of the day will say again; single bookings and details that a statement says as well
STATEMENT = "statement"
INTERIM = "interim"
NOTIFICATION = "notification"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementStart:
    """Header of a statement, yielded before its first entry.

    ``balances`` holds what the file printed before the entries; formats that print the
    closing balance last deliver it with :class:`StatementEnd`.
    """

    #: code of the format that read it, e.g. ``camt.053.001.08``
    format: str
    account: Account
    identification: str | None = None
    electronic_sequence: str | None = None
    legal_sequence: str | None = None
    message_id: str | None = None
    page_number: int | None = None
    is_last_page: bool | None = None
    created_at: datetime | None = None
    from_date: date | None = None
    to_date: date | None = None
    #: CODU, COPY or DUPL
    copy_duplicate: str | None = None
    balances: tuple[Balance, ...] = ()
    #: STATEMENT, INTERIM or NOTIFICATION; only the entries of a STATEMENT reach the ledger
    purpose: str = STATEMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Control figures printed by the bank (``TxsSummry``)."""

    count: int | None = None
    sum: Decimal | None = None
    credit_count: int | None = None
    credit_sum: Decimal | None = None
    debit_count: int | None = None
    debit_sum: Decimal | None = None
    #: signed net of all entries (``TtlNetNtry``)
    net: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEnd:
    """Closes the statement opened by the last :class:`StatementStart`."""

    #: all balances of the statement, those of the header included
    balances: tuple[Balance, ...] = ()
    summary: Summary | None = None
    additional_information: str | None = None
    #: lenient readings the person should know of, e.g. ``("balance_without_sign", "Bal[2]")``
    warnings: tuple[tuple[str, str], ...] = ()


StatementEvent = StatementStart | Entry | StatementEnd


class StatementFormat(Protocol):
    """A way banks write statements. One class, one file (see docs/adding-a-format.md)."""

    #: stable code shown to users and stored, e.g. ``camt.053``
    code: str
    #: name shown to users
    name: str

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether the first bytes (at most 8 KiB) look like this format; never raises."""
        ...

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Stream the statements of a file in bounded memory.

        :raise FormatError: the file is of this format but broken; the error names the place
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person said about a file; nothing where that was not asked."""

    #: ``dmy`` or ``mdy``
    dates: str = ""
    #: the decimal mark
    decimal: str = ""
    #: what tells the direction of an amount: ``signs`` or ``types``
    directions: str = ""


NO_ANSWERS = Answers()


@runtime_checkable
class AskingFormat(StatementFormat, Protocol):
    """A format whose files may not tell all that a reader has to know (raises :class:`Question`)."""

    def told(self, *, name: str = "", received: date | None = None, answers: Answers = NO_ANSWERS) -> StatementFormat:
        """Return a reader that knows more.

        :param name: the name of the file, which may have a day in it
        :param received: day on which the file came
        """
        ...


class FormatError(Exception):
    """The file is of the format, but broken or not acceptable.

    ``code`` is a stable reason (``xml_syntax``, ``amount_invalid``, ``truncated`` ...),
    ``place`` names line and element (``line 812, Stmt[1]/Ntry[14]/Amt``), ``value`` the
    offending text when it is safe and short, ``message`` an English sentence.
    """

    def __init__(self, code: str, message: str, *, place: str = "", value: str = "") -> None:
        super().__init__(f"{message} ({place})" if place else message)
        self.code = code
        self.message = message
        self.place = place
        self.value = value


class Question(FormatError):
    """The file is whole, and nothing in it tells which of several readings is meant: a person can."""

    def __init__(
        self, code: str, message: str, *, place: str, asks: str, readings: tuple[tuple[str, str], ...]
    ) -> None:
        """Say what is asked.

        :param asks: what the format has to be told: the name of a field of :class:`Answers`
        :param readings: possible answers, each with what the first value in doubt is by it
        """
        super().__init__(code, message, place=place)
        self.asks = asks
        self.readings = readings
