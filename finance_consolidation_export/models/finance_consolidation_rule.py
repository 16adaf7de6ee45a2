from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.finance_connector_base.engine import conditions, ranking

from ..balances.assignment import Part


class FinanceConsolidationRule(models.Model):
    """One rule of a mapping: which accounts of a company, under which conditions, go to which group account."""

    _name = "finance.consolidation.rule"
    _description = "Rule of a Mapping to the Group Chart"
    _inherit = ["finance.governed.line"]
    _order = "code, id"
    _allow_sudo_commands = False
    _governed_parent = "mapping_id"

    mapping_id = fields.Many2one("finance.consolidation.mapping", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="mapping_id.company_id", store=True, index=True)
    chart_id = fields.Many2one(related="mapping_id.chart_id")
    operation = fields.Selection(
        [
            ("equals", "is exactly"),
            ("in", "is one of"),
            ("prefix", "starts with"),
            ("range", "is in the range"),
            ("matches", "fits the pattern"),
            ("default", "is any other"),
        ],
        string="The account",
        required=True,
        default="prefix",
    )
    code = fields.Char(
        required=True,
        help="One code; several with commas (is one of); first..last (range); a pattern such as 4[0-9]{3}; * "
        "for any other.",
    )
    qualifier = fields.Char(
        string="Conditions",
        help="What else must hold: type = income; cost_center in 100, 200; partner_entity is set. Known are the "
        "type of the "
        "account, the company of the group it is with (partner_entity) and the codes of the dimensions. Empty: always.",
    )
    account_id = fields.Many2one(
        "finance.consolidation.account",
        string="Group account",
        required=True,
        ondelete="restrict",
        domain="[('chart_id', '=', chart_id)]",
    )
    per_cent = fields.Float(
        string="%", default=100.0, required=True, help="Rules that say the same divide the balance; they come to 100."
    )
    is_reversed = fields.Boolean(string="Other sign", help="The group shows it with the opposite sign.")
    movement = fields.Char(help="What the group calls the change of this balance, e.g. F20. Empty: as the target does.")

    @api.onchange("operation")
    def _onchange_operation(self):
        if self.operation == "default":
            self.code = "*"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._canonical(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._canonical(vals))

    @api.model
    def _canonical(self, vals):
        return self.env["finance.mapping"]._canonical(vals)

    @api.constrains("operation", "code", "account_id")
    def _check_rule(self):
        for rule in self:
            try:
                ranking.check_operand(rule.operation, rule.code or "")
            except ranking.RuleError as error:
                raise ValidationError(self.env["finance.mapping"]._operand_words(error)) from error
            if rule.account_id.chart_id != rule.mapping_id.chart_id:
                raise ValidationError(
                    self.env._("%s is an account of another group chart.", rule.account_id.display_name)
                )

    @api.depends("operation", "code", "qualifier", "account_id")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = rule._told() if rule.account_id else rule.code

    def _part(self):
        """:return: the rule as ``assignment`` takes it, or None when it cannot be read yet"""
        self.ensure_one()
        try:
            rule = ranking.make_rule(
                id=self.id or 0,
                operation=self.operation,
                operand=self.code or "",
                qualifier=self.qualifier or None,
                has_company=bool(self.mapping_id.company_id),
            )
        except (ranking.RuleError, conditions.ConditionError):
            return None
        return Part(
            rule=rule,
            account=self.account_id.id,
            per_cent=Decimal(repr(self.per_cent)).normalize(),
            sign=-1 if self.is_reversed else 1,
            movement=self.movement or "",
        )

    def _told(self):
        """:return: the rule as one line, for hashes and differences"""
        words = {"equals": "", "in": "in ", "prefix": "", "range": "", "matches": "~ ", "default": ""}
        text = f"{words[self.operation]}{self.code}{'..' if self.operation == 'prefix' else ''}"
        if self.qualifier:
            text += f" [{self.qualifier}]"
        text += f" => {self.account_id.code}"
        if self.per_cent != 100:
            text += f" {self.per_cent:g} %"
        if self.is_reversed:
            text += " other sign"
        return text + (f" {self.movement}" if self.movement else "")
