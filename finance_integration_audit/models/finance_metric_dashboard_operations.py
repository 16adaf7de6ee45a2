from odoo import api, models

from ..const import VIEWER
from ..metrics.metric import CALLS, added, quantile

_NOTHING = (0, 0.0, [])


class FinanceMetricDashboard(models.AbstractModel):
    """The dashboard of operations: queues, calls, systems, workers (A-09, M-01 to M-06)."""

    _inherit = "finance.metric.dashboard"

    @api.model
    def get_operations(self, period="today"):
        """What operators look at: is it running, how fast, what fails.

        :param str period: ``today``, ``week`` or ``month``
        :return: dict with ``sections`` of cards, ``charts`` and ``tables``
        """
        self.env["finance.message"]._check_role(VIEWER)
        period, begin, unit, zone = self._period(period)
        incidents = self._incidents()
        return {
            **self._frame(period),
            "sections": [
                {"key": "queue", "title": self.env._("Messages"), "cards": self._queue_cards(begin)},
                {"key": "calls", "title": self.env._("Attempts and calls"), "cards": self._call_cards(begin)},
                {"key": "systems", "title": self.env._("Systems"), "cards": self._system_cards(begin)},
            ],
            "charts": self._operations_charts(begin, unit, zone),
            "tables": [
                self._incident_table(incidents),
                self._failure_table(begin),
                self._queue_table(),
            ],
        }

    # -- cards -----------------------------------------------------------------------------------

    @api.model
    def _queue_cards(self, begin):
        depth = self._now("finance_queue_depth", ("state",))
        attention = sum(depth.get((state,), 0) for state in ("held", "dead", "unknown"))
        waiting = sum(depth.values()) - attention
        ages = [
            value
            for own, value in self.env["finance.metric.sample"]._latest("finance_queue_oldest_seconds")
            if own.get("state") in ("queued", "retry", "processing")
        ]
        oldest = max(ages, default=0.0)
        done = self._sum("finance_messages", begin, state="done")
        open_states = [("state", "in", ["queued", "retry", "processing"])]
        return [
            self._card(
                "waiting",
                self.env._("Waiting"),
                self._count(waiting),
                tone="ok" if not waiting or oldest < 900 else "warn",
                note=self.env._("oldest %s", self._span(oldest)) if waiting else "",
                action=self._list(self.env._("Waiting"), "finance.message", open_states),
            ),
            self._card(
                "attention",
                self.env._("Need a person"),
                self._count(attention),
                tone="bad" if attention else "ok",
                action=self._list(
                    self.env._("Need a person"), "finance.message", [("state", "in", ["held", "dead", "unknown"])]
                ),
            ),
            self._card(
                "done",
                self.env._("Done"),
                self._count(done),
                action=self._list(
                    self.env._("Done"), "finance.message", [("state", "=", "done"), ("closed_at", ">=", str(begin))]
                ),
            ),
            self._duplicate_card(begin),
        ]

    @api.model
    def _duplicate_card(self, begin):
        found = self._sum("finance_duplicates", begin)
        reasons = ["duplicate", "near_duplicate", "brought_by_hand", "conflict", "identity_conflict", "overtaken"]
        return self._card(
            "duplicates",
            self.env._("Duplicates stopped"),
            self._count(found),
            action=self._list(
                self.env._("Duplicates"),
                "finance.message",
                [("reason_code", "in", reasons), ("create_date", ">=", str(begin))],
            ),
        )

    @api.model
    def _call_cards(self, begin):
        samples = self.env["finance.metric.sample"]
        by_outcome = samples._histogram("finance_attempt_seconds", since=begin, by=("outcome",))
        count, slots = _together(by_outcome)
        good = sum(by_outcome.get((outcome,), (0,))[0] for outcome in ("done", "ignored"))
        retries = self._sum("finance_retries", begin)
        failures = self._list(
            self.env._("Attempts that failed"),
            "finance.message.attempt",
            [("ended_at", ">=", str(begin)), ("outcome", "not in", ["done", "ignored", "running", "released"])],
            views=("list",),
        )
        error_share = (count - good) / count if count else 0.0
        return [
            self._card(
                "attempts",
                self.env._("Attempts"),
                self._count(count),
                note=self.env._("%s went wrong", self._percent(count - good, count)) if count else "",
                tone="bad" if error_share > 0.2 else "warn" if error_share > 0.02 else "ok",
                action=failures,
            ),
            self._card("p50", self.env._("Half are faster than"), self._span(quantile(0.5, CALLS, slots, count))),
            self._card("p95", self.env._("95 % are faster than"), self._span(quantile(0.95, CALLS, slots, count))),
            self._card(
                "retries",
                self.env._("Retries"),
                self._count(retries),
                tone="warn" if retries else "ok",
                action=self._list(
                    self.env._("Retries"),
                    "finance.message.attempt",
                    [("ended_at", ">=", str(begin)), ("outcome", "=", "retry")],
                    views=("list",),
                ),
            ),
            *self._api_cards(begin),
        ]

    @api.model
    def _api_cards(self, begin):
        """:return: cards about the interface for programs, where a program has asked"""
        samples = self.env["finance.metric.sample"]
        by_outcome = samples._histogram("finance_api_seconds", since=begin, by=("outcome",))
        if not by_outcome:
            return []
        count, slots = _together(by_outcome)
        failed = by_outcome.get(("failed",), _NOTHING)[0]
        return [
            self._card(
                "api",
                self.env._("Requests of programs"),
                self._count(count),
                note=self.env._("95 %% within %s", self._span(quantile(0.95, CALLS, slots, count))),
                tone="bad" if failed else "ok",
                action=self._list(
                    self.env._("Requests of programs"), "finance.api.call", [("at", ">=", str(begin))], views=("list",)
                ),
            )
        ]

    @api.model
    def _system_cards(self, begin):
        states = self._now("finance_connection_state", ("state",))
        disturbed = sum(states.get((state,), 0) for state in ("open", "login", "degraded"))
        circuits = sum(self._now("finance_circuits_open").values())
        refused = self._sum("finance_authentication_failures", begin)
        callbacks = self.env["finance.metric.sample"]._totals("finance_callbacks", since=begin, by=("outcome",))
        accepted, turned_away = callbacks.get(("accepted",), 0), callbacks.get(("refused",), 0)
        return [
            self._card(
                "up",
                self.env._("Connections that work"),
                self._count(states.get(("up",), 0)),
                note=self.env._("%s disturbed", self._count(disturbed)) if disturbed else "",
                tone="bad" if disturbed else "ok",
                action=self._list(
                    self.env._("Connections"), "finance.connection", [], views=("kanban", "list", "form")
                ),
            ),
            self._card(
                "circuits",
                self.env._("Circuits open"),
                self._count(circuits),
                tone="bad" if circuits else "ok",
                action=self._list(self.env._("Circuits open"), "finance.circuit", [("state", "!=", "closed")]),
            ),
            self._card(
                "logins",
                self.env._("Logins refused"),
                self._count(refused),
                tone="bad" if refused else "ok",
                action=self._list(self.env._("Credentials needed"), "finance.connection", [("auth_needed", "=", True)]),
            ),
            self._card(
                "callbacks",
                self.env._("Callbacks accepted"),
                self._percent(accepted, accepted + turned_away),
                note=self.env._("%s refused", self._count(turned_away)) if turned_away else "",
                tone="warn" if turned_away else "ok" if accepted else "muted",
                action=self._list(
                    self.env._("Refused deliveries"),
                    "finance.webhook.refusal",
                    [("at", ">=", str(begin))],
                    views=("list",),
                ),
            ),
            self._worker_card(),
        ]

    @api.model
    def _worker_card(self):
        # sudo: how many workers are alive; they belong to no company
        alive = self.env["finance.worker"].sudo().search_count(
            [("ended_at", "=", False), ("lease_until", ">", self.env.cr.now())]
        )  # fmt: skip
        return self._card(
            "workers",
            self.env._("Workers at work"),
            self._count(alive),
            action=self._list(self.env._("Workers"), "finance.worker", [], views=("list",)),
        )

    @api.model
    def _sum(self, name, begin, **labels):
        totals = self.env["finance.metric.sample"]._totals(name, since=begin, labels=labels or None)
        return sum(totals.values())


def _together(histograms):
    """:return: (observations, cumulative buckets) of several distributions"""
    return sum(count for count, _sum, _slots in histograms.values()), added(slots for *_, slots in histograms.values())
