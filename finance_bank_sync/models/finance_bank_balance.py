from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..cash.kinds import AVAILABLE, BOOKED, KINDS, OPENING, parse_moment, told
from .finance_bank_statement import AMOUNT_DIGITS

#: of statements in these states nothing is known for sure: their balances are shown and do not count
UNSURE = ("staged", "held", "discarded")
#: what these say another statement says too: theirs count only where nothing else does
REPEATED = ("duplicate", "joined")


class FinanceBankBalance(models.Model):
    """One balance as the bank told it: opening, closing, interim or forward, booked or available.

    Kept for good, one row a kind, day and moment; a later message about the same moment corrects it. Each statement
    has rows of its own, so that what is held overwrites nothing. Where several tell one kind for one day, one counts.
    """

    _name = "finance.bank.balance"
    _description = "Bank Balance"
    _order = "moment desc, id desc"
    _log_access = False
    _allow_sudo_commands = False

    journal_id = fields.Many2one("account.journal", readonly=True, ondelete="cascade", index=True)
    account_id = fields.Many2one(
        "finance.bank.online.account",
        string="Account at the bank's interface",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    kind = fields.Selection(list(KINDS.items()), required=True, readonly=True)
    sort = fields.Selection(
        [("booked", "Booked"), ("available", "Available"), ("forward", "Forward"), ("other", "Other")],
        required=True,
        readonly=True,
    )
    date = fields.Date(required=True, readonly=True, help="The day the balance is of; of a forward balance, to come.")
    moment = fields.Datetime(
        string="As of", required=True, readonly=True, help="The time the balance tells about: the later one counts."
    )
    received_on = fields.Datetime(readonly=True, required=True)
    amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True, required=True)
    currency_name = fields.Char(string="Currency", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", string="Display currency", readonly=True)
    source = fields.Char(required=True, readonly=True, help="Format of the statement, or channel of the answer.")
    statement_id = fields.Many2one(
        "finance.bank.statement", string="Received statement", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    message_id = fields.Many2one("finance.message", readonly=True, ondelete="set null", index="btree_not_null")
    is_sure = fields.Boolean(
        string="Counts",
        compute="_compute_is_sure",
        search="_search_is_sure",
        help="One balance of a kind, day and currency counts: the latest of the day, or the one of the first statement "
        "that opens it. A statement that was received before, or is held, or was discarded, tells its balances for "
        "information only.",
    )

    # a statement that is held must not overwrite what another one proved: each has rows of its own
    _once = models.UniqueIndex(
        "(COALESCE(journal_id, -account_id), COALESCE(statement_id, 0), kind, date, moment, currency_name)"
    )
    _latest = models.Index("(journal_id, sort, moment DESC)")

    @api.depends("statement_id.state")
    def _compute_is_sure(self):
        rows = self.env.execute_query(self._counting_query(self.ids)) if self.ids else []
        counting = {row[0] for row in rows}
        for balance in self:
            balance.is_sure = balance.id in counting

    def _search_is_sure(self, operator, value):
        if operator != "in":
            return NotImplemented
        sure = Domain("id", "in", self._counting_query())
        return Domain.OR(sure if wanted else ~sure for wanted in set(map(bool, value)))

    @api.model
    def _counting_query(self, ids=None):
        """One of the balances that are told of an account for one kind, day and currency counts.

        What another statement repeats gives way, the later moment goes before the earlier one, and what a statement
        proved before what an interface answered. Of several statements of a day the first one opens it and the last one
        closes it.

        :param ids: balances that are asked about, else all
        :return: the ids of those that count
        """
        self.flush_model()
        self.env["finance.bank.statement"].flush_model(["state"])
        account = SQL("COALESCE(balance.journal_id, -balance.account_id)")
        key = SQL("%s, balance.kind, balance.date, balance.currency_name", account)
        asked = SQL()
        if ids is not None:
            asked = SQL(
                "AND (%(key)s) IN (SELECT %(key)s FROM finance_bank_balance balance WHERE balance.id IN %(ids)s)",
                key=key,
                ids=tuple(ids),
            )
        return SQL(
            """(
            SELECT ranked.id
              FROM (SELECT balance.id,
                           row_number() OVER (
                               PARTITION BY %(key)s
                                   ORDER BY statement.state IS NOT NULL AND statement.state IN %(repeated)s,
                                            balance.moment DESC,
                                            balance.statement_id IS NULL,
                                            CASE WHEN balance.kind IN %(opening)s THEN balance.id ELSE -balance.id END
                           ) AS place
                      FROM finance_bank_balance balance
                      LEFT JOIN finance_bank_statement statement ON statement.id = balance.statement_id
                     WHERE (statement.id IS NULL OR statement.state NOT IN %(unsure)s) %(asked)s) ranked
             WHERE ranked.place = 1)""",
            key=key,
            repeated=REPEATED,
            opening=OPENING,
            unsure=UNSURE,
            asked=asked,
        )

    @api.depends("kind", "date")
    def _compute_display_name(self):
        names = dict(self._fields["kind"]._description_selection(self.env))
        for balance in self:
            balance.display_name = f"{names.get(balance.kind)} {fields.Date.to_string(balance.date)}"

    @api.model
    def _record_balances(self, journal, balances, *, at, source, statement=None, message=None, account=None):
        """Store balances that a bank told, from whatever channel. Telling them again changes nothing.

        :param journal: bank journal of exactly this account; empty while ``account`` has none
        :param balances: iterable of :class:`~..formats.model.Balance`
        :param at: when the bank told them, UTC without a zone
        :param source: format or channel, e.g. ``camt.053.001.08`` or ``api.berlin_group``
        :param statement: ``finance.bank.statement`` that carries them, if any
        :param message: ``finance.message`` that carries them, if any
        :param account: ``finance.bank.online.account`` that was asked, if any
        :return: number of balances
        """
        found = list(told(balances, at=at))
        if not found:
            return 0
        owner = journal or account
        names = {one.currency for one in found}
        currencies = self.env["res.currency"].with_context(active_test=False).search([("name", "in", list(names))])
        known = {currency.name: currency.id for currency in currencies}
        self.flush_model()
        if not statement:
            self._repeat(journal, account, found, source, message)
        self.env.cr.execute_values(
            """
            INSERT INTO finance_bank_balance
                   (journal_id, account_id, company_id, kind, sort, date, moment, amount, currency_name, currency_id,
                    source, statement_id, message_id, received_on)
            VALUES %s
                ON CONFLICT (COALESCE(journal_id, -account_id), COALESCE(statement_id, 0), kind, date, moment,
                             currency_name)
                DO UPDATE SET amount = EXCLUDED.amount, source = EXCLUDED.source, message_id = EXCLUDED.message_id,
                              received_on = EXCLUDED.received_on,
                              account_id = COALESCE(EXCLUDED.account_id, finance_bank_balance.account_id)
            """,
            [
                (
                    journal.id or None,
                    account.id if account else None,
                    owner.company_id.id,
                    one.kind,
                    sort_of(one.kind),
                    one.day,
                    one.moment,
                    one.amount,
                    one.currency,
                    known.get(one.currency),
                    source,
                    statement.id if statement else None,
                    message.id if message else None,
                )
                for one in found
            ],
            template="(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC')",
        )
        self.invalidate_model(flush=False)
        return len(found)

    @api.model
    def _repeat(self, journal, account, found, source, message):
        """An interim balance that is asked for again and is still the same gets the new time, and no row of its own."""
        for one in found:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE finance_bank_balance balance
                       SET moment = %(moment)s, source = %(source)s, message_id = %(message)s
                      FROM (SELECT id, date, amount, moment FROM finance_bank_balance
                             WHERE COALESCE(journal_id, -account_id) = %(owner)s AND statement_id IS NULL
                               AND kind = %(kind)s AND currency_name = %(currency)s
                             ORDER BY moment DESC, id DESC LIMIT 1) last
                     WHERE balance.id = last.id AND last.date = %(day)s AND last.amount = %(amount)s
                       AND last.moment < %(moment)s
                    """,
                    owner=journal.id or -account.id,
                    kind=one.kind,
                    currency=one.currency,
                    day=one.day,
                    amount=one.amount,
                    moment=one.moment,
                    source=source,
                    message=message.id if message else None,
                )
            )

    @api.model
    def _keep(self, account, balances, message, source):
        """Store what a bank's interface says about an account.

        :param account: ``finance.bank.online.account``
        """
        self._record_balances(
            account.journal_id, balances, at=fields.Datetime.now(), source=source, message=message, account=account
        )

    @api.model
    def _record_statement(self, statement):
        """Store the balances of a statement whose journal is known."""
        at = parse_moment(statement.created_by_bank_at) or statement.create_date
        return self._record_balances(
            statement.journal_id,
            statement._told_balances(),
            at=at,
            source=statement.format or statement.purpose,
            statement=statement,
            message=statement.message_id,
        )

    @api.model
    def _latest_query(self, sort):
        """:return: the latest sure balance of each journal in its own currency, of one sort"""
        kinds = BOOKED if sort == "booked" else AVAILABLE
        return SQL(
            """
            SELECT DISTINCT ON (balance.journal_id) balance.journal_id, balance.id, balance.amount, balance.kind,
                   balance.date, balance.moment, balance.source, balance.statement_id
              FROM finance_bank_balance balance
              JOIN account_journal journal ON journal.id = balance.journal_id
              JOIN res_company company ON company.id = journal.company_id
              LEFT JOIN finance_bank_statement statement ON statement.id = balance.statement_id
             WHERE balance.sort = %(sort)s AND (statement.id IS NULL OR statement.state NOT IN %(unsure)s)
               AND balance.currency_id = COALESCE(journal.currency_id, company.currency_id)
             ORDER BY balance.journal_id, balance.moment DESC, array_position(%(kinds)s, balance.kind),
                      statement.state IS NOT NULL AND statement.state IN %(repeated)s, balance.statement_id IS NULL,
                      balance.id DESC
            """,
            sort=sort,
            unsure=UNSURE,
            repeated=REPEATED,
            kinds=list(kinds),
        )

    def action_view_statement(self):
        """Open the received statement that told this balance."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.bank.statement",
            "view_mode": "form",
            "res_id": self.statement_id.id,
        }


def sort_of(kind):
    """:return: whether a kind of balance is booked, available, forward or neither"""
    if kind in BOOKED:
        return "booked"
    if kind in AVAILABLE:
        return "available"
    return "forward" if kind == "FWAV" else "other"
