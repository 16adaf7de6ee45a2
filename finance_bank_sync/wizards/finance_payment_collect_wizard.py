from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ..models import finance_payment_collect as collect

#: days ahead that are usually collected: the notice of two weeks, and a week of them together
AHEAD = 21


class FinancePaymentCollectWizard(models.TransientModel):
    """Collects customer invoices: shows what would be collected when, and what is left out, and makes the orders."""

    _name = "finance.payment.collect.wizard"
    _description = "Collect Invoices"
    _inherit = ["finance.payment.dialog"]

    journal_id = fields.Many2one(
        "account.journal",
        string="Collect on",
        required=True,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        default=lambda self: self._default_journal(),
    )
    flow_id = fields.Many2one(
        "finance.flow",
        string="Leaves by",
        domain="[('company_id', '=', company_id), ('handler', '=like', 'finance.handler.payment%')]",
        help="Empty: handed to the bank by a person.",
    )
    due_until = fields.Date(
        string="Due until", required=True, default=lambda self: fields.Date.context_today(self) + timedelta(days=AHEAD)
    )
    day = fields.Date(
        string="Collect all on", help="Empty: each on the day it is due, as early as the notice to the debtor allows."
    )
    is_grouped = fields.Boolean(
        string="One collection a debtor and day", default=True, help="Credit notes lower it. Otherwise one an invoice."
    )
    partner_ids = fields.Many2many("res.partner", string="Debtors", help="Empty: all.")
    move_ids = fields.Many2many(
        "account.move",
        string="Invoices",
        domain="[('company_id', '=', company_id), ('state', '=', 'posted'), ('move_type', '=', 'out_invoice')]",
        help="Only these, whenever they are due.",
    )

    @api.model
    def _default_journal(self):
        domain = [("type", "=", "bank"), ("company_id", "=", self.env.company.id), ("bank_account_id", "!=", False)]
        return self.env["account.journal"].search(domain, limit=1)

    @api.model
    def default_get(self, fields_list):
        """Started from a list of invoices, these are collected."""
        values = super().default_get(fields_list)
        moves = self._chosen()
        if moves and "move_ids" in fields_list:
            if len(moves.company_id) > 1 or any(not move.is_sale_document(include_receipts=True) for move in moves):
                raise UserError(self.env._("Choose customer invoices of one company."))
            values |= {"move_ids": [(6, 0, moves.ids)], "company_id": moves.company_id.id}
        return values

    # -- what would be done ---------------------------------------------------------------

    def _plan(self):
        self._check_own_company()
        return self.env["finance.payment.collect"]._plan(
            self.company_id,
            due_until=self.due_until or fields.Date.context_today(self),
            day=self.day or None,
            # in a dialog that is not saved yet they are no records of the database
            partners=self.partner_ids._origin,
            moves=self.move_ids._origin,
            is_grouped=self.is_grouped,
        )

    @api.depends("company_id", "due_until", "day", "is_grouped", "partner_ids", "move_ids")
    def _compute_preview(self):
        for wizard in self:
            plan = wizard._plan()
            wizard.preview = wizard._collections_html(plan) + wizard._left_html(plan)

    def _collections_html(self, plan):
        if not plan.collections:
            return self._nothing(self.env._("Nothing to collect with this selection."))
        sums = defaultdict(lambda: [0, 0.0])
        for one in plan.collections:
            total = sums[one.due, one.mandate.scheme, one.sequence]
            total[0] += 1
            total[1] += one.amount
        currency = plan.collections[0].items.currency_id
        rows = [
            (format_date(self.env, due), scheme, sequence, count, format_amount(self.env, amount, currency))
            for (due, scheme, sequence), (count, amount) in sorted(sums.items())
        ]
        number = "text-end text-nowrap"
        columns = [
            (self.env._("Day"), ""),
            (self.env._("Scheme"), ""),
            (self.env._("Sequence"), ""),
            (self.env._("Collections"), number),
            (self.env._("Total"), number),
        ]
        return self._html_table("o_finance_collections", columns, rows)

    def _left_html(self, plan):
        words = self._reasons()
        left = []
        for one in plan.left:
            item = one.item
            text = f"{item.partner_id.display_name}: {item.move_id.name}" + (f" ({one.words})" if one.words else "")
            code = one.code if one.code in words else ""
            left.append((code, item.amount_residual_currency, item.currency_id, text))
        return self._left_table(left, {**words, "": self.env._("The mandate does not allow it")})

    @api.model
    def _reasons(self):
        return {
            collect.NO_MANDATE: self.env._("The debtor has no mandate in force: ask for one"),
            collect.SUSPENDED: self.env._("The mandate is suspended: clear it with the debtor"),
            collect.IN_ORDER: self.env._("In a payment order already"),
            collect.CURRENCY: self.env._("Direct debits are in euro"),
            collect.CREDIT: self.env._("A credit note that no invoice makes up for"),
            "mandate_unconfirmed": self.env._("The debtor's bank has not confirmed the B2B mandate"),
            "mandate_expired": self.env._("The mandate has expired: ask for a new one"),
            "mandate_used": self.env._("The mandate was for one collection: ask for a new one"),
            "mandate_finished": self.env._("The last collection by the mandate was made: ask for a new one"),
        }

    # -- doing it -------------------------------------------------------------------------

    def action_make(self):
        """Make the orders as drafts."""
        self.ensure_one()
        orders = self.env["finance.payment.collect"]._make(self.company_id, self.journal_id, self._plan(), self.flow_id)
        return self._window_of_orders(self.env._("Collections"), orders)

    def action_show_left(self):
        """The items that would be left out, as a list."""
        self.ensure_one()
        return self._window_of_left([one.item.id for one in self._plan().left])
