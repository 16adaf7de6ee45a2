from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount, format_date

from odoo.addons.finance_connector_base.models.step_up import step_up

from ..const import CONFIDENTIAL, CREATOR
from ..models.finance_payment_open_items import BILLS, REFUNDS, SALARIES, Selection
from ..payments import run

#: days ahead that a run usually pays
AHEAD = 7


class FinancePaymentProposeWizard(models.TransientModel):
    """Pays open items: shows what would be paid, how, and what is left out, and makes the orders (K-07, S-18, K-35)."""

    _name = "finance.payment.propose.wizard"
    _description = "Pay Bills"
    _inherit = ["finance.payment.dialog"]

    kind = fields.Selection(
        [(BILLS, "Vendor bills"), (REFUNDS, "Refunds to customers"), (SALARIES, "Salaries")],
        string="What",
        required=True,
        default=BILLS,
    )
    day = fields.Date(string="Execution", required=True, default=fields.Date.context_today)
    due_until = fields.Date(
        string="Due until", default=lambda self: fields.Date.context_today(self) + timedelta(days=AHEAD)
    )
    discount_until = fields.Date(
        string="Discounts ending until",
        default=lambda self: fields.Date.context_today(self) + timedelta(days=AHEAD),
        help="Bills whose early payment discount ends by then are paid too, though they are not due yet.",
    )
    with_discounts = fields.Boolean(string="Take discounts", default=True)
    with_credit_notes = fields.Boolean(
        string="Net credit notes",
        default=True,
        help="A credit note lowers the payment of its payee; one who owes us more than we owe is not paid.",
    )
    grouped = fields.Boolean(
        string="One payment per payee", default=True, help="Otherwise one per bill, where no credit note is netted."
    )
    partner_ids = fields.Many2many("res.partner", string="Payees", help="Empty: all.")
    currency_id = fields.Many2one("res.currency", help="Empty: all.")
    journal_id = fields.Many2one(
        "account.journal",
        string="Pay from",
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        help="Empty: as the payment routes say.",
    )
    urgency = fields.Selection(
        [("normal", "Normal"), ("urgent", "Urgent"), ("instant", "Instant")], required=True, default="normal"
    )
    move_ids = fields.Many2many(
        "account.move",
        string="Documents",
        domain="[('company_id', '=', company_id), ('state', '=', 'posted')]",
        help="Only these, whenever they are due. Of salaries: the posted payroll entry.",
    )
    reason = fields.Char(
        string="Pay again because",
        help="Pays also what is in another order or was paid already. Whoever approves sees the reason.",
    )

    @api.model
    def default_get(self, fields_list):
        """Started from a list of documents, these are paid."""
        values = super().default_get(fields_list)
        moves = self._chosen()
        if moves and "move_ids" in fields_list:
            kinds = {self._kind_of(move) for move in moves}
            if len(kinds) > 1 or len(moves.company_id) > 1:
                raise UserError(self.env._("Choose documents of one kind and one company: bills, refunds or payroll."))
            values |= {"move_ids": [(6, 0, moves.ids)], "kind": kinds.pop(), "company_id": moves.company_id.id}
        return values

    @api.model
    def _kind_of(self, move):
        if move.move_type in ("out_refund", "out_invoice"):
            return REFUNDS
        return SALARIES if move.move_type == "entry" else BILLS

    # -- what would be done ----------------------------------------------------------------

    def _selection(self):
        self._check_own_company()
        if self.kind == SALARIES and not self.env.user.has_group(CONFIDENTIAL):
            raise AccessError(self.env._("Salaries are paid by whoever may see confidential payments."))
        return Selection(
            company_id=self.company_id.id,
            day=self.day or fields.Date.context_today(self),
            kind=self.kind,
            due_until=self.due_until or None,
            discount_until=self.with_discounts and self.discount_until or None,
            partner_ids=tuple(self.partner_ids.ids),
            currency_id=self.currency_id.id or None,
            with_credit_notes=self.with_credit_notes,
            with_discounts=self.with_discounts,
            move_ids=tuple(self.move_ids.ids),
        )

    def _plan(self, reason=None):
        """:return: (selection, plan)"""
        selection = self._selection()
        plan = self.env["finance.payment.run"]._plan(
            selection,
            grouped=self.grouped or self.kind == SALARIES,
            journal=self.journal_id or None,
            urgency=self.urgency,
            reason=reason,
        )
        return selection, plan

    @api.depends(
        "company_id", "kind", "day", "due_until", "discount_until", "with_discounts", "with_credit_notes", "grouped",
        "partner_ids", "currency_id", "journal_id", "urgency", "move_ids", "reason",
    )  # fmt: skip
    def _compute_preview(self):
        for wizard in self:
            if wizard.kind == SALARIES and not wizard.move_ids:
                wizard.preview = self._nothing(self.env._("Choose the posted payroll entry that is to be paid."))
                continue
            _selection, plan = wizard._plan((wizard.reason or "").strip() or None)
            wizard.preview = wizard._orders_html(plan) + wizard._left_html(plan)

    def _orders_html(self, plan):
        if not plan.orders:
            return self._nothing(self.env._("Nothing to pay with this selection."))
        number = "text-end text-nowrap"
        columns = [
            (self.env._("From"), ""),
            (self.env._("Leaves by"), ""),
            (self.env._("Execution"), ""),
            (self.env._("Payments"), number),
            (self.env._("Total"), number),
            ("", "text-warning-emphasis"),
        ]
        return self._html_table("o_finance_orders", columns, map(self._order_row, plan.orders))

    def _order_row(self, order):
        way = order.way
        # sudo: the name of the channel, nothing else of it
        flow = self.env["finance.flow"].sudo().browse(way.flow_id)
        currency = self.env["res.currency"].browse(order.currency_id)
        notes = [way.note, self.env["finance.payment.run"]._day_note(self.day, order.day)]
        return (
            self.env["account.journal"].browse(way.journal_id).display_name,
            flow.display_name or self.env._("By hand"),
            format_date(self.env, order.day.day),
            len(order.payments),
            format_amount(self.env, float(order.amount), currency),
            " ".join(filter(None, notes)),
        )

    def _left_html(self, plan):
        currencies = self.env["res.currency"]
        left = []
        for one in plan.left:
            fact = plan.facts[one.item.id]
            why = fact.get("duplicate") or fact["order"]
            text = f"{fact['payee']}: {fact['document']}" + (f" ({why})" if why else "")
            left.append((one.code, one.item.amount, currencies.browse(fact["currency_id"]), text))
        return self._left_table(left, self._reasons())

    @api.model
    def _reasons(self):
        return {
            run.NO_ACCOUNT: self.env._("The payee has no bank account: enter one"),
            run.UNTRUSTED: self.env._("The account of the payee is not trusted: have it verified (Send Money)"),
            run.BLOCKED: self.env._("The bill is blocked"),
            run.IN_ORDER: self.env._("In another payment order already"),
            run.NEGATIVE: self.env._("The payee owes us as much or more"),
            run.CREDIT_ALONE: self.env._("A credit note without a bill to net it with"),
            run.NO_ROUTE: self.env._("No route fits and can be used: choose an own account, or add a route"),
            run.DUPLICATE: self.env._("Paid already, it seems"),
        }

    # -- doing it --------------------------------------------------------------------------

    def action_make(self):
        """Make the orders; where something is paid again, with the password."""
        self.ensure_one()
        self.env["finance.message"]._check_role(CREATOR)
        if (self.reason or "").strip():
            return self._make_verified()
        return self._make()

    @step_up
    def _make_verified(self):
        return self._make((self.reason or "").strip())

    def _make(self, reason=None):
        selection, plan = self._plan(reason)
        orders = self.env["finance.payment.run"]._make(plan, selection, urgency=self.urgency, reason=reason)
        return self._window_of_orders(self.env._("Payment Orders"), orders)

    def action_show_left(self):
        """The items that would be left out, as a list."""
        self.ensure_one()
        _selection, plan = self._plan((self.reason or "").strip() or None)
        return self._window_of_left([one.item.id for one in plan.left])
