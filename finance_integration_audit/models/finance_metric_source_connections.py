from odoo import api, models
from odoo.tools import SQL

from ..metrics.metric import BOTH, COUNTER, GAUGE, Metric


class FinanceMetricSourceConnections(models.AbstractModel):
    """Connections: what works, what does not, what callers were told (M-05, M-06, M-09)."""

    _name = "finance.metric.source.connections"
    _description = "Metrics: Connections"
    _inherit = ["finance.metric.source"]

    @api.model
    def _metrics(self):
        return (
            Metric(
                name="finance_connection_state",
                kind=GAUGE,
                title=self.env._("Connections by health"),
                audience=BOTH,
                labels=("connection", "state"),
            ),
            Metric(
                name="finance_circuits_open",
                kind=GAUGE,
                title=self.env._("Places outside that do not answer"),
                audience=BOTH,
                labels=("connection",),
            ),
            Metric(
                name="finance_fetch_delay_seconds",
                kind=GAUGE,
                title=self.env._("Fetch runs that are late"),
                labels=("connection", "flow"),
            ),
            Metric(
                name="finance_callbacks",
                kind=COUNTER,
                title=self.env._("Deliveries to webhooks"),
                labels=("connection", "outcome", "reason"),
            ),
        )

    @api.model
    def _events(self, since):
        return [
            (
                "finance_callbacks",
                SQL(
                    """
                    SELECT r.at, r.company_id,
                           jsonb_build_object('connection', w.connection_id::text, 'outcome', 'refused',
                                              'reason', r.reason) AS labels,
                           r.count::float8 AS value, NULL::text AS exemplar
                      FROM finance_webhook_refusal r JOIN finance_webhook w ON w.id = r.webhook_id
                     WHERE r.at >= %(since)s
                    UNION ALL
                    SELECT t.at, m.company_id,
                           jsonb_build_object('connection', m.connection_id::text, 'outcome', 'accepted'), 1.0, NULL
                      FROM finance_message_transition t JOIN finance_message m ON m.id = t.message_id
                     WHERE t.at >= %(since)s AND t.before IS NULL AND m.kind = 'exchange'
                       AND m.dedupe_key LIKE 'webhook:%%'
                    """,
                    since=since,
                ),
            )
        ]

    @api.model
    def _now(self):
        # open: nothing is tried; degraded: it fails at times, or is tried again; stopped: by people
        state = SQL(
            """
            SELECT 'finance_connection_state' AS name, c.company_id,
                   jsonb_build_object('connection', c.id::text, 'state', CASE
                       WHEN c.state IN ('draft', 'paused') THEN 'stopped'
                       WHEN c.auth_needed THEN 'login'
                       WHEN bool_or(k.state = 'open') THEN 'open'
                       WHEN bool_or(k.state = 'half_open' OR k.failures > 0)
                            OR c.hold_until > now() AT TIME ZONE 'UTC' THEN 'degraded'
                       ELSE 'up' END) AS labels,
                   1.0::float8 AS value
              FROM finance_connection c LEFT JOIN finance_circuit k ON k.connection_id = c.id
             WHERE c.active GROUP BY c.id
            """
        )
        circuits = SQL(
            """
            SELECT 'finance_circuits_open' AS name, k.company_id,
                   jsonb_build_object('connection', k.connection_id::text) AS labels, count(*)::float8 AS value
              FROM finance_circuit k WHERE k.state <> 'closed' GROUP BY k.company_id, k.connection_id
            """
        )
        # two intervals without a run are not a matter of minutes any more
        late = SQL(
            """
            SELECT 'finance_fetch_delay_seconds' AS name, f.company_id,
                   jsonb_build_object('connection', f.connection_id::text, 'flow', f.id::text) AS labels,
                   extract(epoch FROM now() AT TIME ZONE 'UTC' - f.next_fetch_at)::float8 AS value
              FROM finance_flow f JOIN finance_connection c ON c.id = f.connection_id
             WHERE f.active AND f.fetch_interval > 0 AND NOT COALESCE(f.paused, FALSE) AND c.state = 'active'
               AND f.next_fetch_at + f.fetch_interval * interval '1 minute' < now() AT TIME ZONE 'UTC'
            """
        )
        return [
            (("finance_connection_state",), state),
            (("finance_circuits_open",), circuits),
            (("finance_fetch_delay_seconds",), late),
        ]
