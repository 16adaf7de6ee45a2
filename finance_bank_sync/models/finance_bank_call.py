from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.database import RERUN

#: the stretch of time in which there are so many calls (delegated regulation 2018/389, article 36(5))
WINDOW = timedelta(hours=24)
#: number of the row that counts calls with a person
ATTENDED = 0
#: how often a row that another worker takes at this moment is left for another one
ROUNDS = 10


class FinanceBankCall(models.Model):
    """The calls that a bank grants without a person, for one account and one kind of question.

    Each of them is a row: a call takes a row that was not taken for 24 hours. So in no 24 hours there can be more calls
    than rows, whatever workers do at the same time, and a call that was never made because a process died counts.
    """

    _name = "finance.bank.call"
    _description = "Call that a Bank Grants"
    _log_access = False
    _order = "account_id, endpoint, number"
    _rec_name = "endpoint"
    _allow_sudo_commands = False

    account_id = fields.Many2one("finance.bank.online.account", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="account_id.company_id")
    endpoint = fields.Char(string="Asked for", required=True, readonly=True)
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    used_at = fields.Datetime(string="Taken", readonly=True)
    total = fields.Integer(string="So far", readonly=True)

    _one_per_number = models.UniqueIndex("(account_id, endpoint, number)")

    @api.model
    def _granted(self, account):
        """:return: calls a day: what the consent says, at most what the connection says"""
        account = account.sudo()  # sudo: called by the engine
        asked = account.connection_id.bank_calls or 4
        return min(asked, account.consent_id.calls or asked)

    @api.model
    def _take(self, account, endpoint, *, has_person):
        """Take a call, durable at once whatever becomes of the work in hand.

        :return bool: whether there was one
        """
        account_id, granted = account.id, self._granted(account)
        for _round in range(ROUNDS):
            try:
                with self.env.registry.cursor() as cr:
                    calls = api.Environment(cr, SUPERUSER_ID, {})[self._name]
                    return calls._take_row(account_id, endpoint, granted, has_person)
            except RERUN:
                continue
        # others were quicker each time: nothing is left that could be taken
        return False

    @api.model
    def _take_row(self, account_id, endpoint, granted, has_person):
        cr = self.env.cr
        numbers = [ATTENDED] if has_person else list(range(1, granted + 1))
        cr.execute(
            SQL(
                """
                INSERT INTO finance_bank_call (account_id, endpoint, number, total)
                SELECT %(account)s, %(endpoint)s, n, 0 FROM unnest(%(numbers)s::int[]) n ON CONFLICT DO NOTHING
                """,
                account=account_id,
                endpoint=endpoint,
                numbers=numbers,
            ),
            log_exceptions=False,
        )
        cr.execute(
            SQL(
                """
                UPDATE finance_bank_call SET used_at = now() AT TIME ZONE 'UTC', total = total + 1
                 WHERE id = (
                       SELECT id FROM finance_bank_call
                        WHERE account_id = %(account)s AND endpoint = %(endpoint)s AND number = ANY(%(numbers)s)
                          AND (%(attended)s OR used_at IS NULL OR used_at <= now() AT TIME ZONE 'UTC' - %(window)s)
                        ORDER BY used_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING id
                """,
                account=account_id,
                endpoint=endpoint,
                numbers=numbers,
                attended=has_person,
                window=WINDOW,
            ),
            log_exceptions=False,
        )
        return bool(cr.fetchone())

    @api.model
    def _left(self, account, endpoint):
        """:return: (calls without a person that are left now, when the next one is free where none is)"""
        granted = self._granted(account)
        # sudo: counts of an account that the reader may see
        rows = self.sudo().search(
            [
                ("account_id", "=", account.id),
                ("endpoint", "=", endpoint),
                ("number", "in", list(range(1, granted + 1))),
            ]
        )
        now = fields.Datetime.now()
        taken = sorted(row.used_at for row in rows if row.used_at and row.used_at > now - WINDOW)
        left = max(granted - len(taken), 0)
        return left, False if left or not taken else taken[0] + WINDOW

    @api.model
    def _spend(self, account, endpoint, seconds):
        """The bank has counted more than we have: nothing is free before it says so."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_call SET used_at = GREATEST(
                       used_at, now() AT TIME ZONE 'UTC' - %(window)s + make_interval(secs => %(seconds)s))
                 WHERE account_id = %(account)s AND endpoint = %(endpoint)s AND number > 0
                """,
                window=WINDOW,
                seconds=min(seconds, WINDOW.total_seconds()),
                account=account.id,
                endpoint=endpoint,
            )
        )
        self.invalidate_model()
