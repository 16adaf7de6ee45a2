from odoo import fields, models


class FinanceChecklistPoint(models.AbstractModel):
    _inherit = "finance.checklist.point"

    check = fields.Selection(
        selection_add=[
            ("bank_consent", "A consent is good"),
            ("bank_journals", "Each account that is fetched has its journal"),
        ]
    )


class FinanceOnboardingItem(models.Model):
    _inherit = "finance.onboarding.item"

    def _check_bank_consent(self, connection):
        return "valid" in connection.bank_consent_ids.mapped("state")

    def _check_bank_journals(self, connection):
        accounts = connection.bank_account_ids.filtered(lambda account: account.is_fetched and account.is_open)
        return bool(accounts) and all(account.journal_id for account in accounts)
