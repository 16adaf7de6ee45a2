from dataclasses import replace
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..matching.collective import answer as answer_of
from ..matching.collective import choose
from ..matching.facts import OpenItem

#: an order in one of these states may be booked any day
_UNDER_WAY = ("sent", "accepted", "unknown")


class FinanceBankCollective(models.AbstractModel):
    """One booking for a whole order, a group of it, or several of its payments: it settles all of them (K-12).

    The bank names the group (``PmtInfId``), the message or the payments; then it is done without asking where the sum
    is right, and proposed where the amount leaves one payment out. Where nobody is named, the sum of one order alone
    is proposed.
    """

    _name = "finance.bank.collective"
    _description = "Collective Bookings of Payments"

    @api.model
    def _answer(self, company, answers, journal=None):
        """:param answers: list of :class:`~..matching.answers.Answer`, changed where a booking is about payments"""
        whole = [
            found
            for found in answers
            # what was split names its payments, each by itself
            if found.row["detail_position"] == 0 and not found.decision.items and not found.fact.is_return
        ]
        if not whole or not self.env["finance.payment.movements"]._is_needed(company):
            return
        told = dict(
            self.env.execute_query(
                SQL(
                    "SELECT id, movements FROM finance_bank_entry WHERE id = ANY(%s) AND movements IS NOT NULL",
                    [found.row["id"] for found in whole],
                )
            )
        )
        sums = self._sums(company, whole)
        for found in whole:
            journal_id = found.row["journal_id"] or journal.id
            movements = told.get(found.row["id"]) or []
            lines, count = self._named(journal_id, movements)
            chosen = choose(found.fact.amount, self._items(lines, found.fact), count)
            is_named = bool(lines)
            if not lines and not found.decision.suggestions:
                orders = sums.get((journal_id, found.fact.currency, found.fact.amount), [])
                if len(orders) == 1:
                    chosen = choose(found.fact.amount, self._items(orders[0].line_ids, found.fact))
            if chosen and (len(chosen.items) > 1 or is_named):
                decision = answer_of(chosen, is_named=is_named)
                others = [s for s in found.decision.suggestions if s.item_ids != decision.suggestions[0].item_ids]
                found.decision = replace(decision, suggestions=(*decision.suggestions, *others))

    @api.model
    def _named(self, journal_id, movements):
        """:return: (payments that a booking names, how many the bank says)"""
        # sudo: the engine, limited to the journal of the statement
        lines = self.env["finance.payment.line"].sudo()
        orders = self.env["finance.payment.order"].sudo()
        groups = [one for one in movements if one.get("count") is not None]
        if len(groups) == 1:
            [group] = groups
            group_id = group.get("group_id")
            message_id = group_id.rpartition("-")[0] if group_id else group.get("message_id")
            order = orders.search([("journal_id", "=", journal_id), ("message_id_for_bank", "=", message_id)], limit=1)
            ids = order._group_ids() if order else {}
            return lines.browse([line for line, its in ids.items() if its == group_id or not group_id]), group["count"]
        if len(movements) > 1 and not groups:
            named = [one.get("end_to_end_id") for one in movements], [one.get("uetr") for one in movements]
            ids, uetrs = ([value for value in values if value] for values in named)
            domain = ["|", ("end_to_end_id", "in", ids), ("uetr", "in", uetrs)]
            return lines.search([("journal_id", "=", journal_id), *domain]), len(movements)
        return lines, None

    @api.model
    def _sums(self, company, answers):
        """:return: dict (journal, currency, signed amount) -> orders under way of this sum"""
        amounts = {abs(found.fact.amount) for found in answers}
        # sudo: the engine, limited to the company
        orders = (
            self.env["finance.payment.order"]
            .sudo()
            .search(
                [
                    ("company_id", "=", company.id),
                    ("state", "in", _UNDER_WAY),
                    ("amount", "in", [float(amount) for amount in amounts]),
                ],
                limit=100,
            )
        )
        found = {}
        for order in orders:
            sign = -1 if order.direction == "transfer" else 1
            amount = sign * Decimal(str(order.amount)).quantize(Decimal(1).scaleb(-order.currency_id.decimal_places))
            found.setdefault((order.journal_id.id, order.currency_id.name, amount), []).append(order)
        return found

    @api.model
    def _items(self, lines, fact):
        """What of these payments waits for the bank, in the currency of the booking."""
        if not lines:
            return []
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT l.id, l.amount_residual_currency::text, l.amount_residual::text, c.name, l.partner_id,
                       l.account_id, l.date_maturity
                  FROM finance_payment_line f
                  JOIN account_payment p ON p.id = f.payment_id
                  JOIN account_move_line l ON l.move_id = p.move_id AND l.account_id = p.outstanding_account_id
                  JOIN account_account a ON a.id = l.account_id AND a.reconcile
                  JOIN res_currency c ON c.id = l.currency_id
                 WHERE f.id = ANY(%s) AND f.state NOT IN ('rejected', 'cancelled') AND l.parent_state = 'posted'
                   AND l.reconciled IS NOT TRUE AND l.amount_residual_currency <> 0 AND c.name = %s
                 ORDER BY l.id
                """,
                lines.ids,
                fact.currency,
            )
        )
        return [
            OpenItem(
                id=item_id,
                names=frozenset(),
                residual=Decimal(residual),
                currency=currency,
                partner_id=partner_id or 0,
                account_id=account_id,
                due=due,
                local=Decimal(local),
            )
            for item_id, residual, local, currency, partner_id, account_id, due in self.env.cr.fetchall()
        ]
