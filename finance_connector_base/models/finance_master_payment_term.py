from odoo import api, models
from odoo.fields import Command

from ..canonical import ABSENT, PaymentTerm
from .finance_master_guard import Mastered


class FinanceMasterPaymentTerm(models.AbstractModel):
    _name = "finance.master.payment.term"
    _inherit = "finance.master"
    _description = "Payment Terms"

    _canonical = PaymentTerm
    _records = "account.payment.term"
    _pairs = {"name": "name", "note": "note"}

    @api.model
    def _odoo_fields(self):
        return {**super()._odoo_fields(), "line_ids": "net_days"}

    @api.model
    def _label(self, name):
        return super()._label("line_ids" if name == "net_days" else name)

    @api.model
    def _spoken(self, record, connection):
        [*lines] = record.line_ids
        values = super()._spoken(record, connection)
        single = len(lines) == 1 and lines[0].value == "percent" and lines[0].delay_type == "days_after"
        # a term of several parts is more than this version can say
        return {**values, "net_days": lines[0].nb_days if single else ABSENT}

    @api.model
    def _values(self, obj, connection, names):
        values = super()._values(obj, connection, names)
        if "net_days" in names and obj.net_days is not None:
            line = {"value": "percent", "value_amount": 100.0, "delay_type": "days_after", "nb_days": obj.net_days}
            values["net_days"] = {"line_ids": [Command.clear(), Command.create(line)]}
        return values


class AccountPaymentTerm(Mastered, models.Model):
    _inherit = "account.payment.term"
    _master = "finance.master.payment.term"
