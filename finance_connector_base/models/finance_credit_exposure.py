from odoo import api, fields, models


class FinanceCreditExposure(models.Model):
    """What a customer owes a company, against the credit limit; one row a customer and company.

    Written by ``finance_credit_refresh.py`` and by nobody else. Odoo's own credit limit of the
    customer is the limit, there is no second one.
    """

    _name = "finance.credit.exposure"
    _description = "Customer Credit Exposure"
    _order = "exposure desc, id"
    _rec_name = "partner_id"
    _log_access = False
    _allow_sudo_commands = False

    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade", index=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    receivable = fields.Monetary(readonly=True, help="Open items of posted entries, payments on account deducted.")
    overdue = fields.Monetary(readonly=True, help="Of these, past their due date.")
    not_due = fields.Monetary(readonly=True, string="Not due yet")
    in_transit = fields.Monetary(
        readonly=True, string="Payments in transit", help="Registered, and on no entry yet: they reduce the exposure."
    )
    ordered = fields.Monetary(readonly=True, string="Ordered, not invoiced")
    draft = fields.Monetary(
        readonly=True, string="Draft invoices", help="For information: a draft is no claim, it does not count."
    )
    exposure = fields.Monetary(
        readonly=True, help="Open items and what is ordered but not invoiced, less payments in transit."
    )
    credit_limit = fields.Monetary(readonly=True)
    headroom = fields.Monetary(readonly=True, help="What may still be sold on credit; negative when over the limit.")
    usage = fields.Float(readonly=True, aggregator="avg", string="Used (%)")
    status = fields.Selection(
        [("unlimited", "No limit"), ("ok", "Within limit"), ("near", "Near limit"), ("over", "Over limit")],
        readonly=True,
        index=True,
    )
    changed_at = fields.Datetime(string="Last change", readonly=True)
    refreshed_at = fields.Datetime(readonly=True)
    guarded_at = fields.Datetime(readonly=True, help="Last time two people could not pass the limit at once.")
    user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")

    _one_per_customer = models.UniqueIndex("(company_id, partner_id)")

    def action_view_items(self):
        """Show the open items behind the figure."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open items of %s", self.partner_id.display_name),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("amount_residual", "!=", 0),
            ],
        }

    def action_view_runs(self):
        """Show the credit releases of the customer."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Processes"),
            "res_model": "finance.process.run",
            "view_mode": "list,kanban,form",
            "domain": [("partner_id", "child_of", self.partner_id.id), ("company_id", "=", self.company_id.id)],
        }

    # -- for whoever decides about more credit -----------------------------------------------

    @api.model
    def _guard(self, company, partners):
        """Let one transaction at a time decide about more credit for these customers.

        Two invoices that fit the limit each, and not together, must not pass at once: the second
        transaction finds the row changed, is run again by Odoo, and then sees the first.
        """
        self.env.cr.execute(
            "INSERT INTO finance_credit_exposure (company_id, partner_id, currency_id, exposure, status)"
            " SELECT %s, u, %s, 0, 'unlimited' FROM unnest(%s) u ORDER BY u"
            " ON CONFLICT (company_id, partner_id) DO NOTHING",
            (company.id, company.currency_id.id, sorted(partners.ids)),
        )
        self.env.cr.execute(
            "UPDATE finance_credit_exposure SET guarded_at = clock_timestamp() AT TIME ZONE 'UTC' WHERE id IN"
            " (SELECT id FROM finance_credit_exposure WHERE company_id = %s AND partner_id = ANY(%s)"
            " ORDER BY id FOR UPDATE)",
            (company.id, partners.ids),
        )

    @api.model
    def _live(self, company, partner):
        """:return: dict of the figures as they are in this very transaction"""
        # sudo: figures of the customer, whoever confirms the invoice
        return self.sudo()._figures([(company.id, partner.id)])[company.id, partner.id]
