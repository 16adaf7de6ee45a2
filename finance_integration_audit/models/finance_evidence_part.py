from odoo import api, models


class FinanceEvidencePart(models.AbstractModel):
    """Something that goes into a bundle of evidence. To add one: a model that inherits this, in a file of its own."""

    _name = "finance.evidence.part"
    _description = "Part of a Bundle of Evidence"

    @api.model
    def _title(self):
        """:return: what it is, for the readable report"""
        raise NotImplementedError(self._name)

    @api.model
    def _files(self, bundle):
        """Yield (name of the file, pieces of its content as bytes); nothing where there is nothing to show."""
        raise NotImplementedError(self._name)
