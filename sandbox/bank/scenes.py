"""What happens on the account: one function per kind of event, wired in :data:`SCENES`.

A scene takes invoices from the stage and books on it, and says what a careful reader of the statement concludes. With
too few invoices it books nothing and is listed as not played.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from sandbox.bank import identifiers
from sandbox.bank.demand import Invoice
from sandbox.bank.model import Batch, Charge, Original, ReturnReason, Structured, Transaction, quantum
from sandbox.bank.stage import PERSON, Pays, Stage


def _full(invoice: Invoice) -> Pays:
    return Pays(invoice=invoice.number, amount=invoice.amount, currency=invoice.currency)


def _reference(invoice: Invoice) -> Structured:
    """The payment reference as structured remittance; without a scheme the document itself is named too."""
    reference = invoice.payment_reference or invoice.number
    kind = identifiers.reference_kind(reference)
    if kind:
        return Structured(reference=identifiers.compact(reference), kind=kind)
    return Structured(reference=reference[:35], document=invoice.number[:35], document_date=invoice.date)


def _identification(invoice: Invoice) -> str:
    """End-to-end id of a payment: the one that was agreed, else the invoice number."""
    return "".join((invoice.end_to_end_id or invoice.number).split())[:35]


def exact_structured(stage: Stage) -> None:
    """The whole amount with the structured payment reference."""
    for invoice in stage.take():
        transaction = Transaction(
            amount=invoice.amount,
            counterparty=stage.party(invoice),
            uetr=stage.uetr(),
            structured=(_reference(invoice),),
        )
        why = "structured reference and amount agree"
        stage.act("exact_structured", stage.day(0), stage.received, (transaction,), pays=(_full(invoice),), why=why)


def exact_text(stage: Stage) -> None:
    """The whole amount, the invoice number somewhere in the free text."""
    for invoice in stage.take():
        transaction = Transaction(
            amount=invoice.amount,
            counterparty=stage.party(invoice),
            uetr=stage.uetr(),
            text=(f"Payment {invoice.number} thank you",),
        )
        day = stage.day(1)
        stage.act(
            "exact_text",
            day,
            stage.received,
            (transaction,),
            pays=(_full(invoice),),
            why="invoice number in the text and amount agree",
            value_date=day - timedelta(days=1),
        )


def end_to_end(stage: Stage) -> None:
    """The whole amount, nothing but the end-to-end id says for what."""
    for invoice in stage.take():
        transaction = Transaction(
            amount=invoice.amount,
            counterparty=stage.party(invoice),
            end_to_end_id=_identification(invoice),
            uetr=stage.uetr(),
            text=("Invoice",),
        )
        why = "end-to-end id and amount agree"
        stage.act("end_to_end", stage.day(1), stage.received, (transaction,), pays=(_full(invoice),), why=why)


def partial(stage: Stage) -> None:
    """Six tenths of an invoice, with its reference: the rest stays open."""
    for invoice in stage.take():
        amount = (invoice.amount * Decimal("0.6")).quantize(quantum(invoice.currency))
        transaction = Transaction(
            amount=amount, counterparty=stage.party(invoice), uetr=stage.uetr(), structured=(_reference(invoice),)
        )
        stage.act(
            "partial",
            stage.day(0),
            stage.received,
            (transaction,),
            pays=(Pays(invoice=invoice.number, amount=amount, currency=invoice.currency),),
            why="the reference names one invoice, the amount is a part of it",
        )


def several(stage: Stage) -> None:
    """One payment of two invoices, both numbers in the free text."""
    invoices = stage.take(2)
    if invoices:
        transaction = Transaction(
            amount=sum((invoice.amount for invoice in invoices), Decimal(0)),
            counterparty=stage.party(invoices[0]),
            uetr=stage.uetr(),
            text=(", ".join(invoice.number for invoice in invoices),),
        )
        stage.act(
            "several",
            stage.day(1),
            stage.received,
            (transaction,),
            pays=tuple(_full(invoice) for invoice in invoices),
            why="the text names the invoices, their sum is the amount",
        )


def several_structured(stage: Stage) -> None:
    """One payment of two invoices, each as a referred document with its amount."""
    invoices = stage.take(2)
    if invoices:
        transaction = Transaction(
            amount=sum((invoice.amount for invoice in invoices), Decimal(0)),
            counterparty=stage.party(invoices[0]),
            uetr=stage.uetr(),
            structured=tuple(
                Structured(
                    document=invoice.number[:35],
                    document_date=invoice.date,
                    document_amount=invoice.amount,
                    document_currency=invoice.currency,
                )
                for invoice in invoices
            ),
        )
        stage.act(
            "several_structured",
            stage.day(1),
            stage.received,
            (transaction,),
            pays=tuple(_full(invoice) for invoice in invoices),
            why="the referred documents are the invoices, with their amounts",
        )


def batch(stage: Stage) -> None:
    """A collective booking with its transactions; each pays one invoice exactly."""
    invoices = stage.take(3) or stage.take(2)
    if invoices:
        number = f"BATCH{stage.rng.randrange(10**8):08d}"
        stage.act(
            "batch",
            stage.day(0),
            stage.received,
            tuple(
                Transaction(
                    amount=invoice.amount,
                    counterparty=stage.party(invoice),
                    payment_information_id=number,
                    transaction_id=f"{number}-{index}",
                    uetr=stage.uetr(),
                    structured=(_reference(invoice),),
                )
                for index, invoice in enumerate(invoices, 1)
            ),
            pays=tuple(_full(invoice) for invoice in invoices),
            why="every transaction carries a structured reference and its amount",
            batch=Batch(payment_information_id=number),
        )


def foreign(stage: Stage) -> None:
    """Paid in another currency: the original amount, the rate, and the amount in the account's currency."""
    taken = stage.take(foreign=True)
    for invoice in taken or stage.take():
        other = invoice.currency if taken else "USD" if stage.currency != "USD" else "EUR"
        rate = stage.demand.rate(other)
        unit, other_unit = quantum(stage.currency), quantum(other)
        amount = (invoice.amount / rate).quantize(unit) if taken else invoice.amount
        original = invoice.amount if taken else (invoice.amount * rate).quantize(other_unit)
        transaction = Transaction(
            amount=amount,
            counterparty=stage.party(invoice),
            uetr=stage.uetr(),
            original=Original(amount=original, currency=other, rate=rate, unit=stage.currency),
            structured=(_reference(invoice),),
        )
        stage.act(
            "foreign",
            stage.day(1),
            stage.code("PMNT", "RCDT", "XBCT", "NTRF+202"),
            (transaction,),
            pays=(_full(invoice),),
            why="the reference names the invoice, the amount in its currency agrees",
        )


