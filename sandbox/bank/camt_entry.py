"""The entries of a camt statement as elements, ``Ntry`` and below (camt spec sections 4 to 7).

Elements carry no namespace of their own: they are written inside the ``Document`` that declares it.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from lxml import etree

from sandbox.bank.camt_version import Dialect
from sandbox.bank.model import (
    Account,
    BankCode,
    Booking,
    Charge,
    Party,
    ReturnReason,
    Structured,
    Transaction,
)

Element = etree._Element  # the type lxml gives its elements; it has no public name


def add(parent: Element, path: str, text: str | None = None, **attributes: str) -> Element:
    """Append the elements of a path (``Dt/Dt``), the last one with the text, and return the last one."""
    for tag in path.split("/"):
        parent = etree.SubElement(parent, tag)
    if text is not None:
        parent.text = text
    for name, value in attributes.items():
        parent.set(name, value)
    return parent


def maybe(parent: Element, path: str, text: str | None) -> None:
    """Append a path if there is something to say."""
    if text is not None:
        add(parent, path, text)


def plain(amount: Decimal) -> str:
    """An unsigned decimal without exponent."""
    return f"{abs(amount):f}"


def direction(amount: Decimal) -> str:
    """The sign of an amount as the format writes it."""
    return "DBIT" if amount < 0 else "CRDT"


def add_amount(parent: Element, path: str, amount: Decimal, currency: str) -> None:
    """Append an amount with its currency."""
    add(parent, path, plain(amount), Ccy=currency)


def entry(booking: Booking, account: Account, dialect: Dialect) -> Element:
    """The ``Ntry`` of a booking."""
    node = etree.Element("Ntry")
    add_amount(node, "Amt", booking.amount, account.currency)
    add(node, "CdtDbtInd", direction(booking.amount))
    if booking.is_reversal:
        add(node, "RvslInd", "true")
    add(node, "Sts/Cd" if dialect.status_choice else "Sts", "BOOK")
    add(node, "BookgDt/Dt", booking.booking_date.isoformat())
    add(node, "ValDt/Dt", booking.value_date.isoformat())
    maybe(node, "AcctSvcrRef", booking.reference or None)
    _code(node, booking.code)
    _charges(node, booking.charges, account.currency, dialect)
    if booking.transactions or booking.batch:
        _details(node, booking, account, dialect)
    maybe(node, "AddtlNtryInf", booking.additional_information)
    return node


def _details(node: Element, booking: Booking, account: Account, dialect: Dialect) -> None:
    details = add(node, "NtryDtls")
    if booking.batch:
        batch = add(details, "Btch")
        maybe(batch, "MsgId", booking.batch.message_id)
        maybe(batch, "PmtInfId", booking.batch.payment_information_id)
        add(batch, "NbOfTxs", str(len(booking.transactions)))
        total = sum((item.amount for item in booking.transactions), Decimal(0))
        add_amount(batch, "TtlAmt", total, account.currency)
        add(batch, "CdtDbtInd", direction(total))
    for transaction in booking.transactions:
        _transaction(add(details, "TxDtls"), transaction, booking, account, dialect)


def _transaction(node: Element, item: Transaction, booking: Booking, account: Account, dialect: Dialect) -> None:
    _references(node, item, booking, dialect)
    if dialect.detail_amount:
        add_amount(node, "Amt", item.amount, account.currency)
        add(node, "CdtDbtInd", direction(item.amount))
    if item.original or not dialect.detail_amount:
        _amount_details(node, item, account)
    _charges(node, item.charges, account.currency, dialect)
    _parties(node, item, booking, account, dialect)
    maybe(node, "Purp/Cd", item.purpose)
    if item.text or item.structured:
        _remittance(add(node, "RmtInf"), item, dialect)
    if item.return_reason:
        _return(node, item.return_reason)
    maybe(node, "AddtlTxInf", item.additional_information)


def _references(node: Element, item: Transaction, booking: Booking, dialect: Dialect) -> None:
    refs = add(node, "Refs")
    maybe(refs, "MsgId", item.message_id)
    maybe(refs, "AcctSvcrRef", booking.reference or None)
    maybe(refs, "PmtInfId", item.payment_information_id)
    maybe(refs, "InstrId", item.instruction_id)
    add(refs, "EndToEndId", item.end_to_end_id or "NOTPROVIDED")
    if dialect.uetr:
        maybe(refs, "UETR", item.uetr)
    maybe(refs, "TxId", item.transaction_id)
    maybe(refs, "MndtId", item.mandate_id)


def _amount_details(node: Element, item: Transaction, account: Account) -> None:
    """v02 has its only detail amount here; an exchange shows the instructed amount, the rate and the counter value."""
    details = add(node, "AmtDtls")
    if item.original is None:
        add_amount(details, "TxAmt/Amt", item.amount, account.currency)
        return
    original = item.original
    add_amount(details, "InstdAmt/Amt", original.amount, original.currency)
    add_amount(details, "TxAmt/Amt", original.amount, original.currency)
    value = add(details, "CntrValAmt")
    add_amount(value, "Amt", item.amount, account.currency)
    exchange = add(value, "CcyXchg")
    add(exchange, "SrcCcy", original.currency)
    add(exchange, "TrgtCcy", account.currency)
    add(exchange, "UnitCcy", original.unit)
    add(exchange, "XchgRate", plain(original.rate))


def _charges(node: Element, charges: Iterable[Charge], currency: str, dialect: Dialect) -> None:
    items = tuple(charges)
    if not items:
        return
    if not dialect.charge_records:
        for charge in items:
            record = add(node, "Chrgs")
            _charge(record, charge, currency, dialect)
        return
    parent = add(node, "Chrgs")
    add_amount(parent, "TtlChrgsAndTaxAmt", sum((charge.amount for charge in items), Decimal(0)), currency)
    for charge in items:
        _charge(add(parent, "Rcrd"), charge, currency, dialect)


def _charge(record: Element, charge: Charge, currency: str, dialect: Dialect) -> None:
    add_amount(record, "Amt", charge.amount, currency)
    add(record, "CdtDbtInd", "DBIT")
    if dialect.charge_included:
        add(record, "ChrgInclInd", "true" if charge.included else "false")
    if dialect.charge_records:
        maybe(record, "Tp/Cd", charge.code)
    maybe(record, "Br", charge.bearer)


def _code(node: Element, code: BankCode) -> None:
    parent = add(node, "BkTxCd")
    domain = add(parent, "Domn")
    add(domain, "Cd", code.domain)
    family = add(domain, "Fmly")
    add(family, "Cd", code.family)
    add(family, "SubFmlyCd", code.subfamily)
    if code.proprietary:
        proprietary = add(parent, "Prtry")
        add(proprietary, "Cd", code.proprietary)
        maybe(proprietary, "Issr", code.issuer)


def _parties(node: Element, item: Transaction, booking: Booking, account: Account, dialect: Dialect) -> None:
    """Debtor and creditor. A reversal keeps the roles of the payment it reverses (camt spec section 5)."""
    other = item.counterparty
    if other is None:
        return
    we_receive = (item.amount >= 0) != booking.is_reversal
    own = Party(name=account.owner, iban=account.iban)
    debtor, creditor = (other, own) if we_receive else (own, other)
    parties = add(node, "RltdPties")
    for role, party in (("Dbtr", debtor), ("Cdtr", creditor)):
        if party.name or party.identifier or party.country:
            _party(add(parties, role), party, dialect)
        maybe(parties, f"{role}Acct/Id/IBAN", party.iban)
        if party.ultimate_name:
            ultimate = add(parties, f"Ultmt{role}")
            add(ultimate, "Pty/Nm" if dialect.party_wrapper else "Nm", party.ultimate_name)
    if other.bic:
        agent = "DbtrAgt" if we_receive else "CdtrAgt"
        add(node, f"RltdAgts/{agent}/FinInstnId/{dialect.bic_tag}", other.bic)


def _party(node: Element, party: Party, dialect: Dialect) -> None:
    if dialect.party_wrapper:
        node = add(node, "Pty")
    maybe(node, "Nm", party.name)
    if party.country or party.address:
        address = add(node, "PstlAdr")
        maybe(address, "Ctry", party.country)
        for line in party.address:
            add(address, "AdrLine", line)
    if party.identifier:
        other = add(node, "Id/PrvtId/Othr")
        add(other, "Id", party.identifier)
        add(other, "SchmeNm/Prtry", "SEPA")


def _remittance(node: Element, item: Transaction, dialect: Dialect) -> None:
    for line in item.text:
        add(node, "Ustrd", line)
    for structured in item.structured:
        _structured(add(node, "Strd"), structured, dialect)


def _structured(node: Element, item: Structured, dialect: Dialect) -> None:
    if item.document:
        document = add(node, "RfrdDocInf")
        add(document, "Tp/CdOrPrtry/Cd", "CINV")
        add(document, "Nb", item.document)
        if item.document_date and dialect.typed_remittance_amount:
            dated = add(document, "RltdDt")
            add(dated, "Tp/Cd", "ISSU")
            add(dated, "Dt", item.document_date.isoformat())
        elif item.document_date:
            add(document, "RltdDt", item.document_date.isoformat())
    if item.document_amount is not None and item.document_currency:
        parent = add(node, "RfrdDocAmt")
        if dialect.typed_remittance_amount:
            parent = add(parent, "RmtAmtAndTp")
            add(parent, "Tp/Cd", "REMI")
            add_amount(parent, "Amt", item.document_amount, item.document_currency)
        else:
            add_amount(parent, "RmtdAmt", item.document_amount, item.document_currency)
    if item.reference:
        reference = add(node, "CdtrRefInf")
        if item.kind:
            add(reference, "Tp/CdOrPrtry/Cd" if item.kind == "SCOR" else "Tp/CdOrPrtry/Prtry", item.kind)
        add(reference, "Ref", item.reference)


def _return(node: Element, reason: ReturnReason) -> None:
    parent = add(node, "RtrInf")
    add(parent, "Rsn/Cd", reason.code)
    maybe(parent, "AddtlInf", reason.text)
