"""Canonical values written as camt.053 of any version: the other direction, for round trips.

Shares no code with the reader. What the versions call or place differently is decided here by
the version number, as a bank would.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from odoo.addons.finance_bank_sync.formats.model import (
    Balance,
    Batch,
    Charge,
    Detail,
    Entry,
    Exchange,
    Money,
    Party,
    References,
    Return,
    StatementEnd,
    StatementStart,
    TransactionCode,
)

_REFERENCE_TAGS = (
    ("MsgId", "message_id"),
    ("AcctSvcrRef", "account_servicer_reference"),
    ("PmtInfId", "payment_information_id"),
    ("InstrId", "instruction_id"),
    ("EndToEndId", "end_to_end_id"),
    ("UETR", "uetr"),
    ("TxId", "transaction_id"),
    ("MndtId", "mandate_id"),
    ("ChqNb", "cheque_number"),
    ("ClrSysRef", "clearing_reference"),
)


def tag(name: str, content: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{content}</{name}>" if content or attributes else ""


def leaf(name: str, value: object) -> str:
    return "" if value is None else tag(name, escape(str(value)))


class Writer:
    """Writes one version."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.bic = "BIC" if version == 2 else "BICFI"

    def file(self, statements: Iterable[tuple[StatementStart, list[Entry], StatementEnd]]) -> str:
        body = ""
        message = None
        for start, entries, end in statements:
            message = start.message_id
            body += self.statement(start, entries, end)
        namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{self.version:02d}"
        header = tag("GrpHdr", leaf("MsgId", message) + "<CreDtTm>2025-01-01T00:00:00</CreDtTm>")
        return tag("Document", tag("BkToCstmrStmt", header + body), f" xmlns={quoteattr(namespace)}")

    def statement(self, start: StatementStart, entries: list[Entry], end: StatementEnd) -> str:
        account = start.account
        number = leaf("IBAN", account.iban) or tag("Othr", leaf("Id", account.number))
        return tag(
            "Stmt",
            leaf("Id", start.identification)
            + leaf("ElctrncSeqNb", start.electronic_sequence)
            + tag(
                "Acct",
                tag("Id", number)
                + leaf("Ccy", account.currency)
                + tag("Ownr", leaf("Nm", account.owner))
                + tag("Svcr", tag("FinInstnId", leaf(self.bic, account.bic))),
            )
            + "".join(map(self.balance, end.balances))
            + "".join(map(self.entry, entries))
            + leaf("AddtlStmtInf", end.additional_information),
        )

    def balance(self, balance: Balance) -> str:
        kind = tag("Tp", tag("CdOrPrtry", leaf("Cd", balance.code)))
        return tag(
            "Bal", kind + self.money("Amt", balance.money) + self.sign(balance.money) + self.date("Dt", balance.date)
        )

    def entry(self, entry: Entry) -> str:
        status = leaf("Cd", entry.status) if self.version >= 8 else escape(entry.status)
        details = "".join(self.detail(detail, entry) for detail in entry.details)
        return tag(
            "Ntry",
            leaf("NtryRef", entry.entry_reference)
            + self.money("Amt", entry.money)
            + self.sign(entry.money)
            + ("<RvslInd>true</RvslInd>" if entry.is_reversal else "")
            + tag("Sts", status)
            + self.date("BookgDt", entry.booking_date)
            + self.date("ValDt", entry.value_date)
            + leaf("AcctSvcrRef", entry.account_servicer_reference)
            + self.code(entry.transaction_code)
            + tag("AddtlInfInd", leaf("MsgId", entry.notification_id))
            + self.charges(entry.charges)
            + tag("NtryDtls", self.batch(entry.batch, entry) + details)
            + leaf("AddtlNtryInf", entry.additional_information),
        )

    def batch(self, batch: Batch | None, entry: Entry) -> str:
        if batch is None:
            return ""
        total = (
            ""
            if batch.total is None
            else self.money("TtlAmt", Money(amount=batch.total, currency=entry.money.currency))
        )
        return tag(
            "Btch",
            leaf("MsgId", batch.message_id)
            + leaf("PmtInfId", batch.payment_information_id)
            + leaf("NbOfTxs", batch.count)
            + total,
        )

    def detail(self, detail: Detail, entry: Entry) -> str:
        own = detail.money
        assert own is not None
        tx = tag("TxAmt", self.money("Amt", own)) if self.version == 2 else ""
        instructed = self.money("Amt", detail.original or detail.instructed) + self.exchange(detail.exchange)
        return (
            "<TxDtls>"
            + (
                self.references(detail.references)
                + ("" if self.version == 2 else self.money("Amt", own) + self.sign(own))
                + tag("AmtDtls", tag("InstdAmt", instructed) + tx)
                + self.code(detail.transaction_code)
                + self.charges(detail.charges)
                + self.party(detail.counterparty, debit=own.amount < 0 if own.amount else entry.money.amount < 0)
                + tag("Purp", leaf("Cd", detail.purpose))
                + self.remittance(detail)
                + self.returned(detail.return_reason)
                + leaf("AddtlTxInf", detail.additional_information)
            )
            + "</TxDtls>"
        )

    def references(self, references: References) -> str:
        known = "".join(leaf(name, getattr(references, field)) for name, field in _REFERENCE_TAGS)
        own = "".join(tag("Prtry", leaf("Tp", kind) + leaf("Ref", text)) for kind, text in references.proprietary)
        return tag("Refs", known + own)

    def party(self, party: Party | None, *, debit: bool) -> str:
        if party is None:
            return ""
        side = "Cdtr" if debit else "Dbtr"
        address = "".join(leaf("AdrLine", line) for line in party.address if line != party.country)
        inner = (
            leaf("Nm", party.name)
            + tag("PstlAdr", leaf("Ctry", party.country) + address)
            + tag("Id", tag("OrgId", tag("Othr", leaf("Id", party.identifier))))
        )
        ultimate = leaf("Nm", party.ultimate_name)
        if self.version >= 7:
            inner, ultimate = tag("Pty", inner), tag("Pty", ultimate)
        number = leaf("IBAN", party.iban) + tag("Othr", leaf("Id", party.account_number))
        bank = leaf(self.bic, party.bic) + leaf("Nm", party.bank_name)
        return tag(
            "RltdPties",
            tag(side, inner) + tag(f"{side}Acct", tag("Id", number)) + tag(f"Ultmt{side}", ultimate),
        ) + tag("RltdAgts", tag(f"{side}Agt", tag("FinInstnId", bank)))

    def remittance(self, detail: Detail) -> str:
        references = "".join(
            tag("Strd", tag("CdtrRefInf", leaf("Ref", reference))) for reference in detail.structured_references
        )
        documents = "".join(
            tag(
                "Strd",
                tag("RfrdDocInf", leaf("Nb", number))
                + tag("RfrdDocAmt", self.money("CdtNoteAmt" if amount and amount.amount < 0 else "RmtdAmt", amount)),
            )
            for number, amount in zip(detail.document_numbers, detail.document_amounts, strict=True)
        )
        return tag("RmtInf", leaf("Ustrd", detail.remittance) + references + documents)

    def returned(self, reason: Return | None) -> str:
        if reason is None:
            return ""
        return f"<RtrInf>{tag('Rsn', leaf('Cd', reason.code))}{leaf('AddtlInf', reason.text)}</RtrInf>"

    def code(self, code: TransactionCode | None) -> str:
        if code is None:
            return "<BkTxCd/>"
        family = tag("Fmly", leaf("Cd", code.family) + leaf("SubFmlyCd", code.subfamily))
        return tag(
            "BkTxCd",
            tag("Domn", leaf("Cd", code.domain) + family)
            + tag("Prtry", leaf("Cd", code.proprietary) + leaf("Issr", code.issuer)),
        )

    def charges(self, charges: tuple[Charge, ...]) -> str:
        if not charges:
            return ""
        written = [
            self.money("Amt", charge.money)
            + self.sign(charge.money)
            + ("" if charge.included is None else leaf("ChrgInclInd", str(charge.included).lower()))
            + tag("Tp", leaf("Cd", charge.code))
            + leaf("Br", charge.bearer)
            for charge in charges
        ]
        if self.version == 2:
            return "".join(tag("Chrgs", content) for content in written)
        return tag("Chrgs", "".join(tag("Rcrd", content) for content in written))

    def exchange(self, exchange: Exchange | None) -> str:
        if exchange is None:
            return ""
        return tag(
            "CcyXchg",
            leaf("SrcCcy", exchange.source_currency)
            + leaf("TrgtCcy", exchange.target_currency)
            + leaf("UnitCcy", exchange.unit_currency)
            + leaf("XchgRate", None if exchange.rate is None else format(exchange.rate, "f")),
        )

    def money(self, name: str, money: Money | None) -> str:
        if money is None:
            return ""
        return tag(name, format(abs(money.amount), "f"), f" Ccy={quoteattr(money.currency)}")

    def sign(self, money: Money) -> str:
        return leaf("CdtDbtInd", "DBIT" if money.amount < 0 else "CRDT")

    def date(self, name: str, value: date | None) -> str:
        return "" if value is None else tag(name, leaf("Dt", value.isoformat()))


def signed_sum(entries: Iterable[Entry]) -> Decimal:
    """The sum a reader must reach."""
    return sum((entry.money.amount for entry in entries if entry.status == "BOOK"), Decimal(0))
