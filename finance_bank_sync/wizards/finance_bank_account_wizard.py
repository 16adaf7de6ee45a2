from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.finance_connector_base.const import OPERATOR
from odoo.addons.finance_connector_base.safe import masking


class FinanceBankAccountWizard(models.TransientModel):
    """Links the account of a held statement to a bank journal; everything that waited goes on.

    A statement without an account is linked to a journal for itself alone.
    """

    _name = "finance.bank.account.wizard"
    _description = "Link a Bank Account to a Journal"

    statement_id = fields.Many2one("finance.bank.statement", required=True, readonly=True)
    exception_id = fields.Many2one("finance.exception", readonly=True)
    # related as the user: whoever may open a wizard must not read other companies' records through it
    company_id = fields.Many2one(related="statement_id.company_id", related_sudo=False)
    account_masked = fields.Char(string="Account in the statement", compute="_compute_account_masked")
    currency_name = fields.Char(related="statement_id.currency_name", related_sudo=False)
    journal_ids = fields.Many2many("account.journal", compute="_compute_journal_ids")
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank journal",
        required=True,
        domain="[('id', 'in', journal_ids)]",
        help="Bank journals of the company without an account number; all of them where the file names no account.",
    )

    @api.depends("statement_id")
    def _compute_account_masked(self):
        for wizard in self:
            number = wizard.statement_id.account_number
            wizard.account_masked = masking.mask_account(number) if number else False

    @api.depends("statement_id")
    def _compute_journal_ids(self):
        for wizard in self:
            types = ("bank", "credit") if wizard.statement_id.account_number else ("bank", "credit", "cash")
            domain = Domain("company_id", "=", wizard.company_id.id) & Domain("type", "in", types)
            if wizard.statement_id.account_number:
                domain &= Domain("bank_account_id", "=", False)
            wizard.journal_ids = self.env["account.journal"].search(domain)

    def action_confirm(self):
        """Set the account on the journal, or the journal on the statement; that alone resumes the statement."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR)
        self.statement_id.check_access("read")
        if self.statement_id.state != "held":
            raise UserError(self.env._("This statement does not wait for its account."))
        if self.journal_id.company_id != self.statement_id.company_id:
            raise UserError(self.env._("Choose a bank journal of %s.", self.statement_id.company_id.name))
        if self.statement_id.account_number:
            self._link_account()
        else:
            self._tell_journal()
        return {"type": "ir.actions.act_window_close"}

    def _link_account(self):
        if not self.env.user.has_group("account.group_account_manager"):
            raise AccessError(self.env._("Only an accounting administrator may link an account to a journal."))
        if self.journal_id.type not in ("bank", "credit"):
            raise UserError(self.env._("Choose a bank journal of %s.", self.statement_id.company_id.name))
        if self.journal_id.bank_account_id:
            raise UserError(self.env._("%s has another account already. Choose or make another journal.",
                                       self.journal_id.name))  # fmt: skip
        # sudo: an accounting administrator need not be allowed to create contacts and their accounts
        self.journal_id.sudo().set_bank_account(self.statement_id.account_number)
        self.journal_id._finance_resume_accounts()
        self.env["finance.audit"]._record(
            "bank.account.linked",
            self.journal_id,
            after={"account": masking.mask_account(self.statement_id.account_number)},
            correlation_id=self.statement_id.correlation_id,
        )

    def _tell_journal(self):
        """A file that names no account: whose it is holds for this statement, and for no other one."""
        self.env["finance.bank.statement"]._check_accountant()
        message = self.statement_id.message_id
        if self.statement_id.journal_id or message.state != "held":
            raise UserError(self.env._("This statement does not wait for its account."))
        if self.journal_id.type not in ("bank", "credit", "cash"):
            raise UserError(self.env._("Choose a bank journal of %s.", self.statement_id.company_id.name))
        # sudo: statements are written by nobody; role and company were checked
        self.statement_id.sudo().journal_id = self.journal_id
        self.env["finance.audit"]._record(
            "bank.statement.journal_told",
            self.statement_id,
            after={"journal": self.journal_id.name},
            correlation_id=self.statement_id.correlation_id,
        )
        message.action_retry()
