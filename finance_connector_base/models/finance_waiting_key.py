from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import states


class FinanceWaitingKey(models.Model):
    """A cause that messages wait for, as a row two transactions can meet at.

    A message may be held for a cause in the very moment somebody fixes it; under snapshot
    isolation neither transaction sees the other, and the message would wait for ever. So who
    holds locks the row (shared), and who fixes changes it:

    * the fix waits for holders under way, and what they held is resumed by the next dispatcher;
    * a holder that comes later finds the row changed since its snapshot: the database makes it
      start again, and then it sees the fix.
    """

    _name = "finance.waiting.key"
    _description = "Cause that Messages Wait for"
    _log_access = False
    _rec_name = "key"
    _allow_sudo_commands = False

    key = fields.Char(required=True, readonly=True)
    fixed_count = fields.Integer(readonly=True)
    is_pending = fields.Boolean(readonly=True)
    touched_at = fields.Datetime(readonly=True)

    _key = models.UniqueIndex("(key)")
    _pending = models.Index("(id) WHERE is_pending")

    @api.model
    def _watch(self, key):
        """Called in the transaction that holds a message for this cause."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO finance_waiting_key (key, fixed_count, is_pending, touched_at)
                VALUES (%s, 0, FALSE, clock_timestamp() AT TIME ZONE 'UTC') ON CONFLICT (key) DO NOTHING
                """,
                key,
            ),
            log_exceptions=False,
        )
        self.env.cr.execute(
            SQL("SELECT 1 FROM finance_waiting_key WHERE key = %s FOR SHARE", key), log_exceptions=False
        )
        family = self._family(key)
        if family and family != key:
            self._watch(family)

    @api.model
    def _meet(self, keys):
        """Let transactions that ask about the same keys come one after the other.

        The second one waits; when the first commits, the database makes it start again, on a
        snapshot that sees what the first has done.

        :param keys: iterable of texts
        """
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO finance_waiting_key AS k (key, fixed_count, is_pending, touched_at)
                SELECT u, 0, FALSE, clock_timestamp() AT TIME ZONE 'UTC' FROM unnest(%s) u ORDER BY u
                    ON CONFLICT (key) DO UPDATE SET touched_at = excluded.touched_at
                """,
                sorted(set(keys)),
            ),
            log_exceptions=False,
        )

    @api.model
    def _family(self, key):
        """:return: the key that stands for all codes of one kind of one connection, or None

        A rule for many codes cannot name the key of a message that is being held right now; it
        meets the holder at this one.
        """
        parts = key.split(":", 3)
        return ":".join([*parts[:3], "*"]) if len(parts) == 4 and parts[0] == "mapping" else None

    @api.model
    def _fixed(self, keys):
        """Called in the transaction that fixes these causes."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO finance_waiting_key AS k (key, fixed_count, is_pending, touched_at)
                SELECT u, 1, FALSE, clock_timestamp() AT TIME ZONE 'UTC' FROM unnest(%s) u ORDER BY u
                    ON CONFLICT (key) DO UPDATE
                   SET fixed_count = k.fixed_count + 1, is_pending = TRUE, touched_at = excluded.touched_at
                """,
                sorted(set(keys)),
            ),
            log_exceptions=False,
        )

    @api.model
    def _resume_pending(self):
        """Resume what was held while its cause was being fixed; called by every dispatcher run."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_waiting_key SET is_pending = FALSE
                 WHERE id IN (SELECT id FROM finance_waiting_key WHERE is_pending ORDER BY id LIMIT 1000
                                 FOR NO KEY UPDATE SKIP LOCKED)
                RETURNING key
                """
            ),
            log_exceptions=False,
        )
        keys = [row[0] for row in self.env.cr.fetchall()]
        if keys:
            self.env["finance.message"].search([("state", "=", states.HELD), ("waiting_key", "in", keys)])._resume()
        for family in keys:
            if family == self._family(family):
                pattern = family[:-1].replace("\\", r"\\").replace("_", r"\_").replace("%", r"\%") + "%"
                self.env["finance.message"].search(
                    [("state", "=", states.HELD), ("waiting_key", "=like", pattern)]
                )._resume()
            self.env["finance.process.run"]._resume_waiting(keys)

    @api.autovacuum
    def _gc_old(self):
        """A row matters only while transactions that met at it are under way."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM finance_waiting_key
                 WHERE NOT is_pending AND touched_at < (now() AT TIME ZONE 'UTC') - interval '1 day'
                """
            )
        )
