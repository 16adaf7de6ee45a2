import io
import logging
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..trail import keys
from ..trail.chain import START, is_genuine, seals

_logger = logging.getLogger(__name__)

#: numbers of entries that are looked at, and sealed, in one transaction
BATCH = 20_000
#: no number is larger
MOST = 2**31 - 1
#: what is written about entries that nobody with the key has written; so many are named at once
FORGED, NAMED = "audit.entry.forged", 500
#: minutes between checkpoints; a setting of the system
EVERY_PARAMETER = "finance_integration_audit.checkpoint_minutes"
EVERY_MINUTES = 10
#: whoever seals holds it until the end of the transaction
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('finance_audit_sealer'))"


class FinanceAuditSealer(models.AbstractModel):
    """Gives entries their place after they were written: writers never wait for it, nor for each other."""

    _name = "finance.audit.sealer"
    _description = "Sealer of the Audit Trail"

    @api.model
    def _cron_seal(self):
        """Seal in short transactions until nothing waits; sign when it is time."""
        progress = self.env["ir.cron"]
        # the lock comes first in a transaction, so that what another sealer wrote is seen
        progress._commit_progress(0)
        for done in self._batches():
            if not progress._commit_progress(done, remaining=1):
                # woken again; a head is signed when nothing is left behind
                return
        progress._commit_progress(0, remaining=0)
        last = self.env["finance.audit.checkpoint"]._last()
        if (not last or last.at <= self.env.cr.now() - timedelta(minutes=self._minutes())) and self._lock():
            self.env["finance.audit.checkpoint"]._make()

    @api.model
    def _minutes(self):
        # sudo: a number
        text = self.env["ir.config_parameter"].sudo().get_param(EVERY_PARAMETER)
        return int(text) if text and text.isdigit() else EVERY_MINUTES

    @api.model
    def _lock(self):
        self.env.cr.execute(_LOCK)
        return self.env.cr.fetchone()[0]

    @api.model
    def _seal_and_sign(self):
        """Seal everything that is there and sign it, in this transaction; :return: the checkpoint, if any"""
        if not self._lock():
            return self.env["finance.audit.checkpoint"]
        sum(self._batches())
        return self.env["finance.audit.checkpoint"]._make()

    @api.model
    def _waits(self, after, until=MOST):
        """Say whether an entry after this number (and up to that one) is not sealed."""
        self.env.cr.execute(SQL("SELECT 1 FROM (%s) AS waiting LIMIT 1", self._unsealed(after, until)))
        return bool(self.env.cr.fetchone())

    @api.model
    def _unsealed(self, after, until=MOST, condition=None):
        return SQL(
            # the bounds of the seal follow from those of the entry: they are where its index is entered
            """
            SELECT e.id, e.digest, e.mac, e.key FROM finance_audit_entry e
             WHERE e.id > %(after)s AND e.id <= %(until)s AND %(condition)s
               AND NOT EXISTS (SELECT 1 FROM finance_audit_seal s
                                WHERE s.number = e.id AND s.number > %(after)s AND s.number <= %(until)s)
            """,
            after=after,
            until=until,
            condition=condition or SQL("true"),
        )

    @api.model
    def _batches(self, limit=BATCH):
        """Seal what waits, and yield how many it were each time.

        A batch begins behind the one before it: however many wait, none is passed over again and again. One that came
        late in between is found by the next run.
        """
        behind = 0
        while True:
            count, behind = self._seal_some(limit, behind)
            if not count:
                return
            yield count

    @api.model
    def _seal_some(self, limit, behind):
        """Seal entries in the order of their numbers; one that came late gets the next place.

        :param limit: not more at once
        :param behind: entries up to this number were looked at just now
        :return: (how many, up to which number was looked now); none when nothing waits any more
        """
        audit_keys = self.env["finance.audit.key"]
        key, name = audit_keys._current(keys.CHAIN)
        if key is None:
            _logger.warning("audit entries are NOT sealed: the server has no master key")
            return 0, behind
        if not self._lock():
            return 0, behind
        audit_keys._keep()
        last = self.env["finance.audit.checkpoint"]._last()
        self.env.cr.execute("SELECT id, chain FROM finance_audit_seal ORDER BY id DESC LIMIT 1")
        seq, chain = self.env.cr.fetchone() or (0, START.hex())
        if last.size > seq:
            # seals were taken away: their places stay empty, for verification to find
            seq, chain = last.size, last._chain().hex()
        behind, until = self._window(max(behind, last.until), limit)
        rows = self._waiting(behind, until)
        if forged := self._forged(rows, seq):
            self._tell(forged)
            # what tells about them is sealed with them
            rows = self._waiting(behind, until)
        at = self.env.cr.now().isoformat(sep=" ")
        lines = io.StringIO(
            "".join(
                f"{seal.seq}\t{seal.number}\t{seal.leaf.hex()}\t{seal.chain.hex()}\t{name}\t{at}\n"
                for seal in seals(key, seq, bytes.fromhex(chain), (row[:3] for row in rows))
            )
        )
        if rows:
            self.env.cr.copy_expert("COPY finance_audit_seal (id, number, leaf, chain, key, at) FROM STDIN", lines)
        return len(rows), until

    @api.model
    def _window(self, after, limit):
        """Find the next numbers of which one waits; without bounds on both sides the planner reads all that wait.

        :return: (behind this number, up to that one)
        """
        while True:
            # numbers may be missing, a great many after a backup was restored
            self.env.cr.execute("SELECT id FROM finance_audit_entry WHERE id > %s ORDER BY id LIMIT 1", (after,))
            if not (found := self.env.cr.fetchone()):
                return after, after
            after = found[0] - 1
            if self._waits(after, after + limit):
                return after, after + limit
            after += limit

    @api.model
    def _waiting(self, after, until):
        self.env.cr.execute(SQL("%s ORDER BY e.id", self._unsealed(after, until)))
        return self.env.cr.fetchall()

    @api.model
    def _forged(self, rows, seq):
        """Look at what waits with the keys, which an auditor need not have.

        :param seq: the last place that is taken
        :return: (place, number) of entries that say they are protected and that nobody with the key has written
        """
        secret, _publics = self.env["finance.audit.key"]._all() if rows else ({}, {})
        return [
            (seq + place, number)
            for place, (number, content, mac, key) in enumerate(rows, 1)
            if key is not None and not is_genuine(secret.get(key), content, mac)
        ]

    @api.model
    def _tell(self, forged):
        """They keep their places as evidence; an entry and an alert name them."""
        _logger.warning("audit entries that nobody with the key has written: %s", forged[:NAMED])
        for begin in range(0, len(forged), NAMED):
            self.env["finance.audit"]._record(
                FORGED, self.env["finance.audit.entry"], after={"entries": forged[begin : begin + NAMED]}
            )
        place, number = forged[0]
        self.env["finance.alert"]._raise(
            "audit_trail_broken",
            self.env["finance.audit.verification"],
            klass="business",
            text=self.env._("The audit trail: entry %s was put in by somebody without its key.", number),
            key=f"inserted/{place}",
        )
