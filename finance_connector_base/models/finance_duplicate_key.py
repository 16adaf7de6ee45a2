from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import states
from ..matching import duplicates


class FinanceDuplicateKey(models.Model):
    """What a message is compared by, one row a rule: one index finds what resembles it.

    Rows are written with the message, in the same transaction. The content is never searched.
    """

    _name = "finance.duplicate.key"
    _description = "Comparison of a Message"
    _log_access = False
    _rec_name = "key"
    _allow_sudo_commands = False

    message_id = fields.Many2one("finance.message", required=True, readonly=True, ondelete="cascade", index=True)
    rule_id = fields.Many2one("finance.duplicate.rule", readonly=True, ondelete="cascade", index="btree_not_null")
    by_hand_only = fields.Boolean(readonly=True, help="Compared with what the other way (channel, by hand) brought.")
    key = fields.Char(required=True, readonly=True, help="Digest of what must be the same.")
    # exact: digits make a numeric column, and only SQL writes and compares it
    amount = fields.Float(readonly=True, digits=(21, 6), aggregator=None)
    day = fields.Date(required=True, readonly=True)
    is_admitted = fields.Boolean(readonly=True, help="It was worked, or a person said that it is another one.")

    _alike = models.Index("(key, amount, day)")

    @api.model
    def _write_for(self, flow, rows, envelopes):
        """Write the keys of messages that are being enqueued: one INSERT a page.

        :param rows: their columns, ``is_compared`` is set on those that have a key
        :return: list of tuples for :meth:`_insert`
        """
        rules = [(rule.id, rule._pure(flow.company_id)) for rule in self.env["finance.duplicate.rule"]._for_flow(flow)]
        today = self.env.cr.now().date()
        keys = []
        for row, envelope in zip(rows, envelopes, strict=True):
            # a replay repeats what was admitted before; a duplicate by identity is ignored already
            if envelope.replay_of_id or envelope.kind != "exchange" or row["state"] != states.QUEUED:
                continue
            found = [(rule_id, duplicates.facts(rule, envelope.data, today)) for rule_id, rule in rules]
            made = [(row["id"], rule_id, it.key, it.amount, it.day, False) for rule_id, it in found if it]
            if envelope.likeness and flow.likeness_days:
                key = duplicates.digest("flow", flow.id, envelope.likeness)
                made.append((row["id"], None, key, None, today, False))
            if envelope.business_key and flow.by_hand_at and flow.direction == "in":
                made.append((row["id"], None, _business(flow, envelope.business_key), None, today, True))
            row["is_compared"] = bool(made)
            keys += made
        return keys

    @api.model
    def _insert(self, keys):
        if keys:
            self.env.cr.execute_values(
                "INSERT INTO finance_duplicate_key"
                " (message_id, rule_id, key, amount, day, by_hand_only, is_admitted) VALUES %s",
                keys,
                template="(%s, %s, %s, %s, %s, %s, FALSE)",
            )

    @api.model
    def _note_business(self, flow, business_keys):
        """Make what a channel brought before comparable with what is brought by hand now."""
        keys = {business_key: _business(flow, business_key) for business_key in business_keys}
        if not keys:
            return
        self.env["finance.message"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH earlier AS (
                    SELECT m.id, k.key, m.state, m.create_date::date AS day
                      FROM unnest(%s, %s) AS k(business_key, key)
                      JOIN finance_message m ON m.business_key = k.business_key AND m.flow_id = %s
                     WHERE m.kind = 'exchange' AND m.state <> 'ignored' AND m.replay_of_id IS NULL
                       AND NOT EXISTS (SELECT 1 FROM finance_duplicate_key d
                                        WHERE d.message_id = m.id AND d.key = k.key)
                ), noted AS (
                    INSERT INTO finance_duplicate_key (message_id, key, day, by_hand_only, is_admitted)
                    SELECT id, key, day, TRUE, state = 'done' FROM earlier)
                UPDATE finance_message SET is_compared = TRUE WHERE id IN (SELECT id FROM earlier)
                """,
                list(keys),
                list(keys.values()),
                flow.id,
            )
        )
        self.env["finance.message"].invalidate_model(["is_compared"])


def _business(flow, business_key):
    return duplicates.digest("business", flow.id, business_key)
