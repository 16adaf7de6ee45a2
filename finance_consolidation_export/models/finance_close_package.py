from odoo import fields, models

#: packages that a reopened task makes doubtful
BUILT = ("draft", "prepared", "reviewed", "approved")


class FinanceConsolidationPackage(models.Model):
    """Packages and the close: what was opened again makes them doubtful, and they lead to their tasks."""

    _inherit = "finance.consolidation.package"

    redo_since = fields.Datetime(
        string="To be made anew since", readonly=True, copy=False, help="A task of the close was opened again."
    )
    redo_reason = fields.Char(string="Why it is to be made anew", readonly=True, copy=False)
    close_left_count = fields.Integer(string="Open tasks of the close", compute="_compute_close_left_count")

    def _compute_close_left_count(self):
        for package in self:
            package.close_left_count = self.env["finance.close.task"].search_count(
                [*package._close_tasks_domain(), ("state", "not in", ("done", "skipped"))]
            )

    def _close_tasks_domain(self):
        self.ensure_one()
        return [
            ("scenario_id", "=", self.scenario_id.id),
            ("date_to", "=", self.date_to),
            ("entity_id", "=", self.entity_id.id),
            ("close_state", "!=", "cancelled"),
        ]

    def action_view_close_tasks(self):
        """Open the tasks of the close of its company and period."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("finance_consolidation_export.finance_close_task_action")
        return {**action, "domain": self._close_tasks_domain(), "context": {}}

    def _build(self):
        result = super()._build()
        self.sudo().write({"redo_since": False, "redo_reason": False})  # sudo: what the steps write
        return result


class FinanceClosePeriod(models.Model):
    _inherit = "finance.close.period"

    package_count = fields.Integer(string="Packages", compute="_compute_package_count")

    def _packages_domain(self):
        self.ensure_one()
        return [
            ("scenario_id", "=", self.scenario_id.id),
            ("date_to", "=", self.date_to),
            ("state", "not in", ("superseded", "cancelled")),
        ]

    def _compute_package_count(self):
        for close in self:
            close.package_count = self.env["finance.consolidation.package"].search_count(close._packages_domain())

    def _redo_packages(self, entities, reason):
        """Mark what was built of companies as to be made anew."""
        self.ensure_one()
        packages = self.env["finance.consolidation.package"].search(
            [*self._packages_domain(), ("entity_id", "in", entities.ids), ("built_at", "!=", False)]
        )
        packages.write({"redo_since": self.env.cr.now(), "redo_reason": reason})
        for package in packages:
            package._message_log(body=self.env._("To be made anew, a task of the close was opened again: %s", reason))
        return packages

    def action_view_packages(self):
        """Open the packages of the period."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_consolidation_export.finance_consolidation_package_action"
        )
        return {
            **action,
            "domain": self._packages_domain(),
            "context": {"default_scenario_id": self.scenario_id.id, "default_date_to": str(self.date_to)},
        }


class FinanceConsolidationScenario(models.Model):
    _inherit = "finance.consolidation.scenario"

    close_count = fields.Integer(string="Closes", compute="_compute_close_count")

    def _compute_close_count(self):
        counts = dict(
            self.env["finance.close.period"]._read_group(
                [("scenario_id", "in", self.ids), ("state", "!=", "cancelled")], ["scenario_id"], ["__count"]
            )
        )
        for scenario in self:
            scenario.close_count = counts.get(scenario, 0)

    def action_view_closes(self):
        """Open the closes of the scenario."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_consolidation_export.finance_close_period_action"
        )
        return {
            **action,
            "domain": [("scenario_id", "=", self.id)],
            "context": {"default_scenario_id": self.id},
        }
