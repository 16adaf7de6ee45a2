from odoo import models

from ..const import CONTROLLER


class FinanceConsolidationDelivery(models.Model):
    """Buttons of the form."""

    _inherit = "finance.consolidation.delivery"

    def _ask_decision(self, decision, name):
        self.ensure_one()
        self.package_id._check_role(CONTROLLER)
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "finance.consolidation.delivery.wizard",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_delivery_id": self.id, "default_decision": decision},
        }

    def action_again(self):
        """Ask why the same file is loaded again."""
        return self._ask_decision("again", self.env._("Load again"))

    def action_started(self):
        """Ask for the job that was found at the platform."""
        return self._ask_decision("started", self.env._("It was started"))

    def action_not_started(self):
        """Ask how it is known that nothing was started."""
        return self._ask_decision("not_started", self.env._("It was not started"))

    def action_loaded(self):
        """Ask under what number a file was loaded by hand."""
        return self._ask_decision("loaded", self.env._("Loaded by hand"))

    def action_cancel(self):
        """Ask why a delivery is given up."""
        return self._ask_decision("cancel", self.env._("Give up"))

    def action_download(self):
        """Download the file that is delivered."""
        self.ensure_one()
        self.check_access("read")
        self.package_id.check_access("read")
        return {"type": "ir.actions.act_url", "url": f"/finance/group/delivery/{self.id}/file", "target": "download"}

    def action_print(self):
        """Print the certificate."""
        self.ensure_one()
        self.check_access("read")
        return self.env.ref("finance_consolidation_export.finance_consolidation_certificate_report").report_action(
            self.certificate_id
        )

    def action_view_messages(self):
        """Open the messages of its steps."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Steps of %s", self.name),
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
            "context": {},
        }
