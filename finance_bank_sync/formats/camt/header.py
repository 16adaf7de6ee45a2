"""What stands around the entries: account, period, pages, balances, control sums.

specs/camt.md sections 2 and 3. The element names are those of camt.053; camt.052 and
camt.054 differ in the names that a reader of theirs passes in.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from ..model import Account, Balance, StatementStart, Summary
from .party import account_identification, institution
from .values import (
    LOCAL,
    Broken,
    Element,
    Warnings,
    boolean,
    calendar_date,
    children,
    date_of,
    date_time,
    descend,
    integer,
    is_debit,
    money,
    number,
    reference,
    text_at,
    text_of,
)

_ACCOUNT = frozenset({"Id", "Ccy", "Ownr", "Svcr"})
_BALANCE = frozenset({"Tp", "Amt", "CdtDbtInd", "Dt"})
#: codes of BAI, which banks of North America write as codes of their own
_OF_BAI = {"010": "OPBD", "015": "CLBD", "040": "OPAV", "045": "CLAV", "060": "ITAV"}
_SUMMARY = frozenset({"TtlNtries", "TtlCdtNtries", "TtlDbtNtries"})


def read_account(element: Element | None) -> Account:
    """Read ``Acct``. From version 09 a proxy may stand alone."""
    if element is None:
        return Account()
    found = children(element, _ACCOUNT)
    iban, number_ = account_identification(element)
    bic, _name = institution(found.get("Svcr"))
    owner = descend(found.get("Ownr"), "Pty")  # some banks wrap the owner as they wrap parties
    return Account(
        iban=iban,
        number=number_,
        currency=_capitals(text_of(found.get("Ccy"))),
        owner=text_at(owner if owner is not None else found.get("Ownr"), "Nm"),
        bic=bic,
    )


def read_balance(element: Element, currency: str | None, warnings: Warnings) -> Balance:
    """Read one ``Bal``. Without ``CdtDbtInd``, as one producer writes it, it is a credit.

    :param currency: what ``Acct/Ccy`` tells; the one of an amount that tells none
    """
    found = children(element, _BALANCE)
    kind = found.get("Tp")
    wrapped = descend(kind, "CdOrPrtry")
    code = _capitals(text_at(wrapped, "Cd") or text_at(kind, "Cd"))
    if not code and (own := text_at(wrapped, "Prtry")):
        code = _OF_BAI.get(own, own)
    if not code:
        raise Broken("balance_type_missing", "The balance has no type", element, name="Tp")
    amount = found.get("Amt")
    if amount is None:
        raise Broken("amount_missing", "The balance has no amount", element, name="Amt")
    sign = found.get("CdtDbtInd")
    if sign is None:
        warnings.add("balance_without_sign", element)
    if currency and not amount.get("Ccy"):
        warnings.add("amount_without_currency", amount)
    return Balance(
        code=code,
        money=money(amount, sign is not None and is_debit(sign), currency),
        date=calendar_date(found.get("Dt")),
        subtype=text_at(kind, "SubTp", "Cd") or text_at(kind, "SubTp", "Prtry"),
    )


def read_summary(element: Element) -> Summary:
    """Read ``TxsSummry``."""
    found = children(element, _SUMMARY)
    total, credit, debit = (found.get(name) for name in ("TtlNtries", "TtlCdtNtries", "TtlDbtNtries"))
    return Summary(
        count=integer(descend(total, "NbOfNtries")),
        sum=_number_at(total, "Sum"),
        credit_count=integer(descend(credit, "NbOfNtries")),
        credit_sum=_number_at(credit, "Sum"),
        debit_count=integer(descend(debit, "NbOfNtries")),
        debit_sum=_number_at(debit, "Sum"),
        net=None if total is None else _net(total),
    )


def _capitals(code: str | None) -> str | None:
    return code.upper() if code else None


def _number_at(element: Element | None, name: str) -> Decimal | None:
    found = descend(element, name)
    return None if found is None or text_of(found) is None else number(found, signed=True)


def _net(total: Element) -> Decimal | None:
    """Read the signed net: side by side in version 02, ``TtlNetNtry`` from 03."""
    wrapped = descend(total, "TtlNetNtry")
    amount = descend(wrapped, "Amt") if wrapped is not None else descend(total, "TtlNetNtryAmt")
    sign = descend(wrapped if wrapped is not None else total, "CdtDbtInd")
    if amount is None or sign is None or text_of(amount) is None or text_of(sign) is None:
        return None
    value = number(amount, signed=True)
    return value.copy_negate() if is_debit(sign) and value else value


def read_page(element: Element | None) -> tuple[int | None, bool | None]:
    """Read ``StmtPgntn`` or ``MsgPgntn``."""
    return integer(descend(element, "PgNb"), 5), boolean(descend(element, "LastPgInd"))


class GroupHeader:
    """``GrpHdr``: identification and pages of the message."""

    def __init__(self, element: Element | None = None) -> None:
        self.message_id = reference(text_at(element, "MsgId"))
        self.page_number, self.is_last_page = read_page(descend(element, "MsgPgntn"))


class StatementHeader:
    """The children of a statement up to its first entry; all of them when it has none."""

    def __init__(self, statement: Element, pagination: str, warnings: Warnings) -> None:
        self.balances: list[Balance] = []
        self.summary: Summary | None = None
        self._statement = statement
        self._pagination = pagination
        self._warnings = warnings
        #: what ``Acct/Ccy`` tells
        self.currency: str | None = None
        self._leaves: dict[str, Element] = {}
        self._first_entry: Element | None = None
        once = {"Id", "Acct", "CreDtTm", "FrToDt", pagination}
        for child in statement:
            name = LOCAL[child.tag]
            if name == "Ntry":
                self._first_entry = child
                break
            if name in once and name in self._leaves:
                raise Broken("element_repeated", f"{name} stands there twice", statement, name=name)
            self._leaves[name] = child
            if name == "Acct":
                self.currency = _capitals(text_at(child, "Ccy"))
            self.read_control(name, child)

    def read_control(self, name: str, element: Element) -> None:
        """Take a balance or the control sums, which may also follow the entries."""
        if name == "Bal":
            self.balances.append(read_balance(element, self.currency, self._warnings))
        elif name == "TxsSummry":
            self.summary = read_summary(element)

    def start(self, format_code: str, group: GroupHeader) -> StatementStart:
        """Make the value that opens the statement."""
        get = self._leaves.get
        page, last = read_page(get(self._pagination))
        if page is None:
            page, last = group.page_number, group.is_last_page
        period = get("FrToDt")
        return StatementStart(
            format=format_code,
            account=self._account(),
            identification=text_of(get("Id")),
            electronic_sequence=text_of(get("ElctrncSeqNb")),
            legal_sequence=text_of(get("LglSeqNb")),
            message_id=group.message_id,
            page_number=page,
            is_last_page=last,
            created_at=self._created_at(get("CreDtTm")),
            from_date=_period_date(period, "FrDtTm", "FrDt"),
            to_date=_period_date(period, "ToDtTm", "ToDt"),
            copy_duplicate=text_of(get("CpyDplctInd")),
            balances=tuple(self.balances),
        )

    def account_missing(self) -> Broken:
        """Return the fault that the statement names no account."""
        element = self._leaves.get("Acct")
        where, name = (self._statement, "Acct") if element is None else (element, "Id")
        return Broken("account_missing", "The statement names no account", where, name=name)

    def _created_at(self, element: Element | None) -> datetime | None:
        """Read ``CreDtTm``: nothing depends on it, so a bank's misspelling refuses no statement."""
        try:
            return date_time(element)
        except Broken as error:
            self._warnings.add("created_at_invalid", error.element)
            return None

    def _account(self) -> Account:
        """Complete the account's optional currency from the balances, else from the first entry."""
        account = read_account(self._leaves.get("Acct"))
        if account.currency:
            return account
        if self.balances:
            return replace(account, currency=self.balances[0].money.currency)
        amount = descend(self._first_entry, "Amt")
        return account if amount is None else replace(account, currency=_capitals(amount.get("Ccy")))


def _period_date(period: Element | None, *names: str) -> date | None:
    for name in names:
        element = descend(period, name)
        if element is not None:
            return date_of(element)
    return None
