"""How the bank deals with a file of orders, and its habits that can be switched on."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.bank import camt053, camt054
from sandbox.bank.camt_version import Dialect
from sandbox.bank.identifiers import is_iban
from sandbox.bank.ledger import Ledger, LedgerError
from sandbox.payments import recalls
from sandbox.payments.executions import Executions
from sandbox.payments.orders import Order, Refused, read_orders
from sandbox.payments.reports import Report, render


class PaymentBank:
    """Takes files, carries them out, keeps answers until they are fetched. Fields without underscore are habits."""

    def __init__(self, ledger: Ledger | None = None, executions: Executions | None = None) -> None:
        self.ledger = ledger or Ledger()
        self.executions = executions or Executions(self.ledger)
        self.today = "2026-12-01"
        #: what is told about payments that go well, one report each
        self.flow = ["ACTC", "ACSP", "ACSC"]
        #: version of pain.002, 3 or 10
        self.version = 10
        #: payments are refused by rule: ``{"field": "end_to_end_id", "is": ..., "reason": ...}`` (or ``account``,
        #: ``name`` ...), ``{"above": "1000.00", "reason": ...}``, ``{"every": 3, "reason": ...}``
        self.rules: list[dict[str, Any]] = []
        #: reports that are made and never delivered, from now on
        self.drop_answers = 0
        #: each report is delivered twice, under two names
        self.duplicates = False
        #: reports are delivered in any order (seeded)
        self.shuffled = False
        #: a status that is told although it is over, after all others
        self.late_status = ""
        #: only exceptions are mentioned
        self.only_exceptions = False
        #: a file whose id was there before is carried out once more, as no bank should
        self.takes_duplicates = False
        #: money of accounts that the bank does not keep: it opens them, or refuses with AC01
        self.opens_accounts = True
        #: files are executed, but the answers wait until they are released
        self.holds_answers = False
        #: what a request to cancel is answered with; empty: yes while it was not carried out, no afterwards
        self.recall_answer = ""
        self.seed = 1
        self.outbox: list[tuple[str, bytes]] = []
        #: end-to-end ids that are not carried out any more
        self._recalled: set[str] = set()
        self._number = 0

    def configure(self, values: dict[str, Any]) -> None:
        """Set habits.

        :raise AttributeError: there is no such habit
        """
        for name, value in values.items():
            getattr(self, name)
            setattr(self, name, value)

    # -- orders ----------------------------------------------------------------------------

    def take(self, data: bytes) -> None:
        """A file arrives: it is carried out first, then answered."""
        asked = recalls.read_recalls(data)
        if asked is not None:
            self.recall(asked)
            return
        try:
            file = read_orders(data)
        except Refused as error:
            self._report(error.message_id, error.name, status="RJCT", reason=error.reason, text=str(error))
            return
        if not self.executions.is_new(file.message_id, file.name) and not self.takes_duplicates:
            self._report(file.message_id, file.name, status="RJCT", reason="DU01", text="The file was sent before")
            return
        orders = [order for order in file.orders if order.end_to_end_id not in self._recalled]
        if not orders:
            # nothing is left of it, and everything was said
            return
        judged = [(order, self.judge(order, number)) for number, order in enumerate(orders, 1)]
        good = [order for order, reason in judged if reason is None]
        self.executions.execute(good, date.fromisoformat(self.today))
        refused = [(order, "RJCT", reason) for order, reason in judged if reason is not None]
        if not good:
            self._report(file.message_id, file.name, status="RJCT", orders=refused)
            return
        for status in (*self.flow, *filter(None, [self.late_status])):
            self._tell(file.message_id, file.name, status, good, refused if status != "ACTC" else [])

    def _tell(self, message_id: str, name: str, status: str, good: list[Order], refused: list[Any]) -> None:
        if not refused:
            self._report(message_id, name, status=status)
            return
        fine = [] if self.only_exceptions else [(order, status, None) for order in good]
        self._report(message_id, name, status="PART", orders=[*refused, *fine])

    def judge(self, order: Order, number: int = 1) -> str | None:
        """:return: the code of the reason to refuse it, or None"""
        if not self._keeps(order):
            return "AC01"
        if order.day < date.fromisoformat(self.today):
            return "CH04"
        if order.account[:2].isalpha() and not is_iban(order.account):
            return "AC01"
        if order.is_debit and not order.mandate_id:
            return "MD01"
        return next((rule["reason"] for rule in self.rules if _applies(rule, order, number)), None)

    def _keeps(self, order: Order) -> bool:
        try:
            return self.ledger.account(order.iban).currency == order.currency
        except LedgerError:
            if not self.opens_accounts or not is_iban(order.iban):
                return False
        self.ledger.open_account(order.iban, currency=order.currency, owner="Customer", opening=Decimal(1_000_000))
        return True

    # -- what happens later ----------------------------------------------------------------

    def reject(self, end_to_end_id: str, reason: str) -> None:
        """The bank takes back what it said: a RJCT, although it may have carried the payment out."""
        row = next(row for row in self.executions.all() if row["end_to_end_id"] == end_to_end_id)
        order = Order(
            message_id=row["message_id"],
            group_id=row["group_id"],
            is_debit=bool(row["is_debit"]),
            iban=row["iban"],
            day=date.fromisoformat(row["day"]),
            end_to_end_id=end_to_end_id,
            amount=Decimal(row["amount"]),
            currency=row["currency"],
            name=row["name"],
            account=row["account"],
        )
        self._report(row["message_id"], "pain.001", status="PART", orders=[(order, "RJCT", reason)])

    def recall(self, asked: list[recalls.Recall]) -> None:
        """Answer a request to cancel; what is still here is not carried out, and money that was sent comes back."""
        executed = self.executions.counts()
        answers: list[tuple[recalls.Recall, str, str | None]] = []
        for one in asked:
            is_out = one.end_to_end_id in executed
            answer = self.recall_answer or (recalls.NO if is_out else recalls.YES)
            if answer == recalls.YES and is_out:
                self.executions.send_back(one.end_to_end_id, "FOCR", date.fromisoformat(self.today))
            elif answer == recalls.YES:
                self._recalled.add(one.end_to_end_id)
            answers.append((one, answer, "CUST" if answer == recalls.NO else None))
        self._number += 1
        moment = datetime.fromisoformat(self.today) + timedelta(hours=8, seconds=self._number)
        found = recalls.render(f"RSL-{self._number}", moment, answers)
        self.outbox.append((f"camt029-{self._number:06d}.xml", found))

    def notify(self, day: str) -> bytes:
        """camt.054 of all bookings of a day, one notification an account."""
        when = date.fromisoformat(day)
        return camt054.render([self.ledger.report(iban, when, when) for iban in self._accounts(when, when)], Dialect())

    def statement(self, from_day: str, to_day: str) -> bytes:
        """camt.053 of all accounts with bookings in the period."""
        since, until = date.fromisoformat(from_day), date.fromisoformat(to_day)
        found = [self.ledger.report(iban, since, until) for iban in self._accounts(since, until)]
        return camt053.render(found, Dialect())

    def _accounts(self, since: date, until: date) -> list[str]:
        known = dict.fromkeys(row["iban"] for row in self.executions.all())
        return [iban for iban in known if self.ledger.bookings(iban, since, until)]

    # -- answers ---------------------------------------------------------------------------

    def fetch(self) -> list[tuple[str, bytes]]:
        """Hand over the answers that wait, as the habits have it."""
        waiting, self.outbox = self.outbox, []
        if self.duplicates:
            waiting = [made for name, data in waiting for made in ((name, data), (f"again-{name}", data))]
        if self.shuffled:
            random.Random(self.seed).shuffle(waiting)
        return waiting

    def _report(self, message_id: str, name: str, **values: Any) -> None:
        self._number += 1
        moment = datetime.fromisoformat(self.today) + timedelta(hours=8, seconds=self._number)
        report = Report(id=f"STS-{self._number}", created_at=moment, message_id=message_id, name=name, **values)
        if self.drop_answers > 0:
            self.drop_answers -= 1
            return
        self.outbox.append((f"pain002-{self._number:06d}.xml", render(report, self.version)))

    def state(self) -> dict[str, Any]:
        """What was carried out, and what waits."""
        return {
            "executions": self.executions.all(),
            "counts": self.executions.counts(),
            "waiting": [name for name, _data in self.outbox],
        }


def _applies(rule: dict[str, Any], order: Order, number: int) -> bool:
    checks: dict[str, Callable[[], bool]] = {
        "is": lambda: getattr(order, rule["field"]) == rule["is"],
        "above": lambda: order.amount > Decimal(rule["above"]),
        "every": lambda: number % int(rule["every"]) == 0,
    }
    return all(check() for name, check in checks.items() if name in rule)
