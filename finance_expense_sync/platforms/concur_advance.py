"""Documents of the type ``cashadvance`` of SAP Concur's Financial Integration Service v4: money that an employee is
given before anything is spent. Field names as in the examples 5.1.1 and 5.2.2 of the documentation.
"""

from __future__ import annotations

from decimal import Decimal

from odoo.addons.finance_connector_base.engine.errors import MalformedError

from ..canonical import ExpenseLine, ExpenseReport, Money, Person
from .reading import Node, make

#: type of the documents in the queue, and how their external ids begin: reports and advances are apart
KIND = "cashadvance"
PREFIX = f"{KIND}:"
#: it was issued; what is used of it and given back comes with the reports
_ISSUED = 1
#: category of its line, which leads to no account
CATEGORY = "CASHADVANCE"


def identity(document: Node) -> str | None:
    """:return: external id of an advance, None of everything else"""
    data = document.node("cashAdvanceData")
    return PREFIX + data.needed("cashAdvanceId") if data else None


def read(outer: Node, document: Node) -> ExpenseReport:
    """Read what was issued as a report of one line.

    :raise MalformedError: naming the place
    """
    data, employee = document.node("cashAdvanceData"), document.node("employeeData")
    if data is None or employee is None:
        raise MalformedError("document: cashAdvanceData or employeeData is missing")
    if (data.number("transactionType") or _ISSUED) != _ISSUED:
        raise MalformedError("document.cashAdvanceData.transactionType is not that of an advance that is issued")
    currency = data.text("employeeCurrencyAlphaCode") or data.needed("currencyAlphaCode")
    requested, asked_in = data.amount("requestAmount"), data.needed("currencyAlphaCode")
    given = [
        node.amount("amount") or Decimal(0)
        for node in document.nodes("journalData")
        if node.text("payee") == "EMPL" and (node.text("debitOrCredit") or "DR") == "DR"
    ]
    amount = sum(given, Decimal(0)) if given else requested if asked_in == currency else None
    if not amount or amount < 0:
        raise MalformedError("document: there is no amount in the currency of the employee")
    issued = data.moment("issuedDate") or data.moment("requestDate")
    if issued is None:
        raise MalformedError("document.cashAdvanceData.issuedDate is missing")
    names = filter(None, (employee.text("employeeFirstName"), employee.text("employeeLastName")))
    line = make(
        ExpenseLine,
        "document.cashAdvanceData",
        external_id="advance",
        date=issued.date(),
        category=CATEGORY,
        kind="advance",
        description=data.text("purpose", most=2000) or data.text("name", most=200),
        country=data.text("countryCode"),
        amount=amount,
        spent=Money(amount=requested, currency=asked_in) if requested and asked_in != currency else None,
        payment="company_card" if data.text("cardTransactionID") else "own",
        payment_code=data.text("paymentMethod"),
        card_transaction=data.text("cardTransactionID"),
    )
    return make(
        ExpenseReport,
        "document",
        external_id=PREFIX + data.needed("cashAdvanceId"),
        handle=outer.text("id"),
        number=data.needed("cashAdvanceId")[:12],
        name=data.text("name", most=500),
        employee=make(
            Person,
            "document.employeeData",
            external_id=employee.needed("employeeId"),
            name=" ".join(names)[:200] or None,
        ),
        state="approved",
        is_test=data.yes("isTest") or False,
        submitted=data.moment("requestDate"),
        approved=issued,
        currency=currency,
        total=amount,
        is_reimbursed=data.yes("expensePayIndicator") or False,
        lines=(line,),
    )
