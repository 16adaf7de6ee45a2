from odoo import api, models


class FinanceMasterPartner(models.AbstractModel):
    _inherit = "finance.master.partner"

    @api.model
    def _scope(self, records):
        # EXTENDS: the work contacts of employees are no customers
        return super()._scope(records).filtered(lambda partner: not partner._is_work_contact())


class FinanceMasterPartnerBank(models.AbstractModel):
    _inherit = "finance.master.partner.bank"

    @api.model
    def _scope(self, records):
        # EXTENDS: where employees are paid is told of by a kind of its own
        return super()._scope(records) - records._of_employees()
