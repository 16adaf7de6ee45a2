from collections import defaultdict
from decimal import Decimal

from odoo.tools import SQL, float_repr

from ..ledger.payment import OpenItem, PaymentPlan, shared_items
from ..ledger.shape import divide_by
from .finance_bank_ledger_bulk_paid import DOCUMENT, UNTOUCHED


class PlannedPayments:
    """Payments of one order that are to be booked: what they are, and which of them may be copies of which.

    Positions are those of the lines.
    """

    def __init__(self, ledger, lines, method, outstanding):
        self.ledger = ledger
        self.lines = lines
        self.method = method
        self.outstanding = outstanding
        self.order = lines.order_id
        self.company = self.order.company_id
        self.journal = self.order.journal_id
        self.env = lines.env(context={**lines.env.context, **ledger._numbering(self.journal)})
        self.facts = self.env["finance.bank.ledger.bulk.facts"]
        self.numbers = self.env["finance.copy.numbers"]
        self.safety = self.env["finance.payment.ledger.bulk.safety"]
        self.plans = self._plans()
        self.series_of_day = self.numbers._series(self.journal, {plan.date for plan in self.plans})
        self.series = [self.series_of_day[plan.date] for plan in self.plans]
        self.division = divide_by(
            [plan.shape for plan in self.plans],
            [plan.traits(series) for plan, series in zip(self.plans, self.series, strict=True)],
            self._odd(),
        )

    @property
    def controls(self):
        """Positions of the payments that prove something."""
        return [position for positions in self.division.controls.values() for position in positions]

    def accounts(self, plan):
        """:return: ids of the accounts of its journal items, in the order they are made"""
        return (self.outstanding.id, plan.account_id)

    def _plans(self):
        currency = self.company.currency_id
        self.lines.item_ids.move_line_id.fetch(["account_id"])
        items = self._items()
        payment, item = self.env["account.payment"], self.env["account.move.line"]

        def text(records, name, value):
            return records._fields[name].convert_to_column_insert(value, records) if value else None

        plans = []
        for line in self.lines:
            values = self.ledger._values(line, self.method)
            plans.append(
                PaymentPlan(
                    line_id=line.id,
                    outbound=values["payment_type"] == "outbound",
                    partner_type=values["partner_type"],
                    partner_id=values["partner_id"],
                    partner_bank_id=values["partner_bank_id"] or None,
                    date=values["date"],
                    amount=Decimal(float_repr(values["amount"], currency.decimal_places)),
                    memo=text(payment, "memo", values["memo"]),
                    reference=text(payment, "payment_reference", values["payment_reference"]),
                    label=text(item, "name", self.ledger._label(self.method, values)),
                    account_id=values["destination_account_id"],
                    items=tuple(items.get(line.id, ())),
                )
            )
        return plans

    def _items(self):
        """:return: dict id of a payment line -> its open items"""
        self.env.cr.execute(
            SQL(
                """
                SELECT i.line_id, l.id, l.move_id, m.move_type, l.account_id, l.date, l.amount_residual::text,
                       i.amount::text,
                       COALESCE(%s AND %s AND p.currency_id = c.currency_id AND COALESCE(i.discount, 0) = 0, FALSE)
                  FROM finance_payment_item i
                  JOIN finance_payment_line p ON p.id = i.line_id
                  JOIN res_company c ON c.id = p.company_id
                  JOIN account_move_line l ON l.id = i.move_line_id
                  JOIN account_move m ON m.id = l.move_id
                 WHERE i.line_id = ANY(%s) ORDER BY i.id
                """,
                UNTOUCHED,
                DOCUMENT,
                self.lines.ids,
            )
        )
        found = defaultdict(list)
        rows = self.env.cr.fetchall()
        taxed = self.safety._taxed_on_payment(self.company, {row[2] for row in rows})
        for line_id, item_id, move_id, kind, account_id, day, amount, paid, untouched in rows:
            found[line_id].append(
                OpenItem(
                    id=item_id,
                    move_id=move_id,
                    move_type=kind,
                    account_id=account_id,
                    date=day,
                    amount=Decimal(amount),
                    paid=Decimal(paid),
                    untouched=untouched and move_id not in taxed,
                )
            )
        return found

    def _odd(self):
        """:return: positions that the rules do not cover"""
        lines = self.lines
        foreign = self.facts._foreign_partners(self.company, {plan.partner_id for plan in self.plans})
        pairs = {(plan.partner_id, account) for plan in self.plans for account in self.accounts(plan)}
        analytic = self.facts._analytic_pairs(self.company, pairs)
        shared = shared_items(self.plans)
        closed = {
            day
            for day in {plan.date for plan in self.plans}
            if self.company._get_violated_lock_dates(day, False, self.journal)
        }
        banks = lines.partner_bank_id
        strange = banks.filtered(lambda bank: bank.company_id and bank.company_id != self.company)
        return {
            position
            for position, (line, plan) in enumerate(zip(lines, self.plans, strict=True))
            if not plan.is_usual
            or line.currency_id != self.company.currency_id
            or plan.date in closed
            or plan.partner_id in foreign
            or plan.partner_bank_id in strange.ids
            or any((plan.partner_id, account) in analytic for account in self.accounts(plan))
            or any(item.id in shared for item in plan.items)
        }
