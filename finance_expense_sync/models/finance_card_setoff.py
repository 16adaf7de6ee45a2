from decimal import Decimal

from odoo import api, models

from odoo.addons.finance_connector_base.engine.errors import FinanceError

from ..cards import setoff


class FinanceCardSetoff(models.AbstractModel):
    """Sets private spending off against what the employee is owed, where the policy says so (E-06)."""

    _name = "finance.card.setoff"
    _description = "Setting off of Private Spending"

    @api.model
    def _net(self, card, policy):
        """Set what an employee owes for a private charge off against what the employee is owed, as far as it goes.

        Each item keeps the rate it was booked with; what lies between is a gain or loss of exchange.
        """
        ledger = self.env["finance.card.ledger"]
        if not policy.card_net or ledger._live(card, "netting"):
            return
        moves = ledger._live(card, "personal").move_id | card.claim_ids._counts()._moves()
        owes = self._open(moves.line_ids, policy.personal_account_id, card)
        # of one currency: that of the card, where the claim is in it
        currency = card.currency_id if card.currency_id in owes.currency_id else owes.currency_id[:1]
        owes = owes.filtered(lambda line: line.currency_id == currency and line.amount_residual > 0)
        owed = self._owed_to(card, policy) if owes else owes
        if not owed:
            return
        found = self._set_off(card, currency, owes, owed)
        exchange = self._exchange(card.company_id, found.gain)
        if not found.debts or exchange is None:
            return
        self._book_set_off(
            card, policy, found, exchange, owes.browse([part.key for part in found.debts + found.credits])
        )

    @api.model
    def _owed_to(self, card, policy):
        """:return: open items of what the cardholder is owed"""
        partner = card.partner_id
        payable = policy.payable_account_id or partner.with_company(card.company_id).property_account_payable_id
        # sudo: the engine; items of one employee
        lines = self.env["account.move.line"].sudo()
        found = lines.search(
            [
                ("company_id", "=", card.company_id.id),
                ("account_id", "=", payable.id),
                ("partner_id", "=", partner.id),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ],
            order="date, id",
        )
        return found.filtered(lambda line: line.amount_residual < 0)

    @api.model
    def _set_off(self, card, currency, owes, owed):
        """:return: :class:`~..cards.setoff.SetOff` of open items"""
        own = card.company_currency_id
        exact = self.env["finance.card.ledger"]._exact
        debts, credits = (
            [
                setoff.Open(
                    key=line.id,
                    currency=line.currency_id.name,
                    amount=exact(sign * line.amount_residual_currency, line.currency_id),
                    own=exact(sign * line.amount_residual, own),
                )
                for line in lines
            ]
            for lines, sign in ((owes, 1), (owed, -1))
        )
        most = exact(card.amount, currency)
        if currency != card.currency_id:
            rate = sum(debt.amount for debt in debts) / sum(debt.own for debt in debts)
            most = round(exact(card.company_amount, own) * rate, currency.decimal_places)
        units = tuple(Decimal(1).scaleb(-one.decimal_places) for one in (currency, own))
        return setoff.set_off(debts, credits, most=most, own=own.name, units=units)

    @api.model
    def _exchange(self, company, gain):
        """:return: account that takes a gain or loss of exchange; none where there is neither, None where it lacks"""
        accounts = company.income_currency_exchange_account_id, company.expense_currency_exchange_account_id
        if not gain:
            return accounts[0].browse()
        return accounts[gain < 0] or None

    @api.model
    def _book_set_off(self, card, policy, found, exchange, items):
        """:param items: those of which parts are set off, in the order of the parts: debts, then credits"""
        ledger = self.env["finance.card.ledger"]
        own, name = card.company_currency_id, ledger._text(card)
        parts = [(part, -1) for part in found.debts] + [(part, 1) for part in found.credits]
        lines = [
            {
                "account_id": item.account_id.id,
                "partner_id": card.partner_id.id,
                "name": name,
                "currency_id": item.currency_id.id,
                "amount_currency": sign * float(part.amount),
                "balance": sign * float(part.own),
            }
            for item, (part, sign) in zip(items, parts, strict=True)
        ]
        if found.gain:
            gain = -float(found.gain)
            lines.append(
                {
                    "account_id": exchange.id,
                    "name": name,
                    "currency_id": own.id,
                    "amount_currency": gain,
                    "balance": gain,
                }
            )
        worth = sum(part.own for part in found.debts)
        amount = card.currency_id.round(float(worth) / (card.company_rate or 1.0))
        try:
            move = ledger._enter(card, "netting", lines, amount, self.env.cr.now().date(), policy.journal_id)
        except FinanceError:
            # a closed period: what both owe stays open, the next look tries again
            return
        for item, line in zip(items, move.line_ids.sorted("id"), strict=False):
            ledger._reconcile(item | line)

    @api.model
    def _open(self, lines, account, card):
        return lines.filtered(
            lambda line: (
                line.account_id == account
                and line.partner_id == card.partner_id
                and line.parent_state == "posted"
                and not line.reconciled
            )
        ).sorted(lambda line: (line.date, line.id))
