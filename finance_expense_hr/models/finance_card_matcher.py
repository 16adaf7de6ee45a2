from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.finance_expense_sync.cards import matching
from odoo.addons.finance_expense_sync.models.finance_card_matcher import MOST

from .finance_card_claim import CLAIMING


class FinanceCardMatcher(models.AbstractModel):
    """Charges that no report claims may be of expenses that were entered in Odoo and paid by the company."""

    _inherit = "finance.card.matcher"

    @api.model
    def _match(self, cards):
        """EXTENDS: after platforms had their say."""
        result = super()._match(cards)
        touched = self._link_expenses(cards)
        if touched:
            self._refresh(touched)
        return result

    @api.model
    def _link_expenses(self, cards):
        """Propose approved expenses as claims of charges; :return: the charges whose proposals have changed"""
        touched = cards.browse()
        for company, mine in cards.filtered(self._is_free).grouped("company_id").items():
            policy = self.env["finance.card.ledger"]._policy(mine[0])
            expenses = self._expenses_for(company, mine, policy.card_days) if policy else ()
            if expenses:
                together = mine | self._rivals_of_expenses(company, expenses, policy.card_days)
                touched |= self._propose(together, expenses, policy)
        return touched

    @api.model
    def _is_free(self, card):
        return (
            card.state == "settled"
            and card.match_state in ("unclaimed", "proposed")
            and card.reason_code != "card_duplicate"
            and bool(card.partner_id)
            and not card.claim_ids.filtered(lambda claim: claim.report_id and claim.state != "refused")
        )

    @api.model
    def _expenses_for(self, company, cards, days):
        """:return: expenses that no charge is claimed by yet"""
        window = timedelta(days=days)
        dates = cards.mapped("date")
        # sudo: the engine
        found = (
            self.env["hr.expense"]
            .sudo()
            .search(
                Domain("company_id", "=", company.id)
                & Domain("payment_mode", "=", "company_account")
                & Domain("state", "in", CLAIMING)
                & self.env["finance.expense.twins"]._of_person(cards.partner_id)
                & Domain("date", ">=", min(dates) - window)
                & Domain("date", "<=", max(dates) + window),
                limit=MOST,
            )
        )
        return found.filtered(lambda expense: "confirmed" not in expense.finance_claim_ids.mapped("state"))

    @api.model
    def _rivals_of_expenses(self, company, expenses, days):
        """:return: other charges without claim that the same expenses may be of"""
        window = timedelta(days=days)
        partners = self.env["res.partner"].union(*(expense._finance_partners() for expense in expenses))
        dates = expenses.mapped("date")
        # sudo: the engine
        cards = self.env["finance.card.transaction"].sudo()
        found = cards.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "settled"),
                ("match_state", "in", ("unclaimed", "proposed")),
                ("partner_id", "in", partners.ids),
                ("date", ">=", min(dates) - window),
                ("date", "<=", max(dates) + window),
            ],
            limit=MOST,
        )
        return found.filtered(self._is_free)

    @api.model
    def _propose(self, cards, expenses, policy):
        """:return: charges whose proposals have changed"""
        claims = self.env["finance.card.claim"].sudo()  # sudo: nobody writes claims but the engine
        known = cards.claim_ids.filtered("hr_expense_id")
        by_pair = {(row.transaction_id.id, row.hr_expense_id.id): row for row in known}
        links = matching.linked(
            [self._charge(card) for card in cards],
            [claim for expense in expenses for claim in self._claims_of(expense)],
            tolerance=Decimal(str(policy.card_tolerance)),
            days=policy.card_days,
        )
        kept = {(link.charge, link.claim[0]): float(link.amount) for link in links}
        gone = known.filtered(
            lambda row: (
                row.state == "proposed"
                and row.hr_expense_id in expenses
                and (row.transaction_id.id, row.hr_expense_id.id) not in kept
            )
        )
        new = [
            {
                "transaction_id": card,
                "hr_expense_id": expense,
                "line_key": f"hr.expense,{expense}",
                "amount": amount,
                "state": "proposed",
                "origin": "rule",
            }
            for (card, expense), amount in kept.items()
            if (card, expense) not in by_pair
        ]
        touched = gone.transaction_id | cards.browse(row["transaction_id"] for row in new)
        gone.unlink()
        claims.create(new)
        return touched

    @api.model
    def _claims_of(self, expense):
        """:return: list of the :class:`~matching.Claim` that an expense is; one for each contact of its employee"""
        coin = (Decimal(str(expense.total_amount_currency)).normalize(), expense.currency_id.name)
        holders = expense._finance_partners()
        return [
            matching.Claim(
                key=(expense.id, "hr.expense"),
                report="",
                amount=self.env["finance.card.ledger"]._exact(expense.total_amount_currency, expense.currency_id),
                currency=coin[1],
                day=expense.date,
                merchant=expense.vendor_id.name or "",
                holder=holder.id,
                spent=coin,
            )
            for holder in holders
        ]
