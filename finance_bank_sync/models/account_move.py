from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    # numbers as remittance texts are compared with them; the queries of finance.bank.candidates use the same text
    _finance_number = models.Index("(company_id, regexp_replace(upper(name), '[^0-9A-Z]+', '', 'g'))")
    _finance_reference = models.Index(
        "(company_id, regexp_replace(upper(payment_reference), '[^0-9A-Z]+', '', 'g'))"
        " WHERE payment_reference IS NOT NULL"
    )
    _finance_theirs = models.Index(
        "(company_id, regexp_replace(upper(ref), '[^0-9A-Z]+', '', 'g'))"
        " WHERE ref IS NOT NULL AND move_type IN ('in_invoice', 'in_refund')"
    )

    def unlink(self):
        """EXTENDS account: the database deletes the bank line together with its entry."""
        if not self:  # with each change of a journal item, core deletes what there mostly is not
            return super().unlink()
        entries = self.statement_line_id.finance_entry_id.sudo()  # sudo: entries are written by nobody
        result = super().unlink()
        entries._release()
        return result
