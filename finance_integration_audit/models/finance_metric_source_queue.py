from odoo import api, models
from odoo.tools import SQL

from ..metrics.metric import BOTH, COUNTER, GAUGE, HISTOGRAM, WAITS, Metric

#: notes of what was taken for something that had come before
DUPLICATES = ("duplicate", "near_duplicate", "brought_by_hand", "conflict", "identity_conflict", "overtaken")


class FinanceMessageTransition(models.Model):
    _inherit = "finance.message.transition"

    # what has happened since a time; rows are only ever appended, so some kilobytes do
    _at = models.Index("USING brin (at) WITH (pages_per_range = 32, autosummarize = on)")


class FinanceMetricSourceQueue(models.AbstractModel):
    """Messages: how many wait and for how long, what becomes of them, and duplicates (M-02, M-13)."""

    _name = "finance.metric.source.queue"
    _description = "Metrics: Messages"
    _inherit = ["finance.metric.source"]

    @api.model
    def _metrics(self):
        channel = ("connection", "flow")
        return (
            Metric(
                name="finance_queue_depth",
                kind=GAUGE,
                title=self.env._("Messages that are open"),
                audience=BOTH,
                labels=(*channel, "state"),
            ),
            Metric(
                name="finance_queue_oldest_seconds",
                kind=GAUGE,
                title=self.env._("Age of the oldest open message"),
                audience=BOTH,
                labels=(*channel, "state"),
            ),
            Metric(
                name="finance_messages",
                kind=COUNTER,
                title=self.env._("Messages by what happened to them"),
                audience=BOTH,
                labels=(*channel, "state"),
            ),
            Metric(
                name="finance_message_seconds",
                kind=HISTOGRAM,
                title=self.env._("From arrival to done"),
                audience=BOTH,
                bounds=WAITS,
                labels=channel,
            ),
            Metric(
                name="finance_duplicates",
                kind=COUNTER,
                title=self.env._("Duplicates that were found"),
                audience=BOTH,
                labels=(*channel, "outcome", "reason"),
            ),
        )

    @api.model
    def _events(self, since):
        one = SQL("1.0::float8")
        state = SQL(
            "jsonb_build_object('connection', m.connection_id::text, 'flow', m.flow_id::text,"
            " 'state', CASE WHEN t.before IS NULL AND t.after = 'queued' THEN 'received' ELSE t.after END)"
        )
        duplicate = SQL(
            "jsonb_build_object('connection', m.connection_id::text, 'flow', m.flow_id::text,"
            " 'outcome', t.after, 'reason', t.note)"
        )
        channel = SQL("jsonb_build_object('connection', m.connection_id::text, 'flow', m.flow_id::text)")
        age = SQL("GREATEST(extract(epoch FROM t.at - m.create_date), 0)::float8")
        return [
            ("finance_messages", _transitions(state, one, since, SQL("t.after <> 'processing'"))),
            ("finance_message_seconds", _transitions(channel, age, since, SQL("t.after = 'done'"))),
            (
                "finance_duplicates",
                _transitions(
                    duplicate,
                    one,
                    since,
                    SQL("t.after IN ('ignored', 'held') AND t.note = ANY(%s)", list(DUPLICATES)),
                ),
            ),
        ]

    @api.model
    def _now(self):
        # the condition is that of the partial index of open messages
        return [
            (
                ("finance_queue_depth", "finance_queue_oldest_seconds"),
                SQL(
                    """
                    SELECT g.name, o.company_id,
                           jsonb_build_object('connection', o.connection_id::text, 'flow', o.flow_id::text,
                                              'state', o.state) AS labels,
                           CASE g.name WHEN 'finance_queue_depth' THEN o.count ELSE o.age END::float8 AS value
                      FROM (SELECT company_id, connection_id, flow_id, state, count(*) AS count,
                                   GREATEST(extract(epoch FROM now() AT TIME ZONE 'UTC' - min(create_date)), 0) AS age
                              FROM finance_message WHERE state NOT IN ('done', 'ignored')
                             GROUP BY 1, 2, 3, 4) o,
                           unnest(ARRAY['finance_queue_depth', 'finance_queue_oldest_seconds']) AS g (name)
                    """
                ),
            )
        ]


def _transitions(labels, value, since, condition):
    return SQL(
        """
        SELECT t.at, m.company_id, %s AS labels, %s AS value, m.correlation_id AS exemplar
          FROM finance_message_transition t JOIN finance_message m ON m.id = t.message_id
         WHERE t.at >= %s AND %s
        """,
        labels,
        value,
        since,
        condition,
    )
