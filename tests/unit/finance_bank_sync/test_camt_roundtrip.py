"""Any statement written as camt.053 of any version reads back as it was (K-02).

Property-based: the values come from hypothesis, the writer shares no code with the reader.
"""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from camt_from_values import Writer, signed_sum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats import Camt053, detect
from odoo.addons.finance_bank_sync.formats.model import (
    Account,
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
from odoo.addons.finance_bank_sync.proof import balance, control

CURRENCY = "EUR"


@cache
def texts(longest: int = 35) -> st.SearchStrategy[str]:
    """Any text that XML can carry, without blanks around it."""
    characters = st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffe\uffff")
    return (
        st.text(characters, min_size=1, max_size=longest)
        .map(str.strip)
        .filter(lambda text: bool(text) and text.upper() not in ("NOTPROVIDED", "NOT PROVIDED", "NONREF"))
    )


@cache
def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


amounts = st.decimals(min_value=0, max_value=Decimal("99999999999"), places=2) | st.decimals(
    min_value=0, max_value=Decimal("999999"), places=5
)
signed = st.builds(lambda amount, debit: -amount if debit and amount else abs(amount), amounts, st.booleans())
codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=4)
dates = st.dates(date(1990, 1, 1), date(2100, 12, 31))
numbers = st.text("0123456789", min_size=5, max_size=20)


@cache
def money(amount: st.SearchStrategy[Decimal], currency: str = CURRENCY) -> st.SearchStrategy[Money]:
    return st.builds(Money, amount=amount, currency=st.just(currency))


@st.composite
def parties(draw: st.DrawFn) -> Party:
    country = draw(maybe(st.sampled_from(["DE", "FR", "SE"])))
    lines = tuple(draw(st.lists(texts(70).filter(lambda text: text != country), max_size=3)))
    party = Party(
        name=draw(maybe(texts(70).filter(lambda text: text.casefold() != "owner"))),
        ultimate_name=draw(maybe(texts(70))),
        iban=draw(maybe(numbers.map(lambda text: "XX" + text))),
        account_number=draw(maybe(numbers.map(lambda text: "Y" + text))),
        identifier=draw(maybe(texts())),
        address=lines + ((country,) if country else ()),
        country=country,
    )
    if party == Party():
        party = replace(party, name="somebody")
    return replace(party, bic=draw(maybe(codes)), bank_name=draw(maybe(texts(70))))


@st.composite
def details(draw: st.DrawFn, version: int, debit: bool) -> Detail:
    amount = draw(amounts)
    if version > 2:
        debit = draw(st.booleans()) and bool(amount)  # a zero is written as a credit
    sign = -1 if debit else 1
    own = Money(amount=amount * sign if amount else amount, currency=CURRENCY)
    original = draw(maybe(money(amounts, "USD")))
    if original is not None and original.amount:
        original = replace(original, amount=original.amount * sign)
    exchange = Exchange(source_currency="USD", rate=draw(maybe(amounts.filter(bool)))) if original else None
    documents = draw(st.lists(st.tuples(texts(), maybe(money(signed))), max_size=2))
    references = draw(
        st.builds(
            References,
            message_id=maybe(texts()),
            payment_information_id=maybe(texts()),
            end_to_end_id=maybe(texts()),
            uetr=maybe(texts()),
            transaction_id=maybe(texts()),
            mandate_id=maybe(texts()),
            account_servicer_reference=maybe(texts()),
            proprietary=st.lists(st.tuples(texts(), texts()), max_size=1).map(tuple),
        )
    )
    return Detail(
        money=own,
        original=original,
        exchange=exchange,
        references=references,
        counterparty=draw(maybe(parties())),
        structured_references=tuple(draw(st.lists(numbers, max_size=2))),
        document_numbers=tuple(number for number, _amount in documents),
        document_amounts=tuple(amount for _number, amount in documents),
        remittance=draw(maybe(texts(139))),
        additional_information=draw(maybe(texts(100))),
        transaction_code=draw(maybe(transaction_codes)),
        purpose=draw(maybe(codes)),
        charges=tuple(draw(st.lists(charges(version), max_size=2))),
        return_reason=draw(maybe(st.builds(Return, code=maybe(codes), text=maybe(texts(100))))),
    )


