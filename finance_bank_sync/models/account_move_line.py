from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # what is open of a partner, and what is open with an amount: small, whatever the size of the ledger
    _finance_open_partner = models.Index(
        "(partner_id, amount_residual_currency) WHERE reconciled IS NOT TRUE AND parent_state = 'posted'"
        " AND amount_residual_currency <> 0 AND statement_line_id IS NULL"
    )
    _finance_open_amount = models.Index(
        "(company_id, amount_residual_currency, currency_id) WHERE reconciled IS NOT TRUE AND parent_state = 'posted'"
        " AND amount_residual_currency <> 0 AND statement_line_id IS NULL"
    )
