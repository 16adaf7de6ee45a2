from odoo import api, models

from ..metrics.metric import CALLS, quantile
from .finance_metric_dashboard import SHOWN


class FinanceMetricDashboard(models.AbstractModel):
    """Charts and tables of the dashboard of operations."""

    _inherit = "finance.metric.dashboard"

    # -- charts ----------------------------------------------------------------------------------

    @api.model
    def _operations_charts(self, begin, unit, zone):
        samples = self.env["finance.metric.sample"]
        keys, words = self._times(begin, unit, zone)
        asked = {"since": begin, "unit": unit, "zone": zone}
        moved = samples._course("finance_messages", **asked, by=("state",))
        calls = samples._course("finance_attempt_seconds", **asked)
        depth = samples._course("finance_queue_depth", **asked)
        retries = samples._course("finance_retries", **asked)

        def share(key, wanted):
            slots = calls.get((key,), [])
            # what is beyond the last bound is not in the slots; a chart may do without it
            return quantile(wanted, CALLS, slots, slots[-1]) or 0.0 if slots else 0.0

        bad = ("held", "dead", "unknown")
        return [
            self._chart(
                "throughput",
                self.env._("Messages"),
                words,
                [
                    (self.env._("Done"), "ok", [moved.get((key, "done"), 0) for key in keys]),
                    (
                        self.env._("Need a person"),
                        "bad",
                        [sum(moved.get((key, state), 0) for state in bad) for key in keys],
                    ),
                ],
                kind="bar",
            ),
            self._chart(
                "latency",
                self.env._("Duration of attempts (seconds)"),
                words,
                [
                    (self.env._("Half"), "ok", [round(share(key, 0.5), 3) for key in keys]),
                    (self.env._("95 %"), "warn", [round(share(key, 0.95), 3) for key in keys]),
                ],
            ),
            self._chart(
                "depth",
                self.env._("Open messages and retries"),
                words,
                [
                    (self.env._("Open"), "info", [depth.get((key,), 0) for key in keys]),
                    (self.env._("Retries"), "warn", [retries.get((key,), 0) for key in keys]),
                ],
            ),
        ]

    # -- tables ----------------------------------------------------------------------------------

    @api.model
    def _incident_table(self, incidents):
        words = self._state_words()
        rows = [
            (
                [
                    one["name"],
                    words[one["state"]],
                    self._count(one["waiting"]),
                    self._count(one["attention"]),
                    self._span(one["oldest"]),
                ],
                self._tone(one),
                self._list(
                    one["name"],
                    "finance.message",
                    [("connection_id", "=", int(one["connection"])), ("state", "not in", ["done", "ignored"])],
                ),
            )
            for one in incidents[:SHOWN]
        ]
        columns = [
            self.env._("System"),
            self.env._("State"),
            self.env._("Waiting"),
            self.env._("Need a person"),
            self.env._("Oldest"),
        ]
        return self._grid("incidents", self.env._("Disturbed"), columns, rows, self.env._("Everything works."))

    @api.model
    def _failure_table(self, begin):
        samples = self.env["finance.metric.sample"]
        totals = {}
        for name in ("finance_retries", "finance_attempt_failures"):
            for key, count in samples._totals(name, since=begin, by=("error_class", "reason")).items():
                totals[key] = totals.get(key, 0) + count
        ordered = sorted(totals.items(), key=lambda item: -item[1])[:SHOWN]
        words = self._reasons({reason for (_class, reason), _count in ordered if reason})
        classes = dict(self.env["finance.message"]._fields["error_class"]._description_selection(self.env))
        rows = [
            (
                [words.get(reason, self.env._("No cause given")), classes.get(kind, "–"), self._count(count)],
                "muted",
                self._list(
                    words.get(reason, ""),
                    "finance.message.attempt",
                    [("ended_at", ">=", str(begin)), ("reason_code", "=", reason or False)],
                    views=("list",),
                ),
            )
            for (kind, reason), count in ordered
        ]
        columns = [self.env._("Cause"), self.env._("Class"), self.env._("Times")]
        return self._grid("failures", self.env._("What went wrong"), columns, rows, self.env._("Nothing went wrong."))

    @api.model
    def _queue_table(self):
        depth = self._now("finance_queue_depth", ("flow",))
        ages = {}
        for own, age in self.env["finance.metric.sample"]._latest("finance_queue_oldest_seconds"):
            ages[own.get("flow", "")] = max(age, ages.get(own.get("flow", ""), 0.0))
        ordered = sorted(depth.items(), key=lambda item: -ages.get(item[0][0], 0.0))[:SHOWN]
        names = self._names("finance.flow", [flow for (flow,), _count in ordered])
        rows = [
            (
                [names.get(flow, "?"), self._count(count), self._span(ages.get(flow))],
                "muted",
                self._list(
                    names.get(flow, ""),
                    "finance.message",
                    [("flow_id", "=", int(flow)), ("state", "not in", ["done", "ignored"])],
                ),
            )
            for (flow,), count in ordered
        ]
        columns = [self.env._("Flow"), self.env._("Open"), self.env._("Oldest")]
        return self._grid("queues", self.env._("Oldest queues"), columns, rows, self.env._("Nothing waits."))
