"""The stage of a scenario: its days, its invoices, and the bookings made on it so far."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sandbox.bank import identifiers
from sandbox.bank.demand import Demand, Invoice
from sandbox.bank.model import BankCode, Batch, Booking, Party, Transaction, quantum

#: The conclusion follows from the statement alone, or it needs somebody who knows more.
AUTOMATIC, PERSON = "automatic", "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pays:
    """A part of a booking that belongs to an invoice, in the currency of the invoice; a return takes it back."""

    invoice: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One booking and what follows from it."""

    key: str
    kind: str
    booking: Booking
    pays: tuple[Pays, ...] = ()
    handling: str = AUTOMATIC
    why: str = ""
    #: key of the act that this one takes back
    returns: str | None = None


@dataclass(slots=True, kw_only=True)
class Stage:
    """The days of the play, the invoices not yet used, and the dice."""

    demand: Demand
    dates: list[date]
    rng: random.Random
    pool: list[Invoice] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    @property
    def currency(self) -> str:
        """Currency of the account."""
        return self.demand.company.currency

    def day(self, index: int) -> date:
        """A day of the play; a short play puts the later ones on its last day."""
        return self.dates[min(index, len(self.dates) - 1)]

    def take(self, count: int = 1, *, kind: str = "customer", foreign: bool = False) -> list[Invoice]:
        """Take invoices out of the pool, of one partner if possible; none if there are not enough."""
        fitting = [item for item in self.pool if item.kind == kind and (item.currency != self.currency) == foreign]
        if len(fitting) < count:
            return []
        partners = [item.partner for item in fitting]
        same = next((name for name in partners if count > 1 and partners.count(name) >= count), None)
        taken = [item for item in fitting if same is None or item.partner == same][:count]
        self.pool = [item for item in self.pool if item not in taken]
        return taken

    def party(self, invoice: Invoice) -> Party:
        """The partner of an invoice; without a known account it pays from a made-up one, the same every time."""
        iban = invoice.iban or identifiers.random_iban(random.Random(invoice.partner))
        return Party(name=invoice.partner, iban=iban, bic=invoice.bic or identifiers.bic_of(iban))

    def stranger(self, name: str) -> Party:
        """Somebody nobody knows."""
        iban = identifiers.random_iban(self.rng)
        return Party(name=name, iban=iban, bic=identifiers.bic_of(iban))

    def uetr(self) -> str:
        """A unique end-to-end transaction reference."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def code(self, domain: str, family: str, subfamily: str, german: str) -> BankCode:
        """The ISO code, with the German business transaction code beside it on German accounts."""
        if self.demand.company.iban.startswith("DE"):
            return BankCode(domain=domain, family=family, subfamily=subfamily, proprietary=german, issuer="DK")
        return BankCode(domain=domain, family=family, subfamily=subfamily)

    @property
    def received(self) -> BankCode:
        """A credit transfer somebody sent us."""
        return self.code("PMNT", "RCDT", "ESCT", "NTRF+166")

    def cents(self, low: int, high: int) -> Decimal:
        """A random amount of the account's currency between two numbers of its units."""
        unit = quantum(self.currency)
        return (Decimal(self.rng.randrange(low * 100, high * 100)) / 100).quantize(unit)

    def act(
        self,
        kind: str,
        day: date,
        code: BankCode,
        transactions: tuple[Transaction, ...],
        *,
        pays: tuple[Pays, ...] = (),
        handling: str = AUTOMATIC,
        why: str = "",
        amount: Decimal | None = None,
        value_date: date | None = None,
        batch: Batch | None = None,
        information: str | None = None,
        returns: Act | None = None,
    ) -> Act:
        """A booking of these transactions; ``amount`` only where it is not their sum."""
        total = sum((item.amount for item in transactions), Decimal(0)) if amount is None else amount
        number = sum(1 for item in self.acts if item.kind == kind) + 1
        act = Act(
            key=f"{kind}-{number}",
            kind=kind,
            booking=Booking(
                amount=total,
                booking_date=day,
                value_date=value_date or day,
                code=code,
                is_reversal=returns is not None,
                batch=batch,
                additional_information=information,
                transactions=transactions,
            ),
            pays=pays,
            handling=handling,
            why=why,
            returns=returns.key if returns else None,
        )
        self.acts.append(act)
        return act
