import logging

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.errors import FinanceError
from odoo.addons.finance_connector_base.safe.strict_json import loads

from ..const import ADMIN
from ..metrics import otlp

_logger = logging.getLogger(__name__)

#: attempts in one request, requests in one run
BATCH, REQUESTS = 500, 20
#: outcomes with which nothing went wrong
GOOD = ("done", "ignored", "released")


class FinanceTelemetryCollector(models.Model):
    """A collector of OpenTelemetry that is sent spans of messages and attempts (A-09, M-01): an extra, off by default.

    What is sent holds ids, states, causes and times: no names, no accounts, no amounts, no payload. Nothing waits for
    it: it is sent by a scheduled action of its own, and what fails stays behind its mark until the next run.
    """

    _name = "finance.telemetry.collector"
    _description = "Collector of Traces"
    _order = "name, id"
    _allow_sudo_commands = False

    name = fields.Char(required=True)
    active = fields.Boolean(string="Switched on", default=False)
    connection_id = fields.Many2one(
        "finance.connection",
        required=True,
        ondelete="restrict",
        index=True,
        help="Speaks HTTP, knows address and login; transactions of its company are sent.",
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    path = fields.Char(required=True, default="v1/traces", help="Below the address of the connection.")
    mark_at = fields.Datetime(string="Sent up to", readonly=True, copy=False)
    mark_attempt = fields.Integer(readonly=True, copy=False, aggregator=None)
    span_count = fields.Integer(string="Spans sent", readonly=True, copy=False)
    refused_count = fields.Integer(string="Spans refused", readonly=True, copy=False)
    last_at = fields.Datetime(string="Last time", readonly=True, copy=False)
    problem = fields.Char(readonly=True, copy=False)
    problem_at = fields.Datetime(string="Trouble since", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        """What was before it is not sent."""
        collectors = super().create([{"mark_at": self.env.cr.now(), **vals} for vals in vals_list])
        for collector in collectors:
            self.env["finance.audit"]._record("telemetry.collector.made", collector, after=collector._told())
        return collectors

    def write(self, vals):
        settings = {"name", "active", "connection_id", "path"} & vals.keys()
        before = {collector: collector._told() for collector in self} if settings else {}
        result = super().write(vals)
        for collector, old in before.items():
            self.env["finance.audit"]._record(
                "telemetry.collector.changed", collector, before=old, after=collector._told()
            )
        return result

    def _told(self):
        return {"active": self.active, "connection": self.connection_id.id, "path": self.path}

    # -- sending -------------------------------------------------------------------------------

    @api.model
    def _cron_send(self):
        for collector in self.search([("active", "=", True)]):
            for _request in range(REQUESTS):
                count = collector._send()
                has_time = self.env["ir.cron"]._commit_progress(1)
                if count < BATCH or not has_time:
                    break

    def _send(self):
        """Send what has ended since; what goes wrong is told here and disturbs nothing else.

        :return: how many attempts are behind it now
        """
        self.ensure_one()
        rows = self._ended()
        if not rows:
            return 0
        spans = [span for row in rows for span in self._spans(row)]
        source = self.env["ir.config_parameter"].sudo().get_param("database.uuid")  # sudo: tells databases apart
        try:
            refused, why = self._post(otlp.request(spans, source, self._resource(source)))
        except FinanceError as error:
            _logger.warning("collector %s takes no spans: %s", self.id, error)
            self._note_problem(error.detail or str(error))
            return 0
        self.write(
            {
                "mark_at": rows[-1]["ended_at"],
                "mark_attempt": rows[-1]["id"],
                "span_count": self.span_count + len(spans) - refused,
                "refused_count": self.refused_count + refused,
                "last_at": self.env.cr.now(),
            }
        )
        self._note_problem(why or (refused and self.env._("%s spans were refused without a reason.", refused)))
        return len(rows)

    def _note_problem(self, why):
        """Say what goes wrong, and since when; nothing: all is well."""
        self.write({"problem": why or False, "problem_at": (self.problem_at or self.env.cr.now()) if why else False})

    def _post(self, body):
        with self.connection_id._http() as client:
            answer = client.post(self.path, json=body, may_repeat=True, accept="application/json", max_bytes=1 << 16)
        try:
            return otlp.refused(loads(answer.body))
        except ValueError:
            return 0, ""

    def _resource(self, source):
        return {
            "service.name": "odoo",
            "service.namespace": "finance-integration",
            "service.instance.id": source,
            "deployment.environment.name": self.connection_id.environment or "",
        }

    def _ended(self):
        """:return: attempts after the mark that nothing can come before any more, oldest first"""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT a.id, a.number, a.started_at, a.ended_at, a.outcome, a.error_class, a.reason_code,
                       m.id AS message_id, m.parent_id, m.correlation_id, m.create_date, m.closed_at, m.flow_id,
                       m.connection_id, f.handler, f.direction
                  FROM finance_message_attempt a
                  JOIN finance_message m ON m.id = a.message_id AND m.company_id = %(company)s
                  JOIN finance_flow f ON f.id = m.flow_id
                 -- the first condition says what the index of ends can use
                 WHERE a.ended_at >= %(mark)s AND (a.ended_at, a.id) > (%(mark)s, %(last)s)
                   AND a.ended_at < %(settled)s
                   AND a.outcome <> 'running'
                 ORDER BY a.ended_at, a.id LIMIT %(limit)s
                """,
                company=self.company_id.id,
                mark=self.mark_at,
                last=self.mark_attempt,
                settled=self.env["finance.metric.mark"]._settled(),
                limit=BATCH,
            )
        )
        return self.env.cr.dictfetchall()

    @api.model
    def _spans(self, row):
        about = {
            "finance.message_id": row["message_id"],
            "finance.flow_id": row["flow_id"],
            "finance.connection_id": row["connection_id"],
        }
        name = (row["handler"] or "").rpartition(".")[2] or "message"
        error = "" if row["outcome"] in GOOD else row["reason_code"] or row["error_class"] or row["outcome"]
        attempt = otlp.Span(
            key=("attempt", row["id"]),
            parent=("message", row["message_id"]),
            correlation=row["correlation_id"] or str(row["message_id"]),
            name=f"attempt {name}",
            begin=row["started_at"],
            end=row["ended_at"],
            error=error,
            attributes={
                **about,
                "finance.attempt": row["number"],
                "finance.outcome": row["outcome"],
                "error.type": row["error_class"],
            },
        )
        if row["outcome"] not in ("done", "ignored"):
            return [attempt]
        whole = otlp.Span(
            key=("message", row["message_id"]),
            parent=("message", row["parent_id"]) if row["parent_id"] else None,
            correlation=attempt.correlation,
            name=name,
            kind=otlp.PRODUCER if row["direction"] == "out" else otlp.CONSUMER,
            begin=row["create_date"],
            end=row["closed_at"] or row["ended_at"],
            attributes={**about, "finance.attempts": row["number"], "finance.outcome": row["outcome"]},
        )
        return [whole, attempt]

    def action_send_now(self):
        """Send what is waiting now."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        self.check_access("write")
        self._send()
        return True
