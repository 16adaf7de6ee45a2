from odoo import fields, models


class FinanceConnection(models.Model):
    """A checklist that is not done keeps a connection from going live."""

    _inherit = "finance.connection"

    onboarding_ids = fields.One2many("finance.onboarding", "connection_id")

    def _missing(self):
        missing = super()._missing()
        if self.state == "draft":
            # sudo: what is left keeps it from going live, whoever looks
            left = self.sudo().onboarding_ids.filtered(lambda o: o.state == "open")._left_before_live()
            # the rest of activation says these itself
            left = left.filtered(lambda item: item.check not in ("owner", "environment", "limits", "test"))
            missing += [self.env._("%s (checklist of the onboarding)", item.name) for item in left]
        return missing
