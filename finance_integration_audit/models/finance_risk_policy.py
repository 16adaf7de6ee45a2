import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError

KINDS = [
    ("out_invoice", "Customer invoices"),
    ("out_refund", "Customer credit notes"),
    ("in_invoice", "Vendor bills"),
    ("in_refund", "Vendor credit notes"),
    ("out_receipt", "Sales receipts"),
    ("in_receipt", "Purchase receipts"),
    ("entry", "Journal entries"),
]


class FinanceRiskPolicy(models.Model):
    """Which documents wait for the word of a risk system before they are posted (R-01)."""

    _name = "finance.risk.policy"
    _description = "Risk Hold Policy"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, required=True, default="in_invoice")
    journal_ids = fields.Many2many("account.journal", string="Journals", check_company=True, help="Empty: all.")
    partner_ids = fields.Many2many("res.partner", string="Partners", help="Empty: all.")
    country_ids = fields.Many2many("res.country", string="Countries of partners", help="Empty: all.")
    amount_from = fields.Monetary(string="From", currency_field="company_currency_id")
    flow_id = fields.Many2one(
        "finance.flow",
        string="Asked by",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('handler', '=', 'finance.handler.risk'), ('company_id', '=', company_id)]",
    )
    minutes = fields.Integer(
        string="Answer expected within (minutes)",
        default=60,
        required=True,
        help="After that people are told. It stays held.",
    )

    _minutes_positive = models.Constraint("CHECK (minutes > 0)", "An answer needs a minute at least.")

    @api.constrains("flow_id", "company_id")
    def _check_flow(self):
        for policy in self:
            if policy.flow_id.company_id != policy.company_id or policy.flow_id.handler != "finance.handler.risk":
                raise ValidationError(self.env._("The flow belongs to the company and asks a risk system."))

    @api.model
    def _in_force(self, companies):
        # sudo: what is held does not depend on who posts
        return self.sudo().search([("company_id", "in", companies.ids)])

    def _for(self, move):
        """:return: the first policy that a document falls under, or none"""
        return self.filtered(lambda policy: policy._fits(move))[:1]

    def _fits(self, move):
        partner = move.commercial_partner_id
        return (
            self.company_id == move.company_id
            and self.kind == move.move_type
            # what a bank has done already is a fact: it cannot wait
            and not move.statement_line_id
            and (not self.journal_ids or move.journal_id in self.journal_ids)
            and (not self.partner_ids or partner in self.partner_ids.commercial_partner_id)
            and (not self.country_ids or partner.country_id in self.country_ids)
            and self._amount(move) >= self.amount_from
        )

    @api.model
    def _amount(self, move):
        # an entry has no total: what it moves
        return abs(move.amount_total_signed) or sum(move.line_ids.mapped("debit"))


class AccountMove(models.Model):
    _inherit = "account.move"

    def _risk_digest(self):
        """:return: fingerprint of what a word is about; dates are not in it, for posting sets them"""
        self.ensure_one()
        move = self.sudo()  # sudo: the whole document, whoever posts
        lines = sorted(
            (
                line.account_id.id or 0,
                line.partner_id.id or 0,
                line.currency_id.name or "",
                f"{line.amount_currency:.6f}",
            )
            for line in move.line_ids.filtered("account_id")
        )
        facts = [
            move.company_id.id,
            move.journal_id.id,
            move.move_type,
            move.commercial_partner_id.id or 0,
            move.partner_bank_id.id or 0,
            move.currency_id.name,
            f"{move.amount_total:.6f}",
            move.ref or "",
            lines,
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
