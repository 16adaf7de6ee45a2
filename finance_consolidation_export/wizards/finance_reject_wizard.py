from odoo import models


class FinanceRejectWizard(models.TransientModel):
    """Packages are returned with a reason, too."""

    _inherit = "finance.reject.wizard"

    def _models(self):
        return super()._models() | {"finance.consolidation.package"}
