from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.errors import FinanceError
from odoo.addons.finance_connector_base.models.finance_booking import QUIET

from ..const import ACCOUNTANT


class FinanceExpenseAccrual(models.Model):
    """What cards were charged by the end of a month and no claim has brought to the ledger (E-07).

    Booked on the last day of the month, and taken back on the first day of the next one. Whatever happens again, the
    entries are brought up to what is unclaimed: what is there already is not booked twice, and what was claimed on a
    day of the month meanwhile is taken off.
    """

    _name = "finance.expense.accrual"
    _description = "Accrual of Card Spending"
    _order = "date desc, company_id"
    _rec_name = "date"
    _allow_sudo_commands = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    date = fields.Date(string="End of the month", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [("draft", "Calculated"), ("booked", "Booked"), ("taken_back", "Taken back")],
        required=True,
        readonly=True,
        default="draft",
    )
    amount = fields.Monetary(string="Not claimed", readonly=True, help="As it was calculated last.")
    booked = fields.Monetary(
        compute="_compute_booked", help="What the entries of the last day come to: those that count on the ledger."
    )
    calculated_at = fields.Datetime(readonly=True)
    attention = fields.Text(readonly=True, help="What was in the way when it was booked by itself.")
    line_ids = fields.One2many("finance.expense.accrual.line", "accrual_id", string="Transactions", readonly=True)
    move_ids = fields.One2many("account.move", "finance_accrual_id", string="Entries", readonly=True)
    move_count = fields.Integer(compute="_compute_booked")
    fault_count = fields.Integer(string="Without amount", compute="_compute_fault_count")

    _month = models.UniqueIndex("(company_id, date)", "This month is here already.")

    @api.depends("line_ids.detail")
    def _compute_fault_count(self):
        for accrual in self:
            accrual.fault_count = len(accrual.line_ids.filtered("detail"))

    @api.depends("move_ids.state", "move_ids.date", "move_ids.line_ids.balance")
    def _compute_booked(self):
        for accrual in self:
            # sudo: how many entries there are and what they come to; the button asks for the right
            accrual.move_count = len(accrual.sudo().move_ids)
            accrual.booked = accrual._on_ledger(accrual.date)

    @api.depends("date")
    def _compute_display_name(self):
        for accrual in self:
            accrual.display_name = accrual.date.strftime("%Y-%m") if accrual.date else ""

    # -- calculated ----------------------------------------------------------------------------

    @api.model
    def _of(self, company, date):
        """:return: the accrual of a month, made when there is none"""
        # sudo: nobody writes accruals but the engine; the caller has checked the role
        accruals = self.sudo()
        domain = [("company_id", "=", company.id), ("date", "=", date)]
        return accruals.search(domain) or accruals.create({"company_id": company.id, "date": date})

    def _policy(self):
        """:return: the policy that says where it is booked
        :raise UserError: there is none
        """
        self.ensure_one()
        # sudo: the engine, in whatever company it is
        policies = self.env["finance.expense.policy"].sudo()
        found = policies.search(
            [("company_id", "=", self.company_id.id), ("accrual_account_id", "!=", False)],
            order="sequence, id",
            limit=1,
        )
        if not found:
            raise UserError(
                self.env._("No posting policy of %s says where accruals are booked.", self.company_id.display_name)
            )
        return found

    def _calculate(self):
        """Write down what is unclaimed now, transaction by transaction."""
        self.ensure_one()
        policy = self._policy()
        transactions = self.env["finance.card.transaction"]._unsubmitted(self.company_id, self.date)
        values = [self._line(one, policy) for one in transactions]
        accrual = self.sudo()  # sudo: nobody writes accruals but the engine
        accrual.line_ids.unlink()
        self.env["finance.expense.accrual.line"].sudo().create(values)  # sudo: as above
        accrual.write(
            {
                "amount": self.currency_id.round(sum(one["amount"] for one in values)),
                "calculated_at": self.env.cr.now(),
                "attention": False,
            }
        )

    def _line(self, transaction, policy):
        values = {"accrual_id": self.id, "transaction_id": transaction.id, "amount": 0.0, "detail": False}
        if transaction.company_rate:
            return {**values, "amount": transaction.company_amount}
        day = transaction.settled_on or transaction.date
        try:
            rate, _day, _source = self.env["finance.expense.rates"]._rate(
                self.company_id, transaction.currency_id, day, policy
            )
        except FinanceError as error:
            return {**values, "detail": error.detail}
        return {**values, "amount": self.currency_id.round(transaction.amount * float(rate.value))}

    # -- booked --------------------------------------------------------------------------------

    def _on_ledger(self, day):
        """:return: what the entries of a day come to on the account of accruals; above zero: owed"""
        self.ensure_one()
        # sudo: a sum, and no entry
        moves = self.sudo().move_ids.filtered(lambda move: move.state == "posted" and move.date == day)
        return self.currency_id.round(-sum(moves.line_ids.filtered("finance_is_accrued").mapped("balance")))

    def _lock(self):
        """Whoever does the same at this moment waits here, and finds it done."""
        self.env.flush_all()
        self.env.cr.execute(SQL("SELECT id FROM finance_expense_accrual WHERE id = %s FOR UPDATE", self.id))
        self.env.invalidate_all()

    def _bring_to(self, wanted):
        """Book what is missing of an amount on the last day of the month, and of its opposite on the day after.

        :return: the entries
        :raise UserError: a period is closed
        """
        self.ensure_one()
        following = self.date + relativedelta(days=1)
        missing = {
            self.date: self.currency_id.round(wanted - self._on_ledger(self.date)),
            following: self.currency_id.round(-wanted - self._on_ledger(following)),
        }
        policy = self._policy()
        values = [self._entry(policy, day, amount) for day, amount in missing.items() if amount]
        for one in values:
            self._check_open(policy, one["date"])
        # sudo: the engine books for the company
        moves = self.env["account.move"].sudo().with_company(self.company_id).with_context(**QUIET).create(values)
        if moves:
            moves._post(soft=False)
        for move, one in zip(moves, values, strict=True):
            if move.date != one["date"]:
                raise UserError(self.env._("The period of %s is closed.", one["date"]))
        return moves

    def _check_open(self, policy, day):
        locks = self.company_id._get_violated_lock_dates(day, False, policy.journal_id)
        if locks:
            raise UserError(
                self.env._(
                    "The period of %(day)s is closed: %(locks)s.",
                    day=day,
                    locks=self.company_id._format_lock_dates(locks),
                )
            )

    def _entry(self, policy, day, amount):
        """:param amount: that becomes owed; below zero: taken back"""
        text = self.env._("Card spending not claimed, %s", self.display_name)
        sides = (
            (policy.accrual_cost_account_id, amount, False),
            (policy.accrual_account_id, -amount, True),
        )
        return {
            "move_type": "entry",
            "journal_id": policy.journal_id.id,
            "date": day,
            "ref": text if day == self.date else self.env._("Taken back: %s", text),
            "finance_accrual_id": self.id,
            "line_ids": [
                fields.Command.create(
                    {"account_id": account.id, "balance": balance, "name": text, "finance_is_accrued": is_accrued}
                )
                for account, balance, is_accrued in sides
            ],
        }

    def _book(self):
        """Calculate, and bring the entries up to it; again it changes nothing.

        :raise UserError: a period is closed, or a transaction has no amount in the currency of the company
        """
        self._lock()
        self._calculate()
        if faults := self.line_ids.filtered("detail"):
            raise UserError(
                self.env._(
                    "%(count)s transaction(s) have no amount in %(currency)s: %(why)s",
                    count=len(faults),
                    currency=self.currency_id.name,
                    why=faults[0].detail,
                )
            )
        moves = self._bring_to(self.amount)
        # sudo: nobody writes accruals but the engine
        self.sudo().state = "booked"
        if moves:
            self.env["finance.audit"]._record("expense.accrued", self, after={"amount": str(self.amount)})
        return moves

    def _take_back(self):
        """Nothing of it is left, neither in the month nor in the next one."""
        self._lock()
        self._bring_to(0.0)
        # sudo: as above
        self.sudo().state = "taken_back"
        self.env["finance.audit"]._record("expense.accrual_taken_back", self)

    @api.model
    def _cron_accrue(self):
        """Book the month that is over, and keep it up to what is claimed late, for the companies that want it."""
        date = self.env.cr.now().date().replace(day=1) - relativedelta(days=1)
        # sudo: the scheduled action
        policies = self.env["finance.expense.policy"].sudo().search([("accrual_rule", "=", "month")])
        for company in policies.company_id:
            accrual = self._of(company, date)
            if accrual.state == "taken_back":
                # a person has decided so
                continue
            try:
                with self.env.cr.savepoint():
                    accrual._book()
            except UserError as error:
                # sudo: as above; whoever opens it sees why
                accrual.sudo().attention = str(error)
            if self.env.context.get("cron_id"):
                self.env["ir.cron"]._commit_progress(1)

    # -- buttons -------------------------------------------------------------------------------

    def _check_accountant(self):
        self.env["finance.message"]._check_role(ACCOUNTANT)
        self.check_access("read")

    def action_calculate(self):
        """Calculate anew; books nothing."""
        self._check_accountant()
        for accrual in self:
            accrual._calculate()

    def action_book(self):
        """Book it, or bring its entries up to what is unclaimed now."""
        self._check_accountant()
        for accrual in self:
            accrual._book()

    def action_take_back(self):
        """Take it back in both months."""
        self._check_accountant()
        for accrual in self:
            accrual._take_back()

    def action_view_moves(self):
        """Show the entries."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Entries"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("finance_accrual_id", "=", self.id)],
        }


class FinanceExpenseAccrualLine(models.Model):
    _name = "finance.expense.accrual.line"
    _description = "Accrued Card Transaction"
    _order = "id"
    _rec_name = "transaction_id"
    _allow_sudo_commands = False

    accrual_id = fields.Many2one(
        "finance.expense.accrual", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="accrual_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="accrual_id.currency_id")
    transaction_id = fields.Many2one(
        "finance.card.transaction", required=True, readonly=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(related="transaction_id.partner_id", string="Cardholder")
    settled_on = fields.Date(related="transaction_id.settled_on")
    amount = fields.Monetary(readonly=True)
    detail = fields.Char(string="What is in the way", readonly=True)


class AccountMove(models.Model):
    _inherit = "account.move"

    finance_accrual_id = fields.Many2one(
        "finance.expense.accrual", string="Accrual of card spending", readonly=True, copy=False, index="btree_not_null"
    )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    #: the side that counts as accrued, whatever account the policy says by now
    finance_is_accrued = fields.Boolean(string="Accrued card spending", readonly=True, copy=False)


class FinanceExpensePolicy(models.Model):
    _inherit = "finance.expense.policy"

    accrual_rule = fields.Selection(
        [("hand", "By hand"), ("month", "By itself when the month is over")],
        string="Accruals are booked",
        required=True,
        default="hand",
        tracking=True,
        help="What cards were charged by the end of the month and nobody has claimed.",
    )
    accrual_account_id = fields.Many2one(
        "account.account", string="Accrued card spending", check_company=True, help="What will be owed for it."
    )
    accrual_cost_account_id = fields.Many2one(
        "account.account", string="Cost of what is accrued", check_company=True, help="Until the claims say better."
    )

    @api.constrains("accrual_rule", "accrual_account_id", "accrual_cost_account_id")
    def _check_accrual(self):
        for policy in self:
            if bool(policy.accrual_account_id) != bool(policy.accrual_cost_account_id) or (
                policy.accrual_rule == "month" and not policy.accrual_account_id
            ):
                raise UserError(self.env._("Accruals need both accounts: of the cost, and of what is accrued."))
