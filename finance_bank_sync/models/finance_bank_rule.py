from dataclasses import dataclass
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..matching.rules import Rule, fold, holds
from .finance_bank_knowledge import text_of
from .finance_bank_reconcile_limits import NOT_BY_HAND

#: bookings that a preview looks at, and shows
PREVIEW_LOOKED_AT = 2_000
PREVIEW_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a rule does with a booking; without an account it only says who the partner is."""

    account_id: int | None
    partner_id: int | None
    tax_ids: tuple = ()
    analytic: dict | None = None
    label: str | None = None
    is_automatic: bool = False


class FinanceBankRule(models.Model):
    """What a person wants done with bookings of a kind: a partner, or an account with tax and analytics.

    Rules are asked in their order, the first that holds counts. Open items that a booking names
    without doubt go before any rule about an account.
    """

    _name = "finance.bank.rule"
    _description = "Bank Matching Rule"
    _inherit = ["mail.thread", "analytic.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    journal_ids = fields.Many2many(
        "account.journal",
        string="Journals",
        check_company=True,
        domain="[('type', 'in', ('bank', 'credit', 'cash'))]",
        help="Empty: all of the company.",
    )
    label_mode = fields.Selection(
        [
            ("contains", "Contains"),
            ("not_contains", "Does not contain"),
            ("words", "Has all of the words"),
            ("pattern", "Fits the pattern (* is any text)"),
        ],
        string="Text",
        default="contains",
        required=True,
        tracking=True,
        help="Compared with label, remittance and name of the counterparty, without regard to case.",
    )
    label = fields.Char(string="Text of the booking", tracking=True)
    direction = fields.Selection([("both", "In and out"), ("in", "Money in"), ("out", "Money out")], default="both",
                                 required=True, tracking=True)  # fmt: skip
    amount_min = fields.Float(string="Amount from", digits=(16, 2), tracking=True)
    amount_max = fields.Float(string="Amount to", digits=(16, 2), tracking=True, help="0: no limit.")
    transaction_codes = fields.Char(help="Beginnings of bank transaction codes, separated by blanks: PMNT-RDDT.")
    match_partner_ids = fields.Many2many(
        "res.partner", "finance_bank_rule_partner_rel", string="Of the partners", check_company=True
    )
    account_id = fields.Many2one(
        "account.account",
        string="Book on account",
        check_company=True,
        tracking=True,
        domain="[('account_type', 'not in', ('asset_receivable', 'liability_payable', 'asset_cash',"
        " 'liability_credit_card', 'off_balance'))]",
        help="Without an account the rule only says who the partner is.",
    )
    tax_ids = fields.Many2many("account.tax", string="Taxes", check_company=True,
                               help="Contained in the amount of the booking.")  # fmt: skip
    partner_id = fields.Many2one("res.partner", string="Partner of the booking", check_company=True, tracking=True)
    entry_label = fields.Char(string="Label of the journal item", help="Empty: the text of the bank.")
    is_automatic = fields.Boolean(
        string="Without asking", tracking=True, help="Book at once. Otherwise the rule only proposes."
    )
    match_ids = fields.One2many("finance.bank.match", "rule_id", string="Matches")
    match_count = fields.Integer(compute="_compute_match_count", string="Times used")
    preview_ids = fields.Many2many("finance.bank.entry", compute="_compute_preview", string="Bookings it holds for")
    preview_text = fields.Char(compute="_compute_preview", string="Preview")

    _amounts = models.Constraint(
        "CHECK (amount_max = 0 OR amount_max >= amount_min)", "The largest amount is below the smallest one."
    )

    @api.constrains("label", "amount_min", "amount_max", "match_partner_ids", "transaction_codes")
    def _check_conditions(self):
        for rule in self:
            has_text = rule.label and fold(rule.label).strip("* ")
            if not (has_text or rule.match_partner_ids or rule.transaction_codes or rule.amount_max):
                raise ValidationError(
                    self.env._("Rule %s would hold for every booking: give it a text, an amount, a partner or a code.",
                               rule.name)
                )  # fmt: skip

    @api.constrains("account_id", "partner_id", "tax_ids")
    def _check_effect(self):
        for rule in self:
            if not rule.account_id and not rule.partner_id:
                raise ValidationError(self.env._("Rule %s does nothing: choose an account or a partner.", rule.name))
            if rule.account_id.account_type in NOT_BY_HAND:
                raise ValidationError(
                    self.env._("%s is reached through open items only.", rule.account_id.display_name)
                )
            if rule.tax_ids and not rule.account_id:
                raise ValidationError(self.env._("Taxes need an account to book on."))

    def _compute_match_count(self):
        # sudo: a count for whoever may see the rule
        groups = (
            self.env["finance.bank.match"].sudo()._read_group([("rule_id", "in", self.ids)], ["rule_id"], ["__count"])
        )
        counts = {rule.id: count for rule, count in groups}
        for rule in self:
            rule.match_count = counts.get(rule.id, 0)

    @api.depends("label_mode", "label", "direction", "amount_min", "amount_max", "transaction_codes",
                 "match_partner_ids", "journal_ids")  # fmt: skip
    def _compute_preview(self):
        """The latest bookings the rule would have held for, while it is being written."""
        for rule in self:
            entries, looked_at = rule._held_for()
            rule.preview_ids = entries[:PREVIEW_SHOWN]
            rule.preview_text = self.env._(
                "Holds for %(found)s of the latest %(all)s bookings.", found=len(entries), all=looked_at
            )

    def _held_for(self):
        """:return: (entries of the latest bookings that the conditions hold for, how many were looked at)"""
        self.ensure_one()
        entries = self.env["finance.bank.entry"]
        if not (self.label or self.match_partner_ids or self.transaction_codes or self.amount_max):
            return entries, 0
        # as the user: only bookings that the user may see
        looked_at = entries.search(
            [("company_id", "=", self.company_id.id), ("state", "=", "posted")],
            order="id desc",
            limit=PREVIEW_LOOKED_AT,
        )
        pure = self._pure()
        rows = self.env["finance.bank.matcher"]._rows(looked_at)
        accounts = {}
        if pure.partners:
            numbers = {row["party_account"] for row in rows if row["party_account"]}
            accounts = self.env["finance.bank.knowledge"]._accounts(self.company_id, numbers)
        found = []
        for row in rows:
            text = text_of(row, accounts.get(row["party_account"]))
            if holds(pure, text, fold(text.text)):
                found.append(row["id"])
        return looked_at.filtered(lambda entry: entry.id in set(found)), len(looked_at)

    def _pure(self):
        return Rule(
            id=self.id if isinstance(self.id, int) else 0,
            mode=self.label_mode or "contains",
            label=self.label or "",
            direction={"in": 1, "out": -1}.get(self.direction, 0),
            least=Decimal(repr(self.amount_min)) if self.amount_min else None,
            most=Decimal(repr(self.amount_max)) if self.amount_max else None,
            codes=tuple((self.transaction_codes or "").upper().split()),
            partners=frozenset(self.match_partner_ids.commercial_partner_id.ids),
            journals=frozenset(self.journal_ids.ids),
        )

    @api.model
    def _effects(self, company):
        """:return: (pure rules in their order, dict id -> :class:`Effect`)"""
        rules = self.sudo().search([("company_id", "=", company.id)])  # sudo: asked by the engine for one company
        return [rule._pure() for rule in rules], {
            rule.id: Effect(
                account_id=rule.account_id.id or None,
                partner_id=rule.partner_id.id or None,
                tax_ids=tuple(rule.tax_ids.ids),
                analytic=rule.analytic_distribution or None,
                label=rule.entry_label or None,
                is_automatic=rule.is_automatic,
            )
            for rule in rules
        }

    def action_test(self):
        """Show all bookings among the latest ones that the rule holds for."""
        self.ensure_one()
        self.check_access("read")
        entries, _looked_at = self._held_for()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%s holds for", self.name),
            "res_model": "finance.bank.entry",
            "view_mode": "list,form",
            "domain": [("id", "in", entries.ids)],
        }

    def action_view_matches(self):
        """Show what the rule was used for."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "finance.bank.match",
            "view_mode": "list,form",
            "domain": [("rule_id", "=", self.id)],
        }
