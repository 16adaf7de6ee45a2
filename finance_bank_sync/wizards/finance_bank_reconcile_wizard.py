from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ledger.plan import LinePlan, Settlement
from ..models.finance_bank_reconcile_limits import NOT_BY_HAND


class FinanceBankReconcileWizard(models.TransientModel):
    """Reconciles one bank line by hand: with suggested or chosen open items, or with an account."""

    _name = "finance.bank.reconcile.wizard"
    _description = "Reconcile a Bank Line"

    # related as the user: whoever may open a wizard must not read other companies' records through it
    line_id = fields.Many2one("account.bank.statement.line", required=True, readonly=True)
    company_id = fields.Many2one(related="line_id.company_id", related_sudo=False)
    currency_id = fields.Many2one(related="line_id.currency_id", related_sudo=False)
    amount = fields.Monetary(related="line_id.amount", related_sudo=False)
    label = fields.Char(related="line_id.payment_ref", related_sudo=False)
    partner_name = fields.Char(related="line_id.partner_name", related_sudo=False)
    date = fields.Date(related="line_id.date", related_sudo=False)
    suggestion_ids = fields.One2many(related="line_id.finance_entry_id.suggestion_ids", related_sudo=False)
    item_ids = fields.Many2many(
        "account.move.line",
        string="Open items",
        domain="[('company_id', '=', company_id), ('parent_state', '=', 'posted'), ('reconciled', '=', False),"
        " ('account_id.account_type', 'in', ('asset_receivable', 'liability_payable')),"
        " ('statement_line_id', '=', False)]",
    )
    account_id = fields.Many2one(
        "account.account",
        string="Or book on account",
        domain="[('company_ids', 'in', company_id), ('account_type', 'not in', ('asset_receivable',"
        " 'liability_payable', 'asset_cash', 'liability_credit_card', 'off_balance'))]",
        help="For fees, interest and whatever no open item explains.",
    )
    partner_id = fields.Many2one("res.partner")
    difference = fields.Monetary(compute="_compute_difference", help="What stays open on the chosen items.")
    write_off_account_id = fields.Many2one(
        "account.account",
        string="Write the difference off on",
        domain="[('company_ids', 'in', company_id), ('account_type', 'not in', ('asset_receivable',"
        " 'liability_payable', 'asset_cash', 'liability_credit_card', 'off_balance'))]",
        help="Leave it empty to keep the rest open.",
    )

    @api.depends("item_ids", "line_id")
    def _compute_difference(self):
        for wizard in self:
            wizard.difference = wizard._difference()

    def _difference(self):
        """:return: what the chosen items are owed more than the line brings, in the currency of the line"""
        self.ensure_one()
        _liquidity, suspense, _other = self.line_id._seek_for_lines()
        if not self.item_ids or len(suspense) != 1 or self.item_ids.currency_id != suspense.currency_id:
            return 0.0
        owed = sum(self.item_ids.mapped("amount_residual_currency"))
        return suspense.currency_id.round(owed + suspense.amount_currency)

    @api.model
    def default_get(self, fields_list):
        """The best suggestion is chosen to begin with."""
        values = super().default_get(fields_list)
        # the form does not show the line, so it does not ask for its default
        line_id = values.get("line_id") or self.env.context.get("default_line_id")
        line = self.env["account.bank.statement.line"].browse(line_id)
        best = line.finance_entry_id.suggestion_ids[:1]
        if best and "item_ids" in fields_list:
            open_items = best.item_ids.filtered(lambda item: not item.reconciled)
            values["item_ids"] = [(6, 0, open_items.ids)]
        return values

    def action_confirm(self):
        """Settle the line with the chosen items or on the chosen account."""
        self.ensure_one()
        self.env["finance.bank.statement"]._check_accountant()
        line = self.line_id
        line.check_access("read")
        _liquidity, suspense, other = line._seek_for_lines()
        if not suspense or other or line.is_reconciled:
            raise UserError(self.env._("This line is reconciled already. Undo that first."))
        self._chosen_account(suspense)
        difference = self._difference() if self.write_off_account_id else 0.0
        best = self.suggestion_ids[:1]
        partner = self.item_ids.partner_id or self.partner_id
        plan = LinePlan(
            entry_id=line.finance_entry_id.id or 0,
            sequence=0,
            date=line.date,
            amount=Decimal(0),
            label=line.payment_ref or "",
            settlement=Settlement(
                item_ids=tuple(self.item_ids.ids),
                account_id=(self.write_off_account_id if difference else self.account_id).id or None,
                partner_id=partner.id or None,
                difference="write_off" if difference else None,
                difference_amount=Decimal(repr(difference)),
            ),
            rule="chosen",
        )
        self.env["finance.bank.decision"]._decide(
            line,
            plan,
            agreed=bool(best) and not difference and self._is_answer(best),
            score=best.score,
            partner=self.item_ids.partner_id,
        )
        return {"type": "ir.actions.act_window_close"}

    def _is_answer(self, suggestion):
        """Whether the person chose what the engine would have."""
        if self.account_id:
            return suggestion.account_id == self.account_id
        return suggestion.item_ids == self.item_ids

    def _chosen_account(self, suspense):
        """:return: the account to book on
        :raise UserError: when the choice makes no sense; the form offers less, RPC does not ask the form
        """
        if bool(self.item_ids) == bool(self.account_id):
            raise UserError(self.env._("Choose either open items or an account."))
        company = self.line_id.company_id
        for chosen in filter(None, (self.account_id, self.write_off_account_id)):
            allowed = chosen.account_type not in NOT_BY_HAND and company in chosen.company_ids
            if not allowed or not chosen.active:
                raise UserError(self.env._("%s cannot be chosen here.", chosen.display_name))
        if self.account_id:
            return self.account_id
        account = self.item_ids.account_id
        if len(account) > 1 or len(self.item_ids.partner_id) > 1:
            raise UserError(self.env._("Choose items of one partner and one account."))
        if self.item_ids.filtered(
            lambda item: (
                item.company_id != company
                or item.parent_state != "posted"
                or item.reconciled
                or item.statement_line_id
                or item.account_id.account_type not in ("asset_receivable", "liability_payable")
            )
        ):
            raise UserError(self.env._("Only open receivables and payables of %s can be reconciled.", company.name))
        if sum(self.item_ids.mapped("amount_residual")) * suspense.balance >= 0:
            raise UserError(self.env._("Money that came in pays receivables, money that went out pays payables."))
        return account
