from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.finance_connector_base.engine.errors import RejectedError
from odoo.addons.finance_connector_base.engine.once import once
from odoo.addons.finance_expense_sync.posting.alike import coins

#: states of an expense in Odoo in which it is claimed
CLAIMED = ("submitted", "approved", "posted", "in_payment", "paid")
#: causes of a report that a person decides about two claims by
ALIKE = "expense_duplicate"
#: days around in which a policy of its own may say less
MOST_DAYS = 31


class FinanceExpenseTwins(models.AbstractModel):
    """Finds claims that are on a platform and in Odoo: same employee, day within the window, amount and currency."""

    _name = "finance.expense.twins"
    _description = "Claims on a Platform and in Odoo"

    @api.model
    def _days(self, connection, company, country):
        # sudo: the engine, in whatever company the claim is
        policy = self.env["finance.expense.policy"].sudo()._of(connection, company, country)
        return policy.twin_days if policy and policy.check_duplicates else None

    # -- of a line of a report, in Odoo ----------------------------------------------------------

    @api.model
    def _pass(self, work):
        """:raise RejectedError: an expense of the report is in Odoo, too, and nobody has said that they are two"""
        policy = work.policy
        if ALIKE in work.passed or not policy.check_duplicates:
            return
        companies = work.company | work.payer
        if not once((self._name, tuple(companies.ids)), lambda: self._is_used(companies)):
            return
        days = [line.date for line in work.document.lines]
        found = self._claimed(
            Domain("company_id", "in", companies.ids)
            & self._of_person(work.partner)
            & Domain("date", ">=", min(days) - timedelta(days=policy.twin_days))
            & Domain("date", "<=", max(days) + timedelta(days=policy.twin_days))
        )
        for line in work.document.lines:
            if line.is_personal:
                continue
            written = self.env["finance.expense.gate"]._coins(work.document, line)
            for expense in found:
                if self._is_alike(expense, line.date, written, policy.twin_days):
                    raise self._alike(work, line, expense)

    @api.model
    def _is_used(self, companies):
        return bool(self._claimed(Domain("company_id", "in", companies.ids), limit=1))

    @api.model
    def _claimed(self, domain, limit=500):
        # sudo: the engine compares with the claims of the company
        expenses = self.env["hr.expense"].sudo()
        return expenses.search(
            domain & Domain("state", "in", CLAIMED) & Domain("finance_is_distinct", "=", False), limit=limit
        )

    @api.model
    def _of_person(self, partners):
        return Domain("employee_id.work_contact_id", "in", partners.ids) | Domain(
            "employee_id.user_id.partner_id", "in", partners.ids
        )

    @api.model
    def _is_alike(self, expense, day, written, days):
        """:param written: what the same expense may be written as, see ``posting/alike.py``"""
        entered = coins((expense.total_amount_currency, expense.currency_id.name))
        return abs((expense.date - day).days) <= days and bool(entered & written)

    @api.model
    def _alike(self, work, line, expense):
        return RejectedError(
            self.env._(
                "The expense of %(day)s over %(amount)s %(currency)s was entered in Odoo, too: %(name)s of %(other)s. "
                "Same employee and amount.",
                day=line.date,
                amount=line.amount,
                currency=work.document.currency,
                name=expense._finance_name(),
                other=expense.date,
            ),
            reason=ALIKE,
            params={"line": line.external_id, "hr_expense_id": expense.id},
            waiting_key=self.env["finance.expense.gate"]._waiting_key(work),
        )

    # -- of an expense in Odoo, on platforms -----------------------------------------------------

    @api.model
    def _on_platforms(self, expense):
        """:return: lines of reports that look like an expense, and nobody has said that they are two"""
        lines = self.env["finance.expense.line"].sudo()  # sudo: the engine compares with all reports of the company
        partners = expense._finance_partners()
        if expense.finance_is_distinct or not partners or not expense.date:
            return lines
        window = timedelta(days=MOST_DAYS)
        company = expense.company_id.id
        found = lines.search(
            Domain("report_id.partner_id", "in", partners.ids)
            & (Domain("report_id.company_id", "=", company) | Domain("report_id.paying_company_id", "=", company))
            & Domain("report_id.state", "not in", ("dropped", "returned"))
            & Domain("is_personal", "=", False)
            & Domain("date", ">=", expense.date - window)
            & Domain("date", "<=", expense.date + window),
            limit=500,
        )
        return found.filtered(lambda line: self._is_twin(expense, line))

    @api.model
    def _is_twin(self, expense, line):
        report = line.report_id
        if ALIKE in (report.override_codes or ()):
            return False
        days = self._days(report.connection_id, report.company_id, report.country_code)
        written = self.env["finance.expense.gate"]._coins_of(line)
        return days is not None and self._is_alike(expense, line.date, written, days)


class FinanceExpenseCoder(models.AbstractModel):
    _inherit = "finance.expense.coder"

    @api.model
    def _code(self, work, connection):
        """EXTENDS: whose it is, is known now."""
        result = super()._code(work, connection)
        self.env["finance.expense.twins"]._pass(work)
        return result
