from odoo import api, models

from ..formats import known_formats


class FinanceBankStatementFormat(models.AbstractModel):
    """The statement formats this database can read.

    A module adds one by extending the list: ``return [*super()._formats(), Bai2()]``.
    """

    _name = "finance.bank.statement.format"
    _description = "Statement Formats"

    @api.model
    def _formats(self):
        """:return: list of :class:`~..formats.model.StatementFormat` objects"""
        return known_formats()

    @api.model
    def _formats_of(self, company):
        """:return: what is read for a company: the formats, and its own sheet profiles"""
        return [*self._formats(), *self.env["finance.bank.statement.profile"]._sheets(company)]
