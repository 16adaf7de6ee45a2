from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class FinanceOwnershipRegister(models.Model):
    """Who answers for a domain of master data in a company: nothing is synchronised before that is written down."""

    _name = "finance.ownership.register"
    _description = "Ownership Register"
    _inherit = ["mail.thread"]
    _order = "company_id, domain"
    _rec_name = "domain"

    domain = fields.Selection(selection="_selection_domain", string="Master data", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, tracking=True
    )
    owner_id = fields.Many2one(
        "res.users", string="Business owner", required=True, tracking=True, help="Answers for what the data says."
    )
    support_id = fields.Many2one(
        "res.users", required=True, tracking=True, help="Is asked when the exchange does not work."
    )
    approver_ids = fields.Many2many(
        "res.users",
        "finance_ownership_register_approver_rel",
        string="Approvers",
        required=True,
        help="Decide about proposals. They also need the role of a mapping steward.",
    )
    reprocessor_id = fields.Many2one(
        "res.users",
        string="Reprocesses",
        required=True,
        tracking=True,
        help="Retries and discards messages of this domain.",
    )
    note = fields.Text()
    sync_count = fields.Integer(compute="_compute_sync_count", string="Synchronised with")

    _one_per_company = models.UniqueIndex(
        "(domain, company_id)", "This domain is in the register of the company already."
    )

    @api.model
    def _selection_domain(self):
        return self.env["finance.master"]._selection()

    def _compute_display_name(self):
        labels = dict(self._selection_domain())
        for row in self:
            row.display_name = self.env._(
                "%(domain)s of %(company)s", domain=labels.get(row.domain, row.domain), company=row.company_id.name
            )

    def _compute_sync_count(self):
        for row in self:
            row.sync_count = len(row._syncs())

    def _syncs(self):
        self.ensure_one()
        return self.env["finance.master.sync"].search(
            [("domain", "=", self.domain), ("company_id", "=", self.company_id.id)]
        )

    @api.constrains("approver_ids")
    def _check_approvers(self):
        for row in self:
            if not row.approver_ids:
                raise ValidationError(self.env._("Name at least one approver."))

    @api.constrains("owner_id", "support_id", "approver_ids", "reprocessor_id", "company_id")
    def _check_people(self):
        for row in self:
            people = row.owner_id | row.support_id | row.approver_ids | row.reprocessor_id
            strangers = people.filtered(lambda user, row=row: row.company_id not in user.company_ids or user.share)
            if strangers:
                raise ValidationError(
                    self.env._(
                        "%(people)s cannot answer for data of %(company)s: they do not work there.",
                        people=", ".join(strangers.mapped("name")),
                        company=row.company_id.name,
                    )
                )

    def write(self, vals):
        if {"domain", "company_id"} & vals.keys() and any(row._syncs() for row in self):
            raise UserError(self.env._("The domain is synchronised. Make another row instead of changing this one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        for row in self:
            if row._syncs():
                raise UserError(
                    self.env._(
                        "%s is synchronised, so somebody has to answer for it. Name other people instead.",
                        row.display_name,
                    )
                )

    @api.model
    def _row(self, domain, company):
        """:return: the row of a domain in a company, or an empty recordset"""
        # sudo: who answers is asked by the engine and by every check of an approver
        return self.sudo().search([("domain", "=", domain), ("company_id", "=", company.id)], limit=1)

    def action_view_syncs(self):
        """Show with which systems the domain is synchronised."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "finance.master.sync",
            "view_mode": "list,form",
            "domain": [("domain", "=", self.domain), ("company_id", "=", self.company_id.id)],
        }
