from odoo import api, fields, models


class FinanceAlertRule(models.Model):
    """What is looked for, from which value on it counts, and whom it goes to."""

    _name = "finance.alert.rule"
    _description = "Alert Rule"
    _order = "is_urgent desc, name"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    condition = fields.Selection("_select_condition", required=True)
    code = fields.Char(compute="_compute_condition", help="The page runbooks/alert-CODE.md of the module has its name.")
    unit = fields.Char(compute="_compute_condition")
    remedy = fields.Text(string="First thing to do", compute="_compute_condition")
    threshold = fields.Float(help="From this value on it is an alert.")
    is_urgent = fields.Boolean(string="Urgent", help="Told in quiet hours, too.")
    team_id = fields.Many2one("finance.alert.team", help="Empty: the team of its class.")
    alert_ids = fields.One2many("finance.alert", "rule_id")
    open_count = fields.Integer(compute="_compute_open_count", string="Open")
    looked_at = fields.Datetime(string="Last look", readonly=True, copy=False)
    error = fields.Char(string="The last look failed", readonly=True, copy=False)

    @api.model
    def _select_condition(self):
        return [(name, self.env[name]._title()) for name in self.env["finance.alert.condition"]._conditions()]

    def _adapter(self):
        """:return: the model of the condition, or None where its module is gone"""
        self.ensure_one()
        known = self.env["finance.alert.condition"]._conditions()
        return self.env[self.condition] if self.condition in known else None

    @api.depends("condition")
    def _compute_condition(self):
        for rule in self:
            adapter = rule._adapter() if rule.condition else None
            rule.code = adapter._code if adapter is not None else False
            rule.unit = adapter._unit() if adapter is not None else False
            rule.remedy = adapter._remedy() if adapter is not None else False

    def _compute_open_count(self):
        counts = dict(
            self.env["finance.alert"]._read_group(
                [("rule_id", "in", self.ids), ("state", "!=", "resolved")], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.open_count = counts.get(rule, 0)

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        # what a module brings along stands in its files
        for rule in rules if self.pool.ready else ():
            self.env["finance.audit"]._record("alert.rule.made", rule, after=rule._told())
        return rules

    def write(self, vals):
        """EXTENDS: who changes what is watched is evidence; the marks of a look are not."""
        if set(vals) <= {"looked_at", "error"}:
            return super().write(vals)
        before = {rule.id: rule._told() for rule in self}
        result = super().write(vals)
        for rule in self:
            self.env["finance.audit"]._record("alert.rule.changed", rule, before=before[rule.id], after=rule._told())
        return result

    def _told(self):
        return {
            "active": self.active,
            "condition": self.condition,
            "threshold": str(self.threshold),
            "urgent": self.is_urgent,
            "team": self.team_id.name or None,
        }

    def action_view_alerts(self):
        """Show what this rule has raised."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("finance_integration_audit.finance_alert_action")
        return action | {"domain": [("rule_id", "=", self.id)], "context": {}}
