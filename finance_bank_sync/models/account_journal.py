from decimal import Decimal

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.res_bank import sanitize_account_number

from ..matching.facts import Settings

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
    finance_match_automatic = fields.Boolean(
        string="Match without asking",
        default=True,
        help="Otherwise every match is only proposed.",
    )
    finance_match_threshold = fields.Integer(
        string="From certainty",
        default=80,
        help="Matches with at least this certainty (0 to 99) are made without asking. A named document of the"
        " right amount has 90.",
    )
    finance_match_tolerance = fields.Monetary(
        string="Tolerance",
        help="Differences up to this amount may be written off to the account for differences.",
    )
    finance_match_grace_days = fields.Integer(
        string="Days of grace", help="Days that a payment may be late for an early payment discount."
    )
    finance_difference_account_id = fields.Many2one(
        "account.account",
        string="Account for differences",
        check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_other', 'income_other', 'income'))]",
    )
    finance_charge_account_id = fields.Many2one(
        "account.account",
        string="Account for bank charges",
        check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_other'))]",
        help="For charges that the bank took off a payment, and fees of returns.",
    )
    finance_match_precision = fields.Html(
        string="Measured precision", compute="_compute_finance_match_precision", sanitize=False
    )
    finance_owner_id = fields.Many2one(
        "res.users",
        string="Open lines are worked by",
        domain="[('share', '=', False)]",
        help="Who unmatched lines of this account belong to, until somebody takes one over.",
    )
    finance_balance_max_age = fields.Integer(
        string="Balance is stale after (hours)",
        default=36,
        help="Without Saturdays and Sundays. 0: never.",
    )
    finance_received_statement_ids = fields.One2many("finance.bank.statement", "journal_id")
    finance_attention_count = fields.Integer(compute="_compute_finance_attention_count")

    _finance_threshold = models.Constraint(
        "CHECK (finance_match_threshold BETWEEN 50 AND 99)",
        "The certainty from which is matched without asking is from 50 to 99.",
    )
    _finance_tolerance = models.Constraint(
        "CHECK (finance_match_tolerance >= 0 AND finance_match_grace_days >= 0)",
        "Tolerance and days of grace are not negative.",
    )

    _finance_balance_age = models.Constraint(
        "CHECK (finance_balance_max_age >= 0)", "The age of a balance is not negative."
    )

    def _compute_finance_match_precision(self):
        """What people made of the engine's answers, as a small table."""
        # sudo: counts of the journal for whoever may see the journal
        measured = self.env["finance.bank.match"].sudo()._measured(self)
        head = Markup("<tr><th>%s</th><th>%s</th><th>%s</th><th>%s</th></tr>") % (
            self.env._("Certainty"), self.env._("Decided"), self.env._("Right"), self.env._("Precision"),
        )  # fmt: skip
        for journal in self:
            rows = Markup("").join(
                Markup("<tr><td>%s %s</td><td>%s</td><td>%s</td><td>%s</td></tr>")
                % (
                    self.env._("from"),
                    found.threshold,
                    found.decided,
                    found.right,
                    "-" if found.precision is None else f"{found.precision:.1%}",
                )
                for found in measured.get(journal.id, [])
            )
            journal.finance_match_precision = (
                Markup("<table class='table table-sm w-auto'>%s%s</table>") % (head, rows) if rows else False
            )

    def _finance_match_settings(self):
        """:return: :class:`~..matching.facts.Settings` of this journal"""
        self.ensure_one()
        has_account = bool(self.finance_difference_account_id)
        return Settings(
            threshold=self.finance_match_threshold or 80,
            is_automatic=self.finance_match_automatic,
            tolerance=Decimal(repr(self.finance_match_tolerance)) if has_account else Decimal(0),
            grace_days=self.finance_match_grace_days,
            has_charge_account=bool(self.finance_charge_account_id),
        )

    def _finance_difference_account(self, kind):
        """:raise UserError: when the journal has no account for it"""
        self.ensure_one()
        account = self.finance_charge_account_id if kind == "charges" else self.finance_difference_account_id
        if not account:
            raise UserError(
                self.env._("Set the account for bank charges on the journal %s.", self.name)
                if kind == "charges"
                else self.env._("Set the account for differences on the journal %s.", self.name)
            )
        return account

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
