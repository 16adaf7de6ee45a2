from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from .finance_bank_statement import AMOUNT_DIGITS

#: ExternalBalanceType1Code -> words
KINDS = [
    ("OPBD", "Opening, booked"),
    ("CLBD", "Closing, booked"),
    ("PRCD", "Closed before, booked"),
    ("ITBD", "Now, booked"),
    ("OPAV", "Opening, available"),
    ("CLAV", "Closing, available"),
    ("ITAV", "Now, available"),
    ("FWAV", "Available later"),
    ("XPCD", "Expected"),
    ("INFO", "For information"),
]


class FinanceBankBalance(models.Model):
    """What a bank has said about a balance, when, and over which channel. Never computed here."""

    _name = "finance.bank.balance"
    _description = "Balance Told by a Bank"
    _order = "told_at desc, id desc"
    _rec_name = "kind"
    _allow_sudo_commands = False

    account_id = fields.Many2one(
        "finance.bank.online.account", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    connection_id = fields.Many2one(related="account_id.connection_id", store=True, index=True)
    journal_id = fields.Many2one("account.journal", string="Bank journal", readonly=True, index="btree_not_null")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True, aggregator=None)
    currency_name = fields.Char(string="Currency", readonly=True, required=True)
    date = fields.Date(string="Of the day", readonly=True, help="The day that the bank names.")
    told_at = fields.Datetime(string="Told", readonly=True, required=True)
    message_id = fields.Many2one("finance.message", readonly=True, ondelete="set null", index="btree_not_null")
    source = fields.Char(readonly=True)

    @api.model
    def _keep(self, account, balances, message, source):
        """Keep balances of one answer; one that says the same as the last of its kind is told again, not doubled.

        :param balances: iterable of :class:`~..formats.model.Balance`
        """
        # sudo: written by the engine alone
        kept = self.sudo()
        kinds = dict(KINDS)
        now = fields.Datetime.now()
        for balance in balances:
            if balance.code not in kinds:
                continue
            last = kept.search(
                [
                    ("account_id", "=", account.id),
                    ("kind", "=", balance.code),
                    ("currency_name", "=", balance.money.currency),
                ],
                limit=1,
            )
            if last and last.date == (balance.date or False) and last._exact() == balance.money.amount:
                last.write({"told_at": now, "message_id": message.id})
                continue
            row = kept.create(
                {
                    "account_id": account.id,
                    "journal_id": account.journal_id.id,
                    "kind": balance.code,
                    "currency_name": balance.money.currency,
                    "date": balance.date,
                    "told_at": now,
                    "message_id": message.id,
                    "source": source,
                }
            )
            row.flush_recordset()
            # a balance never passes through a float
            self.env.cr.execute(
                SQL("UPDATE finance_bank_balance SET amount = %s WHERE id = %s", balance.money.amount, row.id)
            )
            row.invalidate_recordset(["amount"])

    def _exact(self):
        self.env.cr.execute(SQL("SELECT amount::text FROM finance_bank_balance WHERE id = %s", self.id))
        return Decimal(self.env.cr.fetchone()[0])
