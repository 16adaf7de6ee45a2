from odoo import api, models

from ..posting.deferral import months
from ..posting.plan import Cost, Deferral
from ..posting.taxes import taken_apart

#: name of what is given back of an advance, among the lines of a report
RETURNED = "advance_returned"


class FinanceExpenseAdvanceCoder(models.AbstractModel):
    """What is paid before it is used: advances that come back, and expenses of months to come (E-07)."""

    _name = "finance.expense.advance.coder"
    _description = "Coding of Advances and Prepaid Expenses"

    @api.model
    def _code_returned(self, work, currency, pairs):
        """Book what an employee gives back of an advance, where the policy says where the money arrives."""
        document, policy = work.document, work.payer_policy
        amount = document.advance_returned
        if not amount or not policy.returned_account_id:
            return
        accounts = self.env["finance.expense.accounts"]
        last = max(document.lines, key=lambda line: line.date)
        advance = accounts._policy_account(work, "advance_account_id")
        arrives = accounts._policy_account(work, "returned_account_id")
        side, _same = self.env["finance.expense.companies"]._sides(work, work.payer, currency, last.date, pairs)
        group, day = self.env["finance.expense.days"]._group_and_day(work, last, "advance")
        cost = Cost(
            source=(work.message_id, RETURNED),
            day=last.date,
            currency=document.currency,
            decimals=currency.decimal_places,
            gross=amount,
            parts=taken_apart(amount, (), currency.decimal_places),
            account=arrives.id,
            counterpart=advance.id,
            kind="advance",
            bearer=side,
            payer=side,
            cost_partner=work.partner.id,
            partner=work.partner.id,
            name=self.env._("%s: advance given back", document.number or document.external_id),
            is_beside=True,
        )
        work.costs.append((cost, group, day))

    @api.model
    def _deferral(self, work, line, bearer, day):
        """:return: :class:`Deferral` of what is paid for months to come, or None: it is cost at once

        :param bearer: company whose cost it is; another one than that of the policy has it at once
        """
        policy = work.policy
        if not line.service_to or bearer != policy.company_id or line.is_owed:
            return None
        if not policy.prepaid_account_id or abs(line.amount) < policy.prepaid_from:
            return None
        account = policy.prepaid_account_id.sudo()  # sudo: the policy's own, checked against its company
        self.env["finance.expense.codes"]._check_active(account, account.display_name)
        parts = months(line.service_from, line.service_to, day)
        return Deferral(account=account.id, months=parts) if parts else None
