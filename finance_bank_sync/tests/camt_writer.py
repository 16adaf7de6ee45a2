"""Writes camt.053 for tests, from invented bookings.

On purpose independent of the reader and of the sandbox: a specification that was misread
shows when the two do not agree.

    Statement(account=IBAN, opening="100.00", bookings=[Booking("25.00", text="INV/2026/00001")])
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

DAY = date(2026, 3, 2)


@dataclass(frozen=True, kw_only=True)
class Tx:
    """One transaction inside a booking (TxDtls)."""

    amount: str | None = None
    currency: str | None = None
    text: str = ""
    structured: str = ""
    documents: tuple[str, ...] = ()
    end_to_end: str = ""
    #: of the bank, for this payment
    reference: str = ""
    name: str = ""
    iban: str = ""
    number: str = ""
    #: (currency, amount) of the other currency
    original: tuple[str, str] | None = None
    return_code: str = ""
    return_text: str = ""
    #: amount of a charge
    charge: str = ""
    info: str = ""


@dataclass(frozen=True)
class Booking:
    """One entry (Ntry); the sign of the amount decides credit or debit.

    Without ``details`` the keywords of :class:`Tx` describe its only transaction.
    """

    amount: str
    day: date | None = None
    value_day: date | None = None
    reference: str = ""
    status: str = "BOOK"
    currency: str | None = None
    reversal: bool = False
    code: str = "PMNT-RCDT-ESCT"
    info: str = ""
    batch_count: int = 0
    details: tuple[Tx, ...] = ()
    text: str = ""
    structured: str = ""
    documents: tuple[str, ...] = ()
    end_to_end: str = ""
    name: str = ""
    iban: str = ""
    original: tuple[str, str] | None = None
    return_code: str = ""
    return_text: str = ""
    charge: str = ""

    @property
    def transactions(self) -> tuple[Tx, ...]:
        if self.details:
            return self.details
        names = ("text", "structured", "documents", "end_to_end", "name", "iban", "original", "return_code",
                 "return_text", "charge")  # fmt: skip
        return (Tx(**{name: getattr(self, name) for name in names}),)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One account statement (Stmt).

    :param opening: None leaves the balances out
    :param closing: what the bank prints; None computes it from opening and booked entries
    """

    account: str
    bookings: tuple[Booking, ...] = ()
    opening: str | None = "0.00"
    closing: str | None = None
    day: date = DAY
    to_day: date | None = None
    identification: str = ""
    sequence: str = ""
    currency: str = "EUR"
    page: int | None = None
    is_last_page: bool = True
    is_iban: bool | None = None
    owner: str = "Example Company"

    @property
    def last_day(self) -> date:
        return self.to_day or self.day

    def closing_balance(self) -> str | None:
        if self.closing is not None or self.opening is None:
            return self.closing
        booked = (Decimal(booking.amount) for booking in self.bookings if booking.status == "BOOK")
        return str(sum(booked, Decimal(self.opening)))

    def with_bookings(self, *bookings: Booking) -> Statement:
        return replace(self, bookings=(*self.bookings, *bookings))


def days(
    account: str, opening: str, bookings: Sequence[Sequence[Booking]], *, first: date = DAY, **kwargs
) -> list[Statement]:
    """One statement a day, each opening with what the one before closed with."""
    statements = []
    balance = opening
    for number, of_day in enumerate(bookings):
        day = first + timedelta(days=number)
        statement = Statement(
            account=account,
            opening=balance,
            bookings=tuple(of_day),
            day=day,
            identification=f"{account[-6:]}-{day.isoformat()}",
            **kwargs,
        )
        statements.append(statement)
        balance = statement.closing_balance()
    return statements


