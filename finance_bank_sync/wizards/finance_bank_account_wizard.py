from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.finance_connector_base.const import OPERATOR
from odoo.addons.finance_connector_base.safe import masking

from ..formats.model import NO_CURRENCY


class FinanceBankAccountWizard(models.TransientModel):
    """Links the account of a held statement to a bank journal, or makes one for it; everything that waited goes on.

    A statement without an account is linked to a journal for itself alone.
    """

    _name = "finance.bank.account.wizard"
    _description = "Link a Bank Account to a Journal"

    statement_id = fields.Many2one("finance.bank.statement", required=True, readonly=True)
    exception_id = fields.Many2one("finance.exception", readonly=True)
    # related and computed as the user: whoever may open a wizard must not read other companies' records through it
    company_id = fields.Many2one(related="statement_id.company_id", related_sudo=False)
    account_masked = fields.Char(string="Account in the statement", compute="_compute_account_masked")
    currency_name = fields.Char(related="statement_id.currency_name", related_sudo=False)
    journal_ids = fields.Many2many("account.journal", compute="_compute_journal_ids")
    may_make = fields.Boolean(compute="_compute_may_make")
    choice = fields.Selection(
        [("existing", "A journal that is there"), ("new", "A new journal")],
        string="Link to",
        compute="_compute_choice",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    new_name = fields.Char(
        string="Name of the journal",
        compute="_compute_new_name",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="It gets an account of its own in the chart of accounts.",
    )
    new_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the journal",
        compute="_compute_new_currency_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank journal",
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

    @api.depends("statement_id")
    def _compute_may_make(self):
        self.may_make = self.env["account.journal"].has_access("create")

    @api.depends("journal_ids")
    def _compute_choice(self):
        for wizard in self:
            wizard.choice = "new" if wizard.may_make and not wizard.journal_ids else "existing"

    @api.depends("statement_id")
    def _compute_new_name(self):
        for wizard in self:
            number = "".join(filter(str.isalnum, wizard.statement_id.account_number or ""))
            wizard.new_name = self.env._("Bank %s", number[-4:] or wizard.statement_id.currency_name or "").strip()

    @api.depends("statement_id")
    def _compute_new_currency_id(self):
        for wizard in self:
            name = wizard.statement_id.currency_name
            if not name or name == NO_CURRENCY:
                wizard.new_currency_id = wizard.statement_id.company_id.currency_id
            else:
                # one that is not active is not taken: the person is told which one is missing
                wizard.new_currency_id = self.env["res.currency"].search([("name", "=", name)], limit=1)

    def action_confirm(self):
        """Set the account on the journal, or the journal on the statement; that alone resumes the statement."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR)
        self.statement_id.check_access("read")
        if self.statement_id.state != "held":
            raise UserError(self.env._("This statement does not wait for its account."))
        if self.choice == "new":
            self.journal_id = self._make_journal()
        if self.journal_id.company_id != self.statement_id.company_id:
            raise UserError(self.env._("Choose a bank journal of %s.", self.statement_id.company_id.name))
        if self.statement_id.account_number:
            self._link_account()
        else:
            self._tell_journal()
        return {"type": "ir.actions.act_window_close"}

    def _make_journal(self):
        """:return: a new bank journal of the statement's company, made as the user, who has the right or not"""
        company = self.statement_id.company_id
        name, currency = (self.new_name or "").strip(), self.new_currency_id
        if not name:
            raise UserError(self.env._("Give the new journal a name."))
        if not currency:
            raise UserError(self.env._("Choose the currency of the journal; where %s is not in the list, activate it.",
                                       self.currency_name or company.currency_id.name))  # fmt: skip
        journal = (
            self.env["account.journal"]
            .with_company(company)
            .create(
                {
                    "name": name,
                    "type": "bank",
                    "company_id": company.id,
                    "currency_id": currency.id if currency != company.currency_id else False,
                }
            )
        )
        self.env["finance.audit"]._record(
            "bank.journal.made",
            journal,
            after={"journal": name, "currency": currency.name},
            correlation_id=self.statement_id.correlation_id,
        )
        return journal

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
        statements = self.env["finance.bank.handler.statement"]
        if not statements._find_journal(self.company_id, self.statement_id.account_number, self.currency_name):
            # linked once more it would wait on, without a word
            raise UserError(
                self.env._(
                    "Several journals have this account, and not one alone is in %s. Take it off the others, or "
                    "set their currencies.",
                    self.currency_name or self.company_id.currency_id.name,
                )
            )
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
