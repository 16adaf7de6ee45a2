from odoo import models

from odoo.addons.base.models.ir_module import assert_log_admin_access

#: everything of the suite depends on it
BASE = "finance_connector_base"
OWN = "finance_integration_audit"
#: modules that are not there
ABSENT = ("uninstalled", "uninstallable")


class IrModuleModule(models.Model):
    """Who takes a part of the suite away, and that it went, is evidence (A-05)."""

    _inherit = "ir.module.module"

    @assert_log_admin_access
    def button_uninstall(self):
        """EXTENDS: the person is known here alone; it is carried out by the server."""
        before = self._of_suite()
        result = super().button_uninstall()
        going = before.filtered(lambda module: module.state == "to remove")
        self._tell_going("module.uninstall_asked", going)
        return result

    def module_uninstall(self):
        """EXTENDS: told before what it is about is gone; where the trail itself goes, its hook has told."""
        if OWN not in self.mapped("name"):
            self._tell_going("module.uninstalled", self._of_suite() & self)
        return super().module_uninstall()

    def _of_suite(self):
        """:return: modules that are there and depend on the control plane, whoever wrote them, and itself"""
        base = self.sudo().search([("name", "=", BASE)])  # sudo: names of modules
        return (base | base.downstream_dependencies(exclude_states=ABSENT)).with_env(self.env)

    def _tell_going(self, event, modules):
        for module in modules:
            self.env["finance.audit"]._record(
                event, module, before={"module": module.name, "version": module.latest_version or ""}
            )
