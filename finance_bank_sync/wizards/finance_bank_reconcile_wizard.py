from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class FinanceBankReconcileWizard(models.TransientModel):
    """Reconciles one bank line by hand: with suggested or chosen open items, or with an account."""

    _name = "finance.bank.reconcile.wizard"
    _description = "Reconcile a Bank Line"

    line_id = fields.Many2one("account.bank.statement.line", required=True, readonly=True)
    company_id = fields.Many2one(related="line_id.company_id")
    currency_id = fields.Many2one(related="line_id.currency_id")
    amount = fields.Monetary(related="line_id.amount")
    label = fields.Char(related="line_id.payment_ref")
    partner_name = fields.Char(related="line_id.partner_name")
    date = fields.Date(related="line_id.date")
    suggestion_ids = fields.One2many(related="line_id.finance_entry_id.suggestion_ids")
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

    @api.model
    def default_get(self, fields_list):
        """The best suggestion is chosen to begin with."""
        values = super().default_get(fields_list)
        line = self.env["account.bank.statement.line"].browse(values.get("line_id"))
        best = line.finance_entry_id.suggestion_ids[:1]
        if best and "item_ids" in fields_list:
            open_items = best.item_ids.filtered(lambda item: not item.reconciled)
            values["item_ids"] = [(6, 0, open_items.ids)]
        return values

    def action_confirm(self):
        """Move the suspense amount to its account, then reconcile through Odoo."""
        self.ensure_one()
        if not self.env.user.has_group("account.group_account_user"):
            raise AccessError(self.env._("Only an accountant may reconcile."))
        line = self.line_id
        _liquidity, suspense, _other = line._seek_for_lines()
        if not suspense or line.is_reconciled:
            raise UserError(self.env._("This line is reconciled already. Undo that first."))
        if bool(self.item_ids) == bool(self.account_id):
            raise UserError(self.env._("Choose either open items or an account."))
        account = self.item_ids.account_id or self.account_id
        if len(account) > 1 or len(self.item_ids.partner_id) > 1:
            raise UserError(self.env._("Choose items of one partner and one account."))
        locks = line.company_id._get_violated_lock_dates(line.date, False, line.journal_id)
        if locks:
            raise UserError(
                self.env._("The line falls into a closed period: %s.", line.company_id._format_lock_dates(locks))
            )
        partner = self.item_ids.partner_id or self.partner_id
        suspense.with_context(skip_readonly_check=True).write(
            {"account_id": account.id, **({"partner_id": partner.id} if partner else {})}
        )
        if self.item_ids:
            (suspense | self.item_ids).reconcile()
        self.env["finance.audit"]._record(
            "bank.line.reconciled",
            line,
            after={"items": self.item_ids.ids, "account": account.code},
            correlation_id=line.finance_correlation_id,
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}
