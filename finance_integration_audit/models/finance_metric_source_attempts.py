from odoo import api, models
from odoo.tools import SQL

from ..metrics.metric import BOTH, CALLS, COUNTER, HISTOGRAM, Metric

#: causes that say: who we are was not accepted, or we cannot say it any more
AUTHENTICATION = (
    "auth_needed",
    "login_refused",
    "secret_missing",
    "secret_broken",
    "certificate_expired",
    "consent_expired",
    "vault_refused",
)


class FinanceMessageAttempt(models.Model):
    _inherit = "finance.message.attempt"

    # what has ended since a time: of the order of the rows, so some kilobytes do, and ends of attempts, which are
    # written in place, stay cheap (PostgreSQL 16 and newer)
    _ended = models.Index("USING brin (ended_at) WITH (pages_per_range = 32, autosummarize = on)")


class FinanceMetricSourceAttempts(models.AbstractModel):
    """Attempts: how long calls take and how they end, by connection and flow (M-01, M-03, M-06)."""

    _name = "finance.metric.source.attempts"
    _description = "Metrics: Attempts"
    _inherit = ["finance.metric.source"]

    @api.model
    def _metrics(self):
        channel = ("connection", "flow")
        return (
            Metric(
                name="finance_attempt_seconds",
                kind=HISTOGRAM,
                title=self.env._("Duration of attempts"),
                bounds=CALLS,
                labels=(*channel, "outcome"),
            ),
            Metric(
                name="finance_retries",
                kind=COUNTER,
                title=self.env._("Retries"),
                labels=(*channel, "error_class", "reason"),
            ),
            Metric(
                name="finance_attempt_failures",
                kind=COUNTER,
                title=self.env._("Attempts that failed"),
                audience=BOTH,
                labels=(*channel, "error_class", "reason"),
            ),
            Metric(
                name="finance_authentication_failures",
                kind=COUNTER,
                title=self.env._("Logins that were refused"),
                labels=("connection", "reason"),
            ),
        )

    @api.model
    def _events(self, since):
        one = SQL("1.0::float8")
        failed = _attempts(_REASON, one, since, SQL("a.outcome IN ('held', 'dead', 'unknown', 'crashed')"))
        return [
            ("finance_attempt_seconds", _attempts(_OUTCOME, SQL("a.duration_ms / 1000.0::float8"), since, SQL("TRUE"))),
            ("finance_retries", _attempts(_REASON, one, since, SQL("a.outcome = 'retry'"))),
            ("finance_attempt_failures", failed),
            (
                "finance_authentication_failures",
                _attempts(
                    SQL("jsonb_build_object('connection', m.connection_id::text, 'reason', a.reason_code)"),
                    one,
                    since,
                    SQL("a.reason_code = ANY(%s)", list(AUTHENTICATION)),
                ),
            ),
        ]


_OUTCOME = SQL("jsonb_build_object('connection', m.connection_id::text, 'flow', m.flow_id::text, 'outcome', a.outcome)")
_REASON = SQL(
    "jsonb_build_object('connection', m.connection_id::text, 'flow', m.flow_id::text,"
    " 'error_class', a.error_class, 'reason', a.reason_code)"
)


def _attempts(labels, value, since, condition):
    return SQL(
        """
        SELECT a.ended_at AS at, m.company_id, %s AS labels, %s AS value, m.correlation_id AS exemplar
          FROM finance_message_attempt a JOIN finance_message m ON m.id = a.message_id
         WHERE a.ended_at >= %s AND a.outcome <> 'running' AND %s
        """,
        labels,
        value,
        since,
        condition,
    )