def supplier_payment(stage: Stage) -> None:
    """A vendor bill we paid, under our own end-to-end id."""
    for bill in stage.take(kind="vendor"):
        stage.act(
            "supplier_payment",
            stage.day(0),
            stage.code("PMNT", "ICDT", "ESCT", "NTRF+116"),
            (_to_vendor(stage, bill),),
            pays=(_full(bill),),
            why="our own end-to-end id and amount agree",
        )


def _to_vendor(stage: Stage, bill: Invoice) -> Transaction:
    return Transaction(
        amount=-bill.amount,
        counterparty=stage.party(bill),
        end_to_end_id=_identification(bill),
        uetr=stage.uetr(),
        text=(bill.payment_reference or bill.number,),
    )


def returned(stage: Stage) -> None:
    """A payment that comes back the next day because the account is closed (AC04).

    A vendor bill we paid by credit transfer if there is one, otherwise an invoice we collected by direct debit.
    """
    bills = stage.take(kind="vendor")
    for invoice in bills or stage.take():
        if bills:
            transaction = _to_vendor(stage, invoice)
            code = stage.code("PMNT", "ICDT", "ESCT", "NTRF+116")
            back = stage.code("PMNT", "ICDT", "RRTN", "NRTI+159")
        else:
            transaction = Transaction(
                amount=invoice.amount,
                counterparty=stage.party(invoice),
                end_to_end_id=_identification(invoice),
                mandate_id=f"MANDATE{stage.rng.randrange(10**6):06d}",
                text=(f"Direct debit {invoice.number}",),
            )
            code = stage.code("PMNT", "IDDT", "ESDD", "NDDT+171")
            back = stage.code("PMNT", "IDDT", "UPDD", "NRTI+109")
        why = "end-to-end id and amount agree"
        first = stage.act("return_original", stage.day(0), code, (transaction,), pays=(_full(invoice),), why=why)
        returning = Transaction(
            amount=-transaction.amount,
            counterparty=transaction.counterparty,
            end_to_end_id=transaction.end_to_end_id,
            uetr=transaction.uetr,
            mandate_id=transaction.mandate_id,
            text=transaction.text,
            return_reason=ReturnReason(code="AC04", text="Closed account number"),
        )
        stage.act(
            "return",
            stage.day(1),
            back,
            (returning,),
            pays=(Pays(invoice=invoice.number, amount=-invoice.amount, currency=invoice.currency),),
            why="end-to-end id and amount undo the payment (AC04): the invoice is open again",
            returns=first,
        )


