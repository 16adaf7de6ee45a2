"""Payments about which the bank has said no last word in time: found, shown, asked about, and told to people (K-33).

A bank may drop its answer about the refused part of a file. The statement then settles the rest, and nothing of what
is known would ever say that the others were not executed.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import APPROVER, RELEASER
from ..payments import execution, progress

ACTIVITY = "finance_bank_sync.mail_activity_payment_word"
#: orders that the bank has and of which payments are open
AT_BANK = ("sent", "accepted")
#: orders that are looked at in one run
_ORDERS = 500
#: people who are told
_TOLD = 2


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    _payment_protected = frozenset(("silent_since",))

    silent_since = fields.Datetime(
        string="No last word since",
        readonly=True,
        copy=False,
        help="Since when the bank should have said what became of it, or its statement should show it.",
    )

    @api.depends("silent_since")
    def _compute_situation(self):
        # EXTENDS
        result = super()._compute_situation()
        self.filtered("silent_since").situation = "action"
        return result

    def _stood(self, before, after):
        # EXTENDS: the word has arrived
        result = super()._stood(before, after)
        if after not in progress.WAITING:
            self.sudo().filtered("silent_since").silent_since = False  # sudo: written by steps alone
        return result


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    @api.model
    def _cron_inquire(self):
        # EXTENDS: also of orders that the bank has, something may stay unsaid
        result = super()._cron_inquire()
        self._find_silent()
        return result

    @api.model
    def _find_silent(self):
        """Mark payments whose last word is overdue, ask the bank where it can be asked, and tell people once."""
        for order_id, line_ids in self._overdue():
            # sudo: the scheduled action sees every company
            order = self.sudo().browse(order_id)
            order.line_ids.browse(line_ids).silent_since = self.env.cr.now().replace(microsecond=0)
            order._restate()
            order._inquire()
            order._call_for_words()
            if self.env.context.get("cron_id"):
                self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _overdue(self):
        """:return: list of (order id, ids of its payments that became overdue)"""
        self.env.flush_all()
        today = fields.Date.context_today(self)
        # sudo: orders and settings of every company
        found = self.sudo()._read_group([("state", "in", AT_BANK)], ["company_id"])
        limits = [(one.id, execution.silent_until(today, one.finance_payment_word_days)) for (one,) in found]
        if not limits:
            return []
        return self.env.execute_query(
            SQL(
                """
                SELECT o.id, array_agg(l.id ORDER BY l.id)
                  FROM (VALUES %s) AS v(company_id, day)
                  JOIN finance_payment_order o ON o.company_id = v.company_id AND o.state IN %s
                  JOIN finance_payment_line l ON l.order_id = o.id AND l.state IN %s AND l.silent_since IS NULL
                 WHERE GREATEST(COALESCE(l.date, o.requested_date), o.sent_at::date) <= v.day::date
                 GROUP BY o.id ORDER BY o.id LIMIT %s
                """,
                SQL(", ").join(SQL("%s", limit) for limit in limits),
                AT_BANK,
                progress.WAITING,
                _ORDERS,
            )
        )

    def _silent(self, limit=None):
        """:return: payments of it that people have to say something about"""
        self.ensure_one()
        lines = self.env["finance.payment.line"]
        asked = ["|", ("silent_since", "!=", False), ("state", "=", progress.UNCLEAR)]
        return lines.search([("order_id", "=", self.id), ("order_id.state", "in", AT_BANK), *asked], limit=limit)

    def _restate(self):
        # EXTENDS: the task is over when the word has arrived about all of them
        result = super()._restate()
        for order in self.sudo():  # sudo: activities of colleagues
            if order.activity_search([ACTIVITY]) and not order._silent(1):
                order.activity_feedback([ACTIVITY])
        return result

    def _what_needs_a_person(self, lines):
        # EXTENDS
        told = super()._what_needs_a_person(lines)
        silent = len(lines.filtered("silent_since"))
        if not silent:
            return told
        mine = self.env._(
            "Nobody has said what became of %(count)s of %(all)s payments, and no statement shows them. Ask the bank.",
            count=silent,
            all=len(lines),
        )
        return " ".join(filter(None, [told, mine]))

    def _call_for_words(self):
        """One task for whoever released it, and one for another person who may decide; not again while it is open."""
        self.ensure_one()
        order = self.sudo()  # sudo: activities are made for others
        if order.activity_search([ACTIVITY]):
            return
        people = order._members(RELEASER) | order._members(APPROVER)
        people = (order.released_by_id & people) | people
        first = people[:1]
        others = people.filtered(lambda user: not user._payment_persons() & first._payment_persons())
        for user in (first | others)[:_TOLD]:
            order.activity_schedule(
                ACTIVITY,
                user_id=user.id,
                summary=self.env._("No last word about payments. Ask the bank; two people say what became of them."),
            )

    def action_seen(self):
        # EXTENDS: what nobody knows is found out, not waved away
        self.ensure_one()
        if self.env["finance.payment.line"].search_count(
            [("order_id", "=", self.id), ("silent_since", "!=", False)], limit=1
        ):
            raise UserError(
                self.env._("The bank has not said what became of some payments: ask it, and say what it told you.")
            )
        return super().action_seen()


class ResCompany(models.Model):
    _inherit = "res.company"

    finance_payment_word_days = fields.Integer(
        string="Banking days until a payment without a last word is asked about",
        default=2,
        required=True,
        help="So many banking days after the day of execution the bank has said what became of a payment, or its "
        "statement shows it. Then people are told that neither did.",
    )

    _finance_payment_word_days = models.Constraint(
        "CHECK (finance_payment_word_days BETWEEN 1 AND 60)",
        "A payment without a last word is asked about after 1 to 60 banking days.",
    )