transaction_codes = st.builds(
    TransactionCode, domain=codes, family=codes, subfamily=maybe(codes), proprietary=maybe(texts()), issuer=st.none()
) | st.builds(TransactionCode, proprietary=texts(), issuer=maybe(texts()))


@cache
def charges(version: int) -> st.SearchStrategy[Charge]:
    return st.builds(
        Charge,
        money=money(signed),
        included=st.none() if version == 2 else maybe(st.booleans()),
        bearer=maybe(st.sampled_from(["DEBT", "CRED", "SHAR", "SLEV"])),
        code=maybe(codes),
    )


@st.composite
def entries(draw: st.DrawFn, version: int, position: int) -> Entry:
    own = draw(money(signed))
    inner = tuple(draw(st.lists(details(version, own.amount < 0), max_size=3)))
    single = inner[0] if len(inner) == 1 else None
    return Entry(
        position=position,
        money=own,
        status=draw(st.sampled_from(["BOOK", "PDNG", "INFO"])),
        booking_date=draw(maybe(dates)),
        value_date=draw(maybe(dates)),
        entry_reference=draw(maybe(texts())),
        account_servicer_reference=draw(maybe(texts())),
        is_reversal=draw(st.booleans()),
        transaction_code=draw(maybe(transaction_codes)),
        additional_information=draw(maybe(texts(500))),
        batch=draw(maybe(st.builds(Batch, message_id=texts(), count=maybe(st.integers(0, 999)), total=maybe(amounts)))),
        charges=tuple(draw(st.lists(charges(version), max_size=2))),
        original=single.original if single else None,
        exchange=single.exchange if single else None,
        notification_id=draw(maybe(texts())),
        details=inner,
    )


@st.composite
def files(draw: st.DrawFn) -> tuple[int, list[tuple[StatementStart, list[Entry], StatementEnd]]]:
    version = draw(st.integers(2, 13))
    message = draw(maybe(texts()))
    statements = []
    for _ in range(draw(st.integers(1, 2))):
        account = Account(
            iban="DE84999400100123456789" if draw(st.booleans()) else None,
            number=None,
            currency=CURRENCY,
            owner="owner",
        )
        if account.iban is None:
            account = replace(account, number="4711")
        listed = [draw(entries(version, position)) for position in range(1, draw(st.integers(0, 3)) + 1)]
        opening = draw(signed)
        balances = (
            Balance(code="OPBD", money=Money(amount=opening, currency=CURRENCY), date=draw(maybe(dates))),
            Balance(
                code="CLBD",
                money=Money(amount=opening + signed_sum(listed), currency=CURRENCY),
                date=draw(maybe(dates)),
            ),
        )
        start = StatementStart(
            format=f"camt.053.001.{version:02d}",
            account=account,
            identification=draw(maybe(texts())),
            electronic_sequence=draw(maybe(numbers)),
            message_id=message,
            balances=balances,
        )
        end = StatementEnd(balances=balances, additional_information=draw(maybe(texts(100))))
        statements.append((start, listed, end))
    return version, statements


@settings(
    max_examples=100,
    deadline=None,
    # a failing file is small as it is, and making it smaller takes minutes
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(files())
def test_what_is_written_is_read(case: tuple[int, list[tuple[StatementStart, list[Entry], StatementEnd]]]) -> None:
    version, statements = case
    data = Writer(version).file(statements).encode()
    expected = [event for start, listed, end in statements for event in (start, *listed, end)]
    found = list(detect([Camt053()], data, "any.xml").parse(io.BytesIO(data)))
    for read, meant in zip(found, expected, strict=True):
        assert read == meant
    totals = control.Totals()
    for event in found:
        if isinstance(event, StatementStart):
            totals = control.Totals()
        elif isinstance(event, Entry):
            totals.add(event)
        else:
            assert control.prove_statement(event.balances, totals).state == balance.PROVED
