from odoo import api, fields, models

from odoo.addons.base.models.res_bank import sanitize_account_number

#: what decides which journal an account belongs to
IDENTIFYING = frozenset({"bank_account_id", "bank_acc_number", "currency_id", "active", "type"})


class AccountJournal(models.Model):
    _inherit = "account.journal"

    finance_date_basis = fields.Selection(
        [("booking", "Booking date"), ("value", "Value date")],
        string="Date of imported lines",
        default="booking",
        required=True,
    )
    finance_split_batches = fields.Boolean(
        string="One line per payment of a collective booking",
        default=True,
        help="Otherwise a collective booking is one line. Do not change it within a period that was imported already.",
    )
    finance_received_statement_ids = fields.One2many("finance.bank.statement", "journal_id")
    finance_attention_count = fields.Integer(compute="_compute_finance_attention_count")

    def _compute_finance_attention_count(self):
        groups = self.env["finance.bank.statement"]._read_group(
            [("journal_id", "in", self.ids), ("state", "=", "held")], ["journal_id"], ["__count"]
        )
        counts = {journal.id: count for journal, count in groups}
        for journal in self:
            journal.finance_attention_count = counts.get(journal.id, 0)

    @api.model
    def _finance_account_key(self, company_id, number):
        """Waiting key of statements whose account is not linked to the right journal yet."""
        return f"bank.account:{company_id}:{sanitize_account_number(number or '')}"

    @api.model_create_multi
    def create(self, vals_list):
        journals = super().create(vals_list)
        journals._finance_resume_accounts()
        return journals

    def write(self, vals):
        result = super().write(vals)
        if IDENTIFYING & vals.keys():
            self._finance_resume_accounts()
        return result

    def _finance_resume_accounts(self):
        """Statements that waited for one of these accounts go on."""
        keys = [
            self._finance_account_key(journal.company_id.id, journal.bank_account_id.acc_number)
            for journal in self
            if journal.bank_account_id
        ]
        self.env["finance.message"]._resume_waiting(*keys)
