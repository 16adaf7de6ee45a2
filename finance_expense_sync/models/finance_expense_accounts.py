from typing import NamedTuple

from odoo import api, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError

from .finance_expense_codes import CATEGORY

#: way of payment -> field of the policy with the account that it is against
COUNTERPARTS = {
    "company_card": "card_account_id",
    "company": "company_account_id",
    "advance": "advance_account_id",
}


class Against(NamedTuple):
    """What an expense is against.

    :param kind: way it was paid, e.g. ``own`` or ``company_card``
    :param partner_id: of that side of the entry, or None
    """

    account_id: int
    kind: str
    partner_id: int | None


class FinanceExpenseAccounts(models.AbstractModel):
    """Accounts of an expense: what it costs, and what it is against."""

    _name = "finance.expense.accounts"
    _description = "Accounts of Expenses"

    @api.model
    def _account(self, work, connection, line, bearer, facts):
        if line.is_owed:
            name = "advance_account_id" if line.kind == "advance" else "personal_account_id"
            return self._policy_account(work, name)
        found = self.env["finance.expense.codes"]._mapped(
            connection,
            bearer,
            CATEGORY,
            [line.category],
            day=self.env["finance.expense.coder"]._day(work.document),
            facts=facts,
            labels={line.category: line.category_name},
        )
        return found[line.category]

    @api.model
    def _policy_account(self, work, name):
        policy = work.payer_policy
        account = policy[name].sudo()  # sudo: the policy's own, checked against its company
        if not account:
            raise RejectedError(
                self.env._(
                    "The policy %(policy)s has no account for it: %(field)s.",
                    policy=policy.name,
                    field=policy._fields[name]._description_string(self.env),
                ),
                reason="expense_policy_incomplete",
                params={"policy_id": policy.id, "field": name},
                waiting_key=f"expense_policy:{policy.company_id.id}",
            )
        self.env["finance.expense.codes"]._check_active(account, account.display_name)
        return account

    @api.model
    def _counterpart(self, work, line):
        """:return: :class:`Against`"""
        if line.payment in COUNTERPARTS:
            account = self._policy_account(work, COUNTERPARTS[line.payment])
            return Against(account.id, line.payment, work.partner.id if line.payment == "advance" else None)
        if work.document.is_reimbursed:
            return Against(self._policy_account(work, "reimbursed_account_id").id, "reimbursed", None)
        account = work.payer_policy.payable_account_id.sudo()  # sudo: as above
        account = account or work.partner.with_company(work.payer).property_account_payable_id
        if not account:
            return Against(self._policy_account(work, "payable_account_id").id, "own", work.partner.id)
        self.env["finance.expense.codes"]._check_active(account, account.display_name)
        return Against(account.id, "own", work.partner.id)
