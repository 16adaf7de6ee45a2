from odoo import api, models


class FinanceMasterPartner(models.AbstractModel):
    _inherit = "finance.master.partner"

    @api.model
    def _scope(self, records):
        # EXTENDS: the work contacts of employees are no customers
        # sudo: whether a partner is an employee's contact decides what is exchanged, and is told to nobody
        return super()._scope(records).filtered(lambda partner: not partner.sudo().employee_ids)
