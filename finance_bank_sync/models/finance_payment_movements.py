"""What the account says about payments, out of statements and notifications: booked, and come back (K-12, K-14)."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..formats.model import Money
from ..payments.movements import BOOKED, RETURNED, Movement, movements
from ..payments.progress import of_group, of_movement

#: nothing of these can be in a booking of the whole group
_FAILED = ("rejected", "cancelled")


class FinanceBankEntry(models.Model):
    _inherit = "finance.bank.entry"

    # what the bank's message says about payments; kept on the first row of a booking until that is proved
    movements = fields.Json(readonly=True, groups=fields.NO_ACCESS)


class FinancePaymentMovements(models.AbstractModel):
    """Finds the payments that bookings are about; each fact goes to its payment once."""

    _name = "finance.payment.movements"
    _description = "Payments on the Account"

    @api.model
    def _is_needed(self, company):
        """:return: whether a company has payments that bookings could be about"""
        # sudo: the engine; whether there are any, nothing of them
        return bool(self.env["finance.payment.line"].sudo().search_count([("company_id", "=", company.id)], limit=1))

    @api.model
    def _told(self, entry):
        """:return: JSON-able form of what one booking says about payments, or None"""
        return [_plain(movement) for movement in movements(entry)] or None

    @api.model
    def _take(self, statement):
        """Note the facts of a statement that is proved, or of a notification.

        :param statement: one ``finance.bank.statement`` with its journal
        :return: count of payments about which something is new
        """
        rows = self._rows(statement)
        if not rows:
            return 0
        told = [(movement, line_id) for line_id, found in rows for movement in map(_movement, found)]
        facts = self._single(statement, told) + self._groups(statement, told)
        changed = self.env["finance.payment.line"]._note_facts(facts)
        return len(changed)

    @api.model
    def _rows(self, statement):
        """:return: list of (id of the bank line or None, movements)"""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT line_id, movements FROM finance_bank_entry
                 WHERE statement_id = %s AND movements IS NOT NULL AND state IN ('posted', 'duplicate', 'provisional')
                 ORDER BY position, detail_position
                """,
                statement.id,
            )
        )

    @api.model
    def _lines_of(self, statement, column, values):
        """:return: dict value of the column -> payment of the journal"""
        # sudo: the engine, limited to the journal of the statement
        lines = self.env["finance.payment.line"].sudo()
        if not values:
            return {}
        found = lines.search([("journal_id", "=", statement.journal_id.id), (column, "in", list(values))])
        return {line[column]: line for line in found}

    @api.model
    def _single(self, statement, told):
        named = [(one, line_id) for one, line_id in told if one.count is None]
        by_uetr = self._lines_of(statement, "uetr", {one.uetr for one, _line in named if one.uetr})
        by_id = self._lines_of(
            statement, "end_to_end_id", {one.end_to_end_id for one, _line in named if one.end_to_end_id}
        )
        bank_lines = self._bank_lines(statement)
        facts = []
        for one, line_id in named:
            payment = by_uetr.get(one.uetr) or by_id.get(one.end_to_end_id)
            if not payment:
                continue
            fact = of_movement(_as_seen(one, payment))
            facts.append((payment, fact, self._values(one, bank_lines.get(one.end_to_end_id) or line_id)))
        return facts

    @api.model
    def _bank_lines(self, statement):
        """:return: dict end-to-end id -> bank line of its own, where a collective booking was split"""
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT end_to_end_id, min(line_id) FROM finance_bank_entry
                     WHERE statement_id = %s AND end_to_end_id IS NOT NULL AND line_id IS NOT NULL
                     GROUP BY end_to_end_id
                    """,
                    statement.id,
                )
            )
        )

    @api.model
    def _groups(self, statement, told):
        """One amount for all payments of a group: theirs together, or a person says whose it is."""
        # sudo: the engine, limited to the journal of the statement
        orders = self.env["finance.payment.order"].sudo()
        whole = [(one, line_id) for one, line_id in told if one.count is not None]
        facts = []
        for one, line_id in whole:
            message_id = one.group_id.rpartition("-")[0] if one.group_id else one.message_id
            order = orders.search(
                [("journal_id", "=", statement.journal_id.id), ("message_id_for_bank", "=", message_id)], limit=1
            )
            groups = order._group_ids() if order else {}
            group = [its for its, group_id in groups.items() if group_id == one.group_id or not one.group_id]
            lines = {str(line.id): line for line in order.line_ids.browse(group) if line.state not in _FAILED}
            amounts = {key: line._decimal(line.amount) for key, line in lines.items()}
            found = of_group(_as_seen(one, next(iter(lines.values()))), amounts) if lines else None
            if found is None:
                if order:
                    order._booking_differs(one, sum(amounts.values(), Decimal(0)))
                continue
            facts += [(lines[key], fact, self._values(one, line_id)) for key, fact in found.items()]
        return facts

    @api.model
    def _values(self, movement, line_id):
        day = movement.booked_on
        text = movement.text or ""
        if movement.charges:
            text = self.env._("%(text)s Charges %(amount)s", text=text, amount=movement.charges).strip()
        return {
            "at": datetime.combine(day, datetime.min.time()) if day else None,
            "text": text[:200] or None,
            "statement_line_id": line_id,
        }


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _booking_differs(self, movement, total):
        """One booking for a group is not the sum of its payments: a person compares."""
        self.ensure_one()
        order = self.sudo()  # sudo: written by steps alone
        order.attention = self.env._(
            "The bank booked %(booked)s in one amount for the payments of %(group)s, which are %(total)s together. "
            "Compare with the bank which of them were executed.",
            booked=abs(movement.money.amount),
            group=movement.group_id or movement.message_id,
            total=total,
        )
        order._alarm(order.attention)

    def _alarm(self, text):
        """Tell a person once what has to be looked at."""
        self.ensure_one()
        order = self.sudo()  # sudo: activities are made for others
        user = order.released_by_id
        if user and not order.activity_ids.filtered(lambda one: one.summary == text[:100]):
            order.activity_schedule("mail.mail_activity_data_warning", user_id=user.id, summary=text[:100])

    def _restate(self):
        # EXTENDS: what cannot be true together, and what moved although it was cancelled, needs a person
        result = super()._restate()
        for order in self.sudo():  # sudo: written by steps alone
            doubtful = order.line_ids.filtered("problems")
            moved = order.line_ids.filtered(lambda line: line.state not in ("open", *_FAILED))
            if order.state == "cancelled" and moved:
                order.attention = self.env._(
                    "It is cancelled here, but the bank has %s of its payments. Ask the bank at once.", len(moved)
                )
                order._alarm(order.attention)
            elif doubtful:
                order._alarm(self.env._("What the bank says about payments cannot be true together."))
        return result


class FinanceBankHandlerStatement(models.AbstractModel):
    _inherit = "finance.bank.handler.statement"

    @api.model
    def _post(self, statement):
        # EXTENDS: what is on the ledger, or was before, settles payments
        outcome = super()._post(statement)
        if statement.state in ("posted", "duplicate"):
            self.env["finance.payment.movements"]._take(statement)
        return outcome


class FinanceBankProvisional(models.AbstractModel):
    _inherit = "finance.bank.provisional"

    @api.model
    def _handle(self, statement):
        # EXTENDS: a notification tells what was booked before the statement does
        outcome = super()._handle(statement)
        if statement.purpose == "notification" and statement.journal_id:
            self.env["finance.payment.movements"]._take(statement)
        return outcome


def _as_seen(movement, payment):
    """What the account says, from the side of the payment: money that goes the other way has come back.

    The account may be kept in another currency than the payment: then the payment is booked as it was ordered.
    """
    is_out = payment.order_id.direction == "transfer"
    kind = movement.kind
    if kind == BOOKED and (movement.money.amount > 0) == is_out:
        kind = RETURNED
    money = movement.money
    if movement.count is None and money.currency != payment.currency_id.name:
        money = Money(amount=payment._decimal(payment.amount), currency=payment.currency_id.name)
    return replace(movement, kind=kind, money=money)


def _plain(movement):
    values = {name: getattr(movement, name) for name in Movement.__dataclass_fields__}
    values |= {
        "money": [str(movement.money.amount), movement.money.currency],
        "booked_on": movement.booked_on.isoformat() if movement.booked_on else None,
        "charges": str(movement.charges) if movement.charges else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _movement(told):
    amount, currency = told["money"]
    day = told.get("booked_on")
    return Movement(
        **{
            **told,
            "money": Money(amount=Decimal(amount), currency=currency),
            "booked_on": fields.Date.to_date(day) if day else None,
            "charges": Decimal(told.get("charges") or 0),
        }
    )
