from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount, format_date

from ..models import finance_payment_collect as collect

#: documents that are named for each reason
SHOWN = 5
#: days ahead that are usually collected: the notice of two weeks, and a week of them together
AHEAD = 21


class FinancePaymentCollectWizard(models.TransientModel):
    """Collects customer invoices: shows what would be collected when, and what is left out, and makes the orders."""

    _name = "finance.payment.collect.wizard"
    _description = "Collect Invoices"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
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
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.model
    def _default_journal(self):
        domain = [("type", "=", "bank"), ("company_id", "=", self.env.company.id), ("bank_account_id", "!=", False)]
        return self.env["account.journal"].search(domain, limit=1)

    @api.model
    def default_get(self, fields_list):
        """Started from a list of invoices, these are collected."""
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "account.move" and "move_ids" in fields_list:
            moves = self.env["account.move"].browse(self.env.context.get("active_ids") or [])
            if len(moves.company_id) > 1 or any(not move.is_sale_document(include_receipts=True) for move in moves):
                raise UserError(self.env._("Choose customer invoices of one company."))
            if moves:
                values |= {"move_ids": [(6, 0, moves.ids)], "company_id": moves.company_id.id}
        return values

    # -- what would be done ---------------------------------------------------------------

    def _plan(self):
        self.ensure_one()
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Choose one of your companies."))
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
            return Markup("<p class='text-muted'>%s</p>") % self.env._("Nothing to collect with this selection.")
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
        heads = (
            self.env._("Day"),
            self.env._("Scheme"),
            self.env._("Sequence"),
            self.env._("Collections"),
            self.env._("Total"),
        )
        return _table("o_finance_collections", heads, rows, numbers=2)

    def _left_html(self, plan):
        if not plan.left:
            return Markup("")
        by_reason = defaultdict(list)
        for one in plan.left:
            by_reason[one.code].append(one)
        words = self._reasons()
        rows = []
        for code, left in sorted(by_reason.items(), key=lambda pair: -len(pair[1])):
            names = [
                f"{one.item.partner_id.display_name}: {one.item.move_id.name}"
                + (f" ({one.words})" if one.words else "")
                for one in left[:SHOWN]
            ]
            if len(left) > SHOWN:
                names.append(self.env._("and %s more", len(left) - SHOWN))
            rows.append((words.get(code, self.env._("The mandate does not allow it")), ", ".join(names), len(left)))
        heads = (self.env._("Left out because"), self.env._("Which"), self.env._("Items"))
        return Markup("<h4>%s</h4>%s") % (self.env._("Left out"), _table("o_finance_left", heads, rows, numbers=1))

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
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Collections"),
            "res_model": "finance.payment.order",
            "view_mode": "list,form",
            "domain": [("id", "in", orders.ids)],
        }
        return {**action, "view_mode": "form", "res_id": orders.id} if len(orders) == 1 else action

    def action_show_left(self):
        """The items that would be left out, as a list."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Left out"),
            "res_model": "account.move.line",
            "view_mode": "list",
            "domain": [("id", "in", [one.item.id for one in self._plan().left])],
            "context": {"create": False},
        }


def _table(css, heads, rows, *, numbers):
    """:param numbers: how many of the last columns are numbers"""
    first = len(heads) - numbers

    def cells(tag, values):
        return Markup("").join(
            Markup("<%s class='%s'>%s</%s>")
            % (Markup(tag), "text-end text-nowrap" if place >= first else "", value, Markup(tag))
            for place, value in enumerate(values)
        )

    body = Markup("").join(Markup("<tr>%s</tr>") % cells("td", row) for row in rows)
    return Markup("<table class='table table-sm %s'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>") % (
        css,
        cells("th", heads),
        body,
    )