def camt053(*statements: Statement, version: str = "08", message_id: str = "TEST-1") -> bytes:
    """Write a whole file."""
    body = "".join(_Writer(version).statement(number, one) for number, one in enumerate(statements, 1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{escape(message_id)}</MsgId><CreDtTm>2026-03-31T06:00:00</CreDtTm></GrpHdr>"
        f"{body}</BkToCstmrStmt></Document>\n"
    ).encode()


def zipped(files: dict[str, bytes] | Iterable[tuple[str, bytes]]) -> bytes:
    """Pack files the way portals do."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in dict(files).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _tag(name: str, text: object = "", **attributes: str) -> str:
    pairs = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{pairs}>{escape(str(text))}</{name}>"


def _amount(text: str, currency: str, tag: str = "Amt") -> str:
    return _tag(tag, text.lstrip("-"), Ccy=currency)


def _sign(text: str) -> str:
    return _tag("CdtDbtInd", "DBIT" if text.startswith("-") else "CRDT")


class _Writer:
    def __init__(self, version: str) -> None:
        self.version = int(version)

    def statement(self, number: int, statement: Statement) -> str:
        pages = ""
        if statement.page is not None:
            last = "true" if statement.is_last_page else "false"
            pages = f"<StmtPgntn>{_tag('PgNb', statement.page)}{_tag('LastPgInd', last)}</StmtPgntn>"
        return (
            "<Stmt>"
            + _tag("Id", statement.identification or f"STMT-{number}-{statement.last_day}")
            + pages
            + (_tag("ElctrncSeqNb", statement.sequence) if statement.sequence else "")
            + _tag("CreDtTm", f"{statement.last_day}T23:00:00")
            + "<FrToDt>"
            + _tag("FrDtTm", f"{statement.day}T00:00:00")
            + _tag("ToDtTm", f"{statement.last_day}T23:59:59")
            + "</FrToDt>"
            + self.account(statement)
            + self.balances(statement)
            + "".join(self.entry(booking, statement) for booking in statement.bookings)
            + "</Stmt>"
        )

    def account(self, statement: Statement) -> str:
        is_iban = statement.account[:2].isalpha() if statement.is_iban is None else statement.is_iban
        identification = _tag("IBAN", statement.account) if is_iban else f"<Othr>{_tag('Id', statement.account)}</Othr>"
        bic = _tag("BIC" if self.version < 3 else "BICFI", "TESTDEFFXXX")
        return (
            f"<Acct><Id>{identification}</Id>{_tag('Ccy', statement.currency)}"
            f"<Ownr>{_tag('Nm', statement.owner)}</Ownr><Svcr><FinInstnId>{bic}</FinInstnId></Svcr></Acct>"
        )

    def balances(self, statement: Statement) -> str:
        found = [("OPBD", statement.opening, statement.day), ("CLBD", statement.closing_balance(), statement.last_day)]
        return "".join(
            f"<Bal><Tp><CdOrPrtry>{_tag('Cd', code)}</CdOrPrtry></Tp>{_amount(text, statement.currency)}{_sign(text)}"
            f"<Dt>{_tag('Dt', day)}</Dt></Bal>"
            for code, text, day in found
            if text is not None
        )

    def entry(self, booking: Booking, statement: Statement) -> str:
        currency = booking.currency or statement.currency
        day = booking.day or statement.day
        status = _tag("Sts", booking.status) if self.version < 7 else f"<Sts>{_tag('Cd', booking.status)}</Sts>"
        domain, family, subfamily = booking.code.split("-")
        batch = f"<Btch>{_tag('NbOfTxs', booking.batch_count)}</Btch>" if booking.batch_count else ""
        if booking.batch_count and not booking.details:
            details = ""
        else:
            details = "".join(self.transaction(tx, booking, currency) for tx in booking.transactions)
        return (
            "<Ntry>"
            + _amount(booking.amount, currency)
            + _sign(booking.amount)
            + (_tag("RvslInd", "true") if booking.reversal else "")
            + status
            + f"<BookgDt>{_tag('Dt', day)}</BookgDt><ValDt>{_tag('Dt', booking.value_day or day)}</ValDt>"
            + (_tag("AcctSvcrRef", booking.reference) if booking.reference else "")
            + f"<BkTxCd><Domn>{_tag('Cd', domain)}<Fmly>{_tag('Cd', family)}"
            + f"{_tag('SubFmlyCd', subfamily)}</Fmly></Domn></BkTxCd>"
            + f"<NtryDtls>{batch}{details}</NtryDtls>"
            + (_tag("AddtlNtryInf", booking.info) if booking.info else "")
            + "</Ntry>"
        )

    def transaction(self, tx: Tx, booking: Booking, currency: str) -> str:
        amount = tx.amount or booking.amount
        debit = amount.startswith("-")
        amounts = f"<TxAmt>{_amount(amount, tx.currency or currency)}</TxAmt>"
        if tx.original:
            amounts = f"<InstdAmt>{_amount(tx.original[1], tx.original[0])}</InstdAmt>" + amounts
        own = _amount(amount, tx.currency or currency) + _sign(amount) if self.version >= 3 else ""
        charge = ""
        if tx.charge:
            inner = _amount(tx.charge, currency) + _tag("CdtDbtInd", "DBIT")
            charge = f"<Chrgs><Rcrd>{inner}</Rcrd></Chrgs>" if self.version >= 3 else f"<Chrgs>{inner}</Chrgs>"
        references = (
            _tag("AcctSvcrRef", tx.reference) if tx.reference else "",
            _tag("EndToEndId", tx.end_to_end) if tx.end_to_end else "",
        )
        return (
            "<TxDtls>"
            + (f"<Refs>{''.join(references)}</Refs>" if any(references) else "")
            + own
            + f"<AmtDtls>{amounts}</AmtDtls>"
            + charge
            + self.parties(tx, debit)
            + self.remittance(tx)
            + self.returned(tx)
            + (_tag("AddtlTxInf", tx.info) if tx.info else "")
            + "</TxDtls>"
        )

    def parties(self, tx: Tx, debit: bool) -> str:
        if not (tx.name or tx.iban or tx.number):
            return ""
        role = "Cdtr" if debit else "Dbtr"
        name = _tag("Nm", tx.name) if tx.name else ""
        party = f"<{role}><Pty>{name}</Pty></{role}>" if self.version >= 7 else f"<{role}>{name}</{role}>"
        identification = _tag("IBAN", tx.iban) if tx.iban else f"<Othr>{_tag('Id', tx.number)}</Othr>"
        account = f"<{role}Acct><Id>{identification}</Id></{role}Acct>" if tx.iban or tx.number else ""
        return f"<RltdPties>{party if name else ''}{account}</RltdPties>"

    def remittance(self, tx: Tx) -> str:
        free = _tag("Ustrd", tx.text) if tx.text else ""
        structured = "".join(f"<RfrdDocInf>{_tag('Nb', number)}</RfrdDocInf>" for number in tx.documents)
        if tx.structured:
            structured += (
                "<CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
                + _tag("Ref", tx.structured)
                + "</CdtrRefInf>"
            )
        strd = f"<Strd>{structured}</Strd>" if structured else ""
        return f"<RmtInf>{free}{strd}</RmtInf>" if free or strd else ""

    def returned(self, tx: Tx) -> str:
        if not tx.return_code:
            return ""
        text = _tag("AddtlInf", tx.return_text) if tx.return_text else ""
        return f"<RtrInf><Rsn>{_tag('Cd', tx.return_code)}</Rsn>{text}</RtrInf>"
