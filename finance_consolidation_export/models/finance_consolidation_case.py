import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..balances import assignment


class FinanceConsolidationCase(models.Model):
    """A test case of a mapping: an account with what is known of it, and the group account it must come to."""

    _name = "finance.consolidation.case"
    _description = "Test Case of a Mapping to the Group Chart"
    _inherit = ["finance.governed.line"]
    _order = "id"
    _allow_sudo_commands = False
    _governed_parent = "mapping_id"

    mapping_id = fields.Many2one("finance.consolidation.mapping", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="mapping_id.company_id", store=True, index=True)
    name = fields.Char(required=True)
    code = fields.Char(string="Account", required=True)
    facts = fields.Text(string="Known besides", required=True, default="{}", help='As JSON: {"cost_center": "100"}')
    expected = fields.Char(string="Must come to", required=True, help="Code of the group account; several with commas.")
    result = fields.Char(compute="_compute_result", string="Comes to")
    passed = fields.Boolean(compute="_compute_result")

    @api.constrains("facts")
    def _check_facts(self):
        for case in self:
            if not isinstance(case._given(), dict):
                raise ValidationError(
                    self.env._('What is known of %s is no JSON object such as {"cost_center": "100"}.', case.name)
                )

    def _given(self):
        try:
            return json.loads(self.facts or "")
        except ValueError:
            return None

    @api.depends(
        "code", "facts", "expected", "mapping_id.rule_ids.operation", "mapping_id.rule_ids.code",
        "mapping_id.rule_ids.qualifier", "mapping_id.rule_ids.account_id", "mapping_id.rule_ids.per_cent",
    )  # fmt: skip
    def _compute_result(self):
        for case in self:
            given = case._given()
            key = assignment.Key(value=0, code=case.code or "", facts=given if isinstance(given, dict) else {})
            day = case.mapping_id.valid_from or fields.Date.context_today(case)
            try:
                parts = assignment.assign(case.mapping_id._parts(), [key], day).get(0, ())
            except assignment.DivisionError:
                case.result, case.passed = self.env._("percentages do not come to 100"), False
                continue
            accounts = self.env["finance.consolidation.account"].browse(part.account for part in parts)
            codes = sorted(accounts.mapped("code"))
            case.result = ", ".join(codes) or self.env._("no rule speaks of it")
            case.passed = codes == sorted(code.strip() for code in (case.expected or "").split(","))

    def _told(self):
        return f"{self.name}: {self.code} {self.facts} => {self.expected}"
