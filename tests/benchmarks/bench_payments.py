"""Payment orders to a pain.001.001.09 file, and its validation by the official schema.

What dominates: writing is Python putting texts together, validating is libxml2. The values are made beforehand,
except in the rows called "streamed": there each payment is made when it is written (twice: the sums come first), and
memory does not grow. The rules and the letters of a bank are a row of their own. The peer is the library sepaxml, which
validates in Python; the floor is lxml writing the same elements one by one, and for validated files its validation too.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

VERSION = "pain.001.001.09"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{VERSION}"
#: the peer validates about 1,000 payments a second
PEER_LIMIT = 10_000
IBAN = "DE89370400440532013000"
DAY = date(2026, 12, 1)


def payment(number: int) -> Any:
    from odoo.addons.finance_bank_sync.payments.model import Account, Agent, Money, Party, Payment

    return Payment(
        end_to_end_id=f"E2E-{number}",
        amount=Money(amount=Decimal(1000 + number * 7919 % 250_000).scaleb(-2), currency="EUR"),
        counterparty=Party(name=f"Vendor {number % 5000} GmbH"),
        account=Account(iban=IBAN),
        agent=Agent(bic="COBADEFFXXX"),
        remittance=(f"Invoice BILL/2026/{number:05d}",),
    )


class Made:
    """Payments that are made whenever they are asked for."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __iter__(self) -> Iterator[Any]:
        return map(payment, range(1, self.size + 1))


def batch(payments: Any) -> Any:
    from odoo.addons.finance_bank_sync.payments.model import Account, Agent, Batch, Group, Party

    own = Party(name="My Company")
    group = Group(
        id="GROUP-1",
        party=own,
        account=Account(iban="BE68539007547034"),
        agent=Agent(bic="GEBABEBB"),
        date=DAY,
        charges="SLEV",
        payments=payments,
    )
    return Batch(message_id="BENCH-1", created_at=datetime(2026, 11, 30, 12), initiator=own, groups=(group,))


def write(payments: Any, path: Path) -> int:
    from odoo.addons.finance_bank_sync.payments import writer

    with path.open("wb") as stream:
        return writer.write(stream, batch(payments), VERSION).count


def write_and_validate(payments: Any, path: Path) -> int:
    from odoo.addons.finance_bank_sync.payments.schema import validate

    write(payments, path)
    with path.open("rb") as stream:
        return validate(stream, VERSION)


def check_all(payments: Any) -> int:
    """Defaults, letters and all rules of the SEPA profile."""
    from odoo.addons.finance_bank_sync.payments import profile, rules, transliterate
    from odoo.addons.finance_bank_sync.payments.charset import charset

    sepa = profile.profiles()["sepa_sct"]
    prepared, _changes = transliterate.prepare(profile.with_defaults(batch(payments), sepa), charset(sepa.charset))
    assert not rules.check(prepared, sepa)
    return len(prepared.groups[0].payments)


def peer(size: int, *, validate: bool) -> bytes:
    from sepaxml import SepaTransfer

    config = {"name": "My Company", "IBAN": "BE68539007547034", "BIC": "GEBABEBB", "batch": True, "currency": "EUR"}
    transfer = SepaTransfer(config, schema=VERSION, clean=True)
    for number in range(1, size + 1):
        transfer.add_payment(
            {
                "name": f"Vendor {number % 5000} GmbH",
                "IBAN": IBAN,
                "BIC": "COBADEFFXXX",
                "amount": 1000 + number * 7919 % 250_000,
                "execution_date": DAY,
                "description": f"Invoice BILL/2026/{number:05d}",
                "endtoend_id": f"E2E-{number}",
            }
        )
    written: bytes = transfer.export(validate=validate)
    return written


def floor(size: int, *, validate: bool) -> None:
    """The elements of the payments alone, written by lxml; validated as a part of a file that is there."""
    stream = io.BytesIO()
    with etree.xmlfile(stream, encoding="utf-8") as xml, xml.element("PmtInf", nsmap={None: NAMESPACE}):
        for number in range(1, size + 1):
            with xml.element("CdtTrfTxInf"):
                with xml.element("PmtId"), xml.element("EndToEndId"):
                    xml.write(f"E2E-{number}")
                with xml.element("Amt"), xml.element("InstdAmt", Ccy="EUR"):
                    xml.write("10.00")
                with xml.element("CdtrAgt"), xml.element("FinInstnId"), xml.element("BICFI"):
                    xml.write("COBADEFFXXX")
                with xml.element("Cdtr"), xml.element("Nm"):
                    xml.write(f"Vendor {number % 5000} GmbH")
                with xml.element("CdtrAcct"), xml.element("Id"), xml.element("IBAN"):
                    xml.write(IBAN)
                with xml.element("RmtInf"), xml.element("Ustrd"):
                    xml.write(f"Invoice BILL/2026/{number:05d}")
    if validate:
        from odoo.addons.finance_bank_sync.payments.schema import schema

        schema(VERSION).validate(etree.fromstring(stream.getvalue()))


def run(context: Any) -> Iterator[dict[str, Any]]:
    """Streamed first: the memory of whole trees and of the peer is not given back, and would show as ours."""
    sizes = list(context.sizes(1_000, 10_000, 50_000))
    with tempfile.TemporaryDirectory() as folder, context.odoo():
        path = Path(folder) / "pain.xml"
        streamed = {size: context.measure(write_and_validate, Made(size), path) for size in sizes}
        values = {size: tuple(Made(size)) for size in sizes}
        plain = {size: context.measure(write, values[size], path, repeat=3) for size in sizes}
        full = {size: context.measure(write_and_validate, values[size], path, repeat=3) for size in sizes}
        rules = {size: context.measure(check_all, values[size]) for size in sizes if size <= PEER_LIMIT}
        floors = {
            (size, validate): context.measure(lambda s=size, v=validate: floor(s, validate=v), repeat=3)
            for size in sizes
            for validate in (False, True)
        }
        peers = {
            (size, validate): context.measure(lambda s=size, v=validate: peer(s, validate=v))
            for size in sizes
            for validate in (False, True)
            if size <= PEER_LIMIT
        }
    for size in sizes:
        assert full[size].result == streamed[size].result == size
        compared = min(size, PEER_LIMIT)
        for name, found, validate in (
            ("pain.001 write", plain, False),
            ("pain.001 write, validate", full, True),
            ("pain.001 streamed, validate", streamed, True),
        ):
            yield context.row(
                name,
                size,
                found[size],
                peer="sepaxml",
                peer_measure=peers[compared, validate],
                peer_size=compared,
                floor="lxml",
                floor_measure=floors[size, validate],
            )
        if size in rules:
            yield context.row("letters and rules", size, rules[size])
