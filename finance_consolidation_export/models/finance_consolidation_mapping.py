from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine.notice import notice

from ..balances import assignment
from ..const import ACCOUNTANT


class FinanceConsolidationMapping(models.Model):
    """From the accounts of companies to those of the group, proposed by one person and approved by another (C-04).

    There is one for all companies of a chart, and one for each company that needs its own rules; those count first.
    """

    _name = "finance.consolidation.mapping"
    _description = "Mapping to the Group Chart"
    _inherit = ["finance.governed"]
    _order = "chart_id, company_id, version desc"
    _allow_sudo_commands = False
    _governed_event = "consolidation.mapping"
    _governed_group = ACCOUNTANT

    name = fields.Char(required=True)
    chart_id = fields.Many2one(
        "finance.consolidation.chart", string="Group chart", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: for every company.")
    rule_ids = fields.One2many("finance.consolidation.rule", "mapping_id", string="Rules", copy=True)
    case_ids = fields.One2many("finance.consolidation.case", "mapping_id", string="Test cases", copy=True)
    failed_count = fields.Integer(compute="_compute_failed_count", string="Failed test cases")
    replaces_id = fields.Many2one("finance.consolidation.mapping", readonly=True, copy=False)
    origin_id = fields.Many2one("finance.consolidation.mapping", readonly=True, copy=False, index=True)
    approvals = fields.Integer(readonly=True, copy=False)

    _active_unique = models.UniqueIndex(
        "(chart_id, COALESCE(company_id, 0), COALESCE(valid_from, '0001-01-01')) WHERE state = 'active'",
        "There is a mapping in use for this. Make a new version of it instead.",
    )

    @api.depends("name", "version")
    def _compute_display_name(self):
        for mapping in self:
            mapping.display_name = f"{mapping.name or ''} v{mapping.version}"

    @api.depends("rule_ids.operation", "rule_ids.code", "rule_ids.qualifier", "rule_ids.account_id", "case_ids.facts")
    def _compute_failed_count(self):
        for mapping in self:
            mapping.failed_count = len(mapping.case_ids.filtered(lambda case: not case.passed))

    @api.model
    def _in_force(self, chart, company, day):
        """:return: the approved mappings that count for a company on a day: its own and the shared one"""
        # sudo: a package is mapped the same way whoever builds it
        found = self.sudo().search(
            [("chart_id", "=", chart.id), ("state", "=", "active"), ("company_id", "in", [company.id, False])]
        )
        return found.filtered(lambda mapping: mapping._valid_on(day))

    def _parts(self):
        """:return: the rules as ``assignment`` takes them"""
        return [part for rule in self.rule_ids.sorted("id") if (part := rule._part())]

    def action_check(self):
        """Run the test cases and say how they came out."""
        self.ensure_one()
        self.check_access("read")
        self._governed_check()
        return notice(self.env._("%s test case(s) passed.", len(self.case_ids)), "success")

    # -- governance (see finance.governed) -----------------------------------------------------

    def _governed_check(self):
        for mapping in self:
            if not mapping.rule_ids:
                raise UserError(self.env._("The mapping has no rules yet."))
            try:
                assignment.divisions(mapping._parts())
            except assignment.DivisionError as error:
                rules = self.env["finance.consolidation.rule"].browse(error.rules)
                raise UserError(
                    self.env._(
                        "The percentages of %(rules)s come to %(total)s. What is divided must come to 100.",
                        rules="; ".join(rules.mapped("display_name")),
                        total=error.total.normalize(),
                    )
                ) from error
            failed = mapping.case_ids.filtered(lambda case: not case.passed)
            if failed:
                raise UserError(
                    self.env._("Test case %(case)s fails: %(result)s.", case=failed[0].name, result=failed[0].result)
                )

    def _governed_siblings(self):
        self.ensure_one()
        return [("chart_id", "=", self.chart_id.id), ("company_id", "=", self.company_id.id)]

    def _governed_lock(self):
        # sudo: what collides may belong to a company the person does not see
        self._governed_serialise(self.sudo().search([("chart_id", "in", self.chart_id.ids)]))

    def _facts(self):
        self.ensure_one()
        mapping = self.sudo()  # sudo: the same facts for everybody who decides
        return {
            "name": mapping.name,
            "chart": mapping.chart_id.name,
            "company": mapping.company_id.name or None,
            "rules": [rule._told() for rule in mapping.rule_ids.sorted("id")],
            "cases": [case._told() for case in mapping.case_ids.sorted("id")],
            "valid_from": fields.Date.to_string(mapping.valid_from) if mapping.valid_from else None,
            "valid_to": fields.Date.to_string(mapping.valid_to) if mapping.valid_to else None,
        }
