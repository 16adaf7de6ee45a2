from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.finance_connector_base.engine.errors import RejectedError
from odoo.addons.finance_connector_base.models.finance_booking import QUIET

from ..cards import matching


class FinanceCardLedger(models.AbstractModel):
    """Entries of card transactions, and what of them has been paid.

    A fact has one entry. Where charges wait for their claim it is the claim's: expense against card clearing. Where
    they are booked at once it is card clearing against the card company, and the claim takes it off card clearing
    again. What is paid to the card company is an item on that account from anywhere: a line of a bank or of a card
    statement, or an entry.
    """

    _name = "finance.card.ledger"
    _description = "Ledger of Card Transactions"

    @api.model
    def _policy(self, card):
        # sudo: the engine, in whatever company the card is
        return self.env["finance.expense.policy"].sudo()._of(card.connection_id, card.company_id, card.country_code)

    @api.model
    def _live(self, card, *kinds):
        return card.posting_ids.filtered(lambda row: not row.reversal_id and row.kind in kinds)

    # -- entries -------------------------------------------------------------------------------

    @api.model
    def _book_charge(self, card, read):
        """Book a charge at once, where the policy says so; one that has changed is taken back and booked anew."""
        if not read.journal and not card.posting_ids:
            return
        if card.state != "settled":
            self._take_back(card.posting_ids.filtered(lambda row: not row.reversal_id).sorted("id", reverse=True))
            return
        rows = self._live(card, "charge")
        is_right = rows and not card.currency_id.compare_amounts(rows.amount, card.amount)
        if rows and not is_right:
            self._take_back(rows)
        if read.journal and not is_right:
            policy = read.policy
            # sudo: the engine books
            accounts = (policy.card_account_id.sudo(), read.journal.default_account_id)
            self._book(card, "charge", accounts, card.amount, card.decided_date or card.settled_on, read.journal)

    @api.model
    def _book(self, card, kind, accounts, amount, day, journal, partner=None):
        """Make and post an entry of two lines of a transaction.

        :param accounts: (debit, credit) of a positive amount
        :param partner: of the debit side
        """
        own = card.company_id.currency_id
        balance = card.company_amount
        if card.currency_id.compare_amounts(amount, card.amount):
            balance = own.round(amount * (card.company_rate or 1.0))
        debit, credit = accounts
        name = self._text(card)
        lines = [
            {
                "account_id": account.id,
                "partner_id": who.id if who else False,
                "name": name,
                "currency_id": card.currency_id.id,
                "amount_currency": sign * amount,
                "balance": sign * balance,
            }
            for account, sign, who in ((debit, 1, partner), (credit, -1, None))
        ]
        return self._enter(card, kind, lines, amount, day, journal)

    @api.model
    def _text(self, card):
        return ", ".join(part for part in (card.merchant, card.card) if part)

    @api.model
    def _enter(self, card, kind, lines, amount, day, journal):
        """Make and post an entry of a transaction.

        :param lines: list of dicts, values of its lines
        :param amount: what it is about, in the currency of the card
        :raise RejectedError: the period is closed, or Odoo refuses
        """
        # sudo: the engine books; in the company that owes
        company = card.company_id.sudo()
        if locks := company._get_violated_lock_dates(day, False, journal):
            following = self.env["finance.expense.poster"]._next_open(company, day, False, journal)
            raise RejectedError(
                self.env._(
                    "The period of %(day)s is closed: %(locks)s. The next open day is %(following)s.",
                    day=day,
                    locks=company._format_lock_dates(locks),
                    following=following,
                ),
                reason="expense_period_closed",
                params={"day": str(day), "following": str(following), "company_id": company.id},
                waiting_key=f"expense_period:{company.root_id.id}",
            )
        moves = self.env["account.move"].sudo().with_company(company).with_context(**QUIET)
        try:
            move = moves.create(
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
                    "date": day,
                    "ref": card.reference or card.external_id,
                    "line_ids": [Command.create(line) for line in lines],
                }
            )
            move._post(soft=False)
        except UserError as error:
            raise RejectedError(str(error), reason="expense_refused") from None
        if move.date != day:
            raise RejectedError(
                self.env._("Odoo would have booked it on %s instead.", move.date), reason="expense_refused"
            )
        # sudo: nobody writes postings but the engine
        self.env["finance.card.posting"].sudo().create(
            {
                "transaction_id": card.id,
                "company_id": company.id,
                "kind": kind,
                "move_id": move.id,
                "currency_id": card.currency_id.id,
                "amount": amount,
            }
        )
        return move

    @api.model
    def _take_back(self, rows, day=None):
        """Book the opposite of entries; on their own day, or today where that is closed."""
        today = self.env.cr.now().date()
        for row in rows:
            move = row.move_id
            company = move.company_id
            when = day or (today if company._get_violated_lock_dates(move.date, False, move.journal_id) else move.date)
            move.line_ids.remove_move_reconcile()
            reversal = move.with_context(**QUIET)._reverse_moves(
                [{"date": when, "ref": self.env._("Taken back: %s", move.ref or move.name)}], cancel=False
            )
            reversal._post(soft=False)
            row.reversal_id = reversal
            # one of a kind counts at a time: the next one must find this written
            row.flush_recordset()
            self.env["finance.expense.correction"]._settle(move, reversal)

    # -- items ---------------------------------------------------------------------------------

    @api.model
    def _clearing(self, card, policy):
        """:return: items on card clearing that belong to a transaction: of its claims, and of its own entries"""
        moves = card.claim_ids._counts()._moves() | self._live(card, "charge", "personal", "difference").move_id
        account = policy.card_account_id
        return moves.line_ids.filtered(
            lambda line: (
                line.account_id == account and line.company_id == card.company_id and line.parent_state == "posted"
            )
        )

    @api.model
    def _owed(self, card, policy):
        """:return: items that say what the card company is owed"""
        charge = self._live(card, "charge").move_id
        if charge:
            return charge.line_ids.filtered(lambda line: line.account_id != policy.card_account_id)
        return self._clearing(card, policy)

    @api.model
    def _settle(self, card, policy):
        """Reconcile what is one: the claim with the charge, and both with what has paid them."""
        clearing = self._clearing(card, policy)
        if self._live(card, "charge"):
            self._reconcile(clearing)
        if card.bank_line_id:
            self._reconcile(self._owed(card, policy) | card.bank_line_id)

    @api.model
    def _reconcile(self, items):
        items = items.filtered(lambda line: line.account_id.reconcile and not line.reconciled)
        signs = {line.balance > 0 for line in items}
        if len(signs) < 2:
            return
        try:
            with self.env.cr.savepoint():
                items.reconcile()
        except UserError:
            # open items stay open, and the state of the match says so
            self.env.invalidate_all(flush=False)

    @api.model
    def _is_paid(self, card, policy):
        owed = self._owed(card, policy)
        if card.bank_line_id:
            paying = (
                card.bank_line_id.matched_debit_ids.debit_move_id | card.bank_line_id.matched_credit_ids.credit_move_id
            )
            return bool(owed & paying) or card.bank_line_id.reconciled
        return bool(owed) and all(owed.mapped("reconciled"))

    @api.model
    def _find_payments(self, cards, policy):
        """Find the items that have paid transactions which are on the ledger; certain ones are kept."""
        owed, accounts = [], self.env["account.account"].sudo()
        for card in cards.filtered(lambda card: not card.bank_line_id and not card.is_paid):
            items = self._owed(card, policy)
            if items and card.is_on_ledger:
                accounts |= items.account_id
                owed.append(
                    matching.Owed(
                        key=card.id,
                        amount=self._exact(card.amount, card.currency_id),
                        currency=card.currency_id.name,
                        day=card.settled_on,
                        merchant=card.merchant or "",
                        reference=card.reference or "",
                        statement=card.statement or "",
                    )
                )
        if not owed:
            return
        # sudo: the engine; limited to one company and the accounts of its cards
        lines = self.env["account.move.line"].sudo()
        found = lines.search(
            [
                ("company_id", "=", policy.company_id.id),
                ("account_id", "in", accounts.ids),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("move_id.finance_expense_posting_ids", "=", False),
                ("move_id.finance_card_posting_ids", "=", False),
                ("move_id.finance_card_reversal_ids", "=", False),
            ],
            limit=5000,
        )
        items = [
            matching.Item(
                key=line.id,
                amount=self._exact(line.amount_currency, line.currency_id),
                currency=line.currency_id.name,
                day=line.date,
                text=" ".join(part for part in (line.name, line.ref, line.move_id.ref, line.partner_id.name) if part),
            )
            for line in found
        ]
        for key, item in matching.paid_by(owed, items, days=policy.card_days).items():
            cards.browse(key).bank_line_id = lines.browse(item)

    @api.model
    def _covered(self, charge, claim):
        """:return: what of a charge an expense covers that somebody has chosen"""
        amount = matching.covers(charge, claim)
        return float(charge.amount if amount is None else amount)

    @api.model
    def _exact(self, amount, currency):
        return round(Decimal(str(amount)), currency.decimal_places)
