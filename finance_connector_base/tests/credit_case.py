from odoo.fields import Command, Date
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..const import CREDIT
from ..engine.transaction import NestedSteps
from .common import at_the_screen


class CreditCase(AccountTestInvoicingCommon):
    """A company with books, customers with and without a limit, clerks and credit controllers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True, "lang": "en_US"})
        cls.company = cls.company_data["company"]
        cls.company.sudo().write({"account_use_credit_limit": True, "finance_credit_hold": True})
        cls.limited = cls.env["res.partner"].create({"name": "Limited", "is_company": True, "credit_limit": 1000.0})
        cls.free = cls.env["res.partner"].create({"name": "Free", "is_company": True})
        cls.controllers = cls.env["res.users"].browse()
        for number in range(3):
            cls.controllers |= cls.person(f"controller_{number}", CREDIT)
        cls.clerk = cls.person("clerk", "account.group_account_invoice")
        cls.process = cls.env.ref("finance_connector_base.finance_process_credit_release").sudo()

    @classmethod
    def person(cls, login, groups, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login=login,
            groups=f"base.group_user,{groups}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def as_(self, records, user):
        return records.with_env(
            self.env(user=user, su=False, context={"allowed_company_ids": user.company_ids.ids, "lang": "en_US"})
        )

    def invoice(self, amount, partner=None, *, move_type="out_invoice", post=False, user=None, **values):
        """:return: a draft (or posted) document of one line without tax"""
        moves = self.env["account.move"].with_user(user or self.clerk)
        move = moves.create(
            {
                "move_type": move_type,
                "partner_id": (partner or self.limited).id,
                "invoice_date": "2026-01-15",
                "invoice_line_ids": [
                    Command.create(
                        {"name": "service", "price_unit": amount, "quantity": 1, "tax_ids": [Command.clear()]}
                    )
                ],
                **values,
            }
        )
        if post:
            move.action_post()
        return move.with_env(self.env)

    def pay(self, invoice, amount=None):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": "2026-01-20", **({"amount": amount} if amount else {})})
        )
        return wizard._create_payments()

    def commit(self):
        """What happens when the transaction ends: flush, precommit."""
        self.env.cr.flush()

    def refresh(self):
        """The scheduled action, woken by the transaction."""
        self.commit()
        self.env["finance.credit.exposure"].sudo()._cron_refresh()
        self.env.invalidate_all()

    def row(self, partner=None, company=None):
        return (
            self.env["finance.credit.exposure"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", (partner or self.limited).id),
                    ("company_id", "=", (company or self.company).id),
                ]
            )
        )

    def drain(self):
        worked = self.env["finance.dispatcher"]._drain(NestedSteps(self.env.cr))
        self.env.invalidate_all()
        return worked

    def run_of(self, move):
        return (
            self.env["finance.process.run"]
            .sudo()
            .search([("res_model", "=", "account.move"), ("res_id", "=", move.id)])
        )

    def decide(self, run, user, operation="approve", reason=None):
        mine = self.as_(run, user)
        action = getattr(mine, f"action_{operation}")()
        dialog = mine.env[action["res_model"]].browse(action["res_id"])
        if reason:
            dialog.reason = reason
        with at_the_screen(user):
            dialog.action_confirm()
        self.env.invalidate_all()

    def open_items(self, partner, company=None):
        """:return: what the books say, by the ORM and line by line"""
        lines = (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("partner_id.commercial_partner_id", "=", partner.id),
                    ("company_id", "=", (company or self.company).id),
                    ("account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                ]
            )
        )
        today = Date.context_today(lines)
        overdue = lines.filtered(lambda line: line.amount_residual > 0 and line.date_maturity < today)
        return sum(lines.mapped("amount_residual")), sum(overdue.mapped("amount_residual"))
