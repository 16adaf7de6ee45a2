from odoo import api, models

from ..const import APPROVER, RELEASER


class FinanceStop(models.Model):
    _inherit = "finance.stop"

    @api.model
    def _steering_groups(self):
        """EXTENDS: whoever decides about payments may stop them at once."""
        return (*super()._steering_groups(), APPROVER, RELEASER)
