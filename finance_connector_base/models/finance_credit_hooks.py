from odoo import api, models


class FinanceCreditWatched(models.AbstractModel):
    """Marks the customers of the rows that change, in the transaction that changes them.

    It listens where columns are written, below ``write``: residual amounts and totals are
    computed, nobody calls ``write`` for them.
    """

    _name = "finance.credit.watched"
    _description = "Changes the Exposure of Customers"

    #: columns that matter, and those that say whose the row is
    _credit_columns = frozenset()
    _credit_whose = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env["finance.credit.change"]._note(self._table, records.ids)
        return records

    def _write_multi(self, vals_list):
        columns = set().union(*vals_list)
        changes = self.env["finance.credit.change"]
        if columns & self._credit_whose:
            changes._note_before(self._table, self.ids)
        result = super()._write_multi(vals_list)
        if columns & self._credit_columns:
            changes._note(self._table, self.ids)
        return result

    def unlink(self):
        if self.ids:
            self.flush_recordset()
            self.env["finance.credit.change"]._note_before(self._table, self.ids)
        return super().unlink()


class AccountMoveLine(models.Model):
    _name = "account.move.line"
    _inherit = ["account.move.line", "finance.credit.watched"]

    _credit_columns = frozenset(
        {"amount_residual", "parent_state", "account_id", "partner_id", "date_maturity", "company_id"}
    )
    _credit_whose = frozenset({"account_id", "partner_id", "company_id"})


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "finance.credit.watched"]

    _credit_columns = frozenset({"state", "amount_total_signed", "commercial_partner_id", "move_type", "company_id"})
    _credit_whose = frozenset({"commercial_partner_id", "company_id"})


class AccountPayment(models.Model):
    _name = "account.payment"
    _inherit = ["account.payment", "finance.credit.watched"]

    _credit_columns = frozenset(
        {"state", "move_id", "amount_company_currency_signed", "partner_id", "partner_type", "company_id"}
    )
    _credit_whose = frozenset({"partner_id", "company_id"})
