from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..matching import duplicates
from .finance_duplicate_rule import COMPARED

#: messages that are compared anew per transaction; their content is in memory meanwhile
BATCH = 200

_SCOPE = """
      FROM finance_message m
      JOIN finance_flow f ON f.id = m.flow_id
     WHERE m.id > %(after)s AND m.id <= %(until)s AND m.create_date >= %(since)s
       AND m.kind = 'exchange' AND m.replay_of_id IS NULL AND m.state <> 'ignored'
       AND (%(company)s IS NULL OR m.company_id = %(company)s)
       AND (%(flow)s IS NULL OR m.flow_id = %(flow)s)
       AND (%(handler)s IS NULL OR f.handler = %(handler)s)
"""
# what a worker has in hand is left alone and looked at again: its own transaction must not meet ours
_READ = (
    """
    SELECT m.id, m.create_date::date,
           m.state = 'done' OR EXISTS (SELECT 1 FROM finance_duplicate_key k
                                        WHERE k.message_id = m.id AND k.rule_id = %(rule)s AND k.is_admitted)
"""
    + _SCOPE
    + " AND m.state <> 'processing' ORDER BY m.id LIMIT %(limit)s FOR NO KEY UPDATE OF m SKIP LOCKED"
)
_IN_HAND = "SELECT min(m.id) " + _SCOPE + " AND m.state = 'processing'"


class FinanceDuplicateRule(models.Model):
    """A rule that is new, or compares something else than before, counts for earlier messages, too (B-14).

    These are compared anew in the background, as far back as the rule looks; the position is kept with each batch.
    """

    _inherit = "finance.duplicate.rule"

    rekey_from = fields.Integer(readonly=True, copy=False, aggregator=None)
    rekey_until = fields.Integer(readonly=True, copy=False, aggregator=None)
    rekey_count = fields.Integer(string="Earlier messages compared", readonly=True, copy=False, aggregator=None)
    is_rekeying = fields.Boolean(
        readonly=True, copy=False, string="Looks at earlier messages", help="In the background, in small steps."
    )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._begin_rekeying()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if any(name in vals for name in (*COMPARED, "window_days")) or vals.get("active"):
            self._begin_rekeying()
        return result

    def _begin_rekeying(self):
        active = self.filtered("active")
        if active:
            # sudo: notes of the engine
            active.sudo().write({"is_rekeying": True, "rekey_from": 0, "rekey_until": 0, "rekey_count": 0})
            # sudo: the scheduled action belongs to the system
            self.env.ref("finance_connector_base.ir_cron_duplicate_rekey").sudo()._trigger()

    @api.model
    def _cron_rekey(self):
        """Compare earlier messages by rules that are new or changed; goes on where an interrupted run stopped."""
        in_cron = bool(self.env.context.get("ir_cron_progress_id"))
        for rule in self.sudo().search([("is_rekeying", "=", True)]):  # sudo: content that is compared, not shown
            while rule.is_rekeying:
                done = rule._rekey_batch()
                remaining = int(rule.is_rekeying)
                if in_cron and not self.env["ir.cron"]._commit_progress(done, remaining=remaining):
                    return
                if not done and rule.is_rekeying:
                    # the rest is in the hands of workers: look again in a minute
                    at = fields.Datetime.now() + timedelta(minutes=1)
                    self.env.ref("finance_connector_base.ir_cron_duplicate_rekey")._trigger(at)
                    break

    def _rekey_batch(self, limit=BATCH):
        """:return: how many messages were looked at; ``is_rekeying`` ends with the last"""
        self.ensure_one()
        self.env["finance.message"].flush_model()
        if not self.rekey_until:
            self.env.cr.execute("SELECT COALESCE(max(id), 0) FROM finance_message")
            self.rekey_until = self.env.cr.fetchone()[0]
        scope = {
            "rule": self.id,
            "after": self.rekey_from,
            "until": self.rekey_until,
            "since": self.env.cr.now() - timedelta(days=self.window_days + 1),
            "company": self.company_id.id or None,
            "flow": self.flow_id.id or None,
            "handler": self.handler or None,
            "limit": limit,
        }
        self.env.cr.execute(_READ, scope, log_exceptions=False)
        rows = self.env.cr.fetchall()
        pure, keys = {}, []
        messages = self.env["finance.message"].browse([row[0] for row in rows])
        for message, (message_id, day, is_admitted) in zip(messages, rows, strict=True):
            company = message.company_id
            if company not in pure:
                pure[company] = self._pure(company)
            found = duplicates.facts(pure[company], message._data_or_none() or {}, day)
            if found:
                keys.append((message_id, self.id, found.key, found.amount, found.day, is_admitted))
        # a batch, not all of them, in memory
        messages.invalidate_recordset(["data"], flush=False)
        self._replace_keys([row[0] for row in rows], keys)
        values = {"rekey_count": self.rekey_count + len(rows)}
        if len(rows) == limit:
            values["rekey_from"] = rows[-1][0]
        else:
            self.env.cr.execute(_IN_HAND, scope)
            in_hand = self.env.cr.fetchone()[0]
            values |= {"rekey_from": in_hand - 1} if in_hand else {"is_rekeying": False}
            # what follows it was looked at just now
            rows = rows if not in_hand else []
        self.write(values)
        self.flush_recordset()
        return len(rows)

    def _replace_keys(self, message_ids, keys):
        if not message_ids:
            return
        self.env.cr.execute(
            SQL("DELETE FROM finance_duplicate_key WHERE rule_id = %s AND message_id = ANY(%s)", self.id, message_ids)
        )
        if keys:
            self.env.cr.execute_values(
                "INSERT INTO finance_duplicate_key (message_id, rule_id, key, amount, day, by_hand_only, is_admitted)"
                " VALUES %s",
                keys,
                template="(%s, %s, %s, %s, %s, FALSE, %s)",
            )
            self.env.cr.execute(
                SQL(
                    "UPDATE finance_message SET is_compared = TRUE WHERE id = ANY(%s) AND is_compared IS NOT TRUE",
                    [key[0] for key in keys],
                )
            )
        self.env["finance.message"].invalidate_model(["is_compared"])
        self.env["finance.duplicate.key"].invalidate_model()