def fee(stage: Stage) -> None:
    """The bank's own fee."""
    transaction = Transaction(amount=-stage.cents(5, 20), additional_information="Account keeping fee")
    code = stage.code("ACMT", "MDOP", "CHRG", "NCHG+808")
    why = "a bank charge: nobody's invoice"
    stage.act("fee", stage.day(0), code, (transaction,), handling=PERSON, why=why, information="Account keeping fee")


def interest(stage: Stage) -> None:
    """Interest the bank pays."""
    transaction = Transaction(amount=stage.cents(1, 10), additional_information="Credit interest")
    code = stage.code("ACMT", "MCOP", "INTR", "NINT+814")
    why = "interest: nobody's invoice"
    stage.act("interest", stage.day(1), code, (transaction,), handling=PERSON, why=why, information="Credit interest")


def unknown_payer(stage: Stage) -> None:
    """Money from a stranger who says nothing useful."""
    transaction = Transaction(
        amount=stage.cents(20, 900), counterparty=stage.stranger("M. Quell"), uetr=stage.uetr(), text=("as agreed",)
    )
    why = "nobody knows the payer, the text says nothing"
    stage.act("unknown_payer", stage.day(0), stage.received, (transaction,), handling=PERSON, why=why)


def twins(stage: Stage) -> None:
    """Two genuine payments on one day that nothing but the bank's reference tells apart."""
    payer, amount = stage.stranger("Corner Shop"), stage.cents(30, 80)
    for _ in range(2):
        transaction = Transaction(amount=amount, counterparty=payer, text=("counter sale",))
        why = "one of two genuine payments that look the same; no invoice named"
        stage.act("twin", stage.day(0), stage.received, (transaction,), handling=PERSON, why=why)


def net_of_charges(stage: Stage) -> None:
    """The payer sent the whole amount, the bank kept a charge of it: entry = transaction - charge."""
    for invoice in stage.take():
        charge = Decimal("3.00").quantize(quantum(stage.currency))
        transaction = Transaction(
            amount=invoice.amount,
            counterparty=stage.party(invoice),
            uetr=stage.uetr(),
            structured=(_reference(invoice),),
            charges=(Charge(amount=charge, included=True, bearer="CRED", code="COMM"),),
        )
        stage.act(
            "net_of_charges",
            stage.day(1),
            stage.received,
            (transaction,),
            pays=(_full(invoice),),
            handling=PERSON,
            why=f"the reference names the invoice; {charge} of its amount is a charge of the bank",
            amount=invoice.amount - charge,
        )


#: Every scene by name.
SCENES: dict[str, Callable[[Stage], None]] = {
    "exact_structured": exact_structured,
    "exact_text": exact_text,
    "partial": partial,
    "several": several,
    "batch": batch,
    "end_to_end": end_to_end,
    "supplier_payment": supplier_payment,
    "return": returned,
    "foreign": foreign,
    "several_structured": several_structured,
    "fee": fee,
    "interest": interest,
    "unknown_payer": unknown_payer,
    "twins": twins,
    "net_of_charges": net_of_charges,
}

#: What is played without being asked, the most important first: they share the invoices.
DEFAULT = (
    "exact_structured",
    "exact_text",
    "partial",
    "several",
    "batch",
    "end_to_end",
    "return",
    "foreign",
    "supplier_payment",
    "exact_structured",
    "several_structured",
    "fee",
    "interest",
    "unknown_payer",
    "twins",
)
