import json

from odoo.tools import SQL

from odoo.addons.finance_connector_base.tests.fake_case import FakeCase


class MetricCase(FakeCase):
    """Messages and attempts of any time, put there as the dispatcher would have left them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.samples = cls.env["finance.metric.sample"]
        cls.now = cls.env.cr.now().replace(microsecond=0)

    def roll_up(self, *names):
        """Roll up some sources, or all of them."""
        sources = self.env["finance.metric.source"]._sources()
        for source in sources:
            if not names or source._name.rpartition(".")[2] in names:
                self.assertTrue(self.env["finance.metric.rollup"]._roll_up(source))
                mark = self.env["finance.metric.mark"].search([("source", "=", source._name)])
                self.assertFalse(mark.error, source._name)

    def message(self, at, *, state="done", flow=None, reason=None):
        """:return: id of a message of a time, in a state"""
        flow = flow or self.flow
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO finance_message (subject, kind, flow_id, connection_id, company_id, state, correlation_id,
                       create_date, write_date, priority, attempt_count, closed_at, reason_code)
                VALUES ('one', 'exchange', %(flow)s, %(connection)s, %(company)s, %(state)s, gen_random_uuid()::text,
                        %(at)s, %(at)s, 50, 1, CASE WHEN %(state)s IN ('done', 'ignored') THEN %(at)s::timestamp END,
                        %(reason)s)
                RETURNING id
                """,
                flow=flow.id,
                connection=flow.connection_id.id,
                company=flow.company_id.id,
                state=state,
                at=at,
                reason=reason,
            )
        )
        return self.env.cr.fetchone()[0]

    def attempt(self, message_id, at, *, outcome="done", milliseconds=100, reason=None, error_class=None):
        self.env.cr.execute(
            SQL(
                "INSERT INTO finance_message_attempt (message_id, number, started_at, ended_at, duration_ms, outcome,"
                " reason_code, error_class) VALUES (%s, 1, %s, %s, %s, %s, %s, %s)",
                message_id,
                at,
                at,
                milliseconds,
                outcome,
                reason,
                error_class,
            )
        )

    def transition(self, message_id, at, after, *, before="processing", note=None, flow=None):
        self.env.cr.execute(
            SQL(
                "INSERT INTO finance_message_transition (message_id, flow_id, before, after, at, note)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                message_id,
                (flow or self.flow).id,
                before,
                after,
                at,
                note,
            )
        )

    def labels(self, **labels):
        """:return: a filter by labels of the flow of these tests"""
        return {"connection": str(self.connection.id), **{name: str(value) for name, value in labels.items()}}

    def stored(self, name):
        self.env.cr.execute(
            SQL("SELECT at, step, labels, count, sum, buckets FROM finance_metric_sample WHERE name = %s", name)
        )
        return [(*row[:2], json.dumps(row[2], sort_keys=True), *row[3:]) for row in self.env.cr.fetchall()]
