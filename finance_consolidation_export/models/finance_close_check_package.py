from odoo import api, models

from ..closing.finding import Finding


class FinanceCloseCheckPackage(models.AbstractModel):
    """The package of the company is approved, is what the ledger says, and final where the task is (C-06, C-07)."""

    _name = "finance.close.check.package"
    _description = "Check: Package approved"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Package approved")

    @api.model
    def _examine(self, task):
        entities = (task.entity_id or task.close_id.template_id._entities()).filtered("company_id")
        packages = self.env["finance.consolidation.package"].search(task.close_id._packages_domain())
        fit = packages.filtered(lambda package: self._is_fit(package, task))
        missing = entities - fit.entity_id
        if not missing:
            return Finding(passed=True, text=self.env._("Approved: %s.", ", ".join(fit.mapped("name"))))
        of_missing = packages.filtered(lambda package: package.entity_id in missing)
        return Finding(
            passed=False,
            count=len(missing),
            text=self.env._(
                "There is no approved package, true to the ledger, of: %s.", ", ".join(missing.mapped("code"))
            ),
            model="finance.consolidation.package" if of_missing else "",
            domain=[("id", "in", of_missing.ids)],
        )

    @api.model
    def _is_fit(self, package, task):
        """:return: whether the group can work with it"""
        return (
            package.state == "approved"
            and not package.stale_since
            and not package.redo_since
            and not (package.is_preliminary and task.phase == "final")
        )
