from odoo import api, models


class FinanceGovernedLine(models.AbstractModel):
    """A line of something governed: to change it is to change the proposal it belongs to."""

    _name = "finance.governed.line"
    _description = "Line of a Governed Change"

    #: the many2one to what is governed
    _governed_parent = None

    def _governed_parents(self):
        return self[self._governed_parent]

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._governed_parents()._governed_touch()
        return lines

    def write(self, vals):
        parents = self._governed_parents()
        if not self.env.su:
            parents._governed_changeable()
        result = super().write(vals)
        (parents | self._governed_parents())._governed_touch()
        return result

    def unlink(self):
        parents = self._governed_parents()
        if not self.env.su:
            parents._governed_changeable()
        result = super().unlink()
        parents.exists()._governed_touch()
        return result
