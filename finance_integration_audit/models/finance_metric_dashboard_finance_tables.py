from odoo import api, models

from .finance_metric_dashboard import SHOWN

AGES = ("a_day", "b_week", "c_month", "d_quarter", "e_older")
OLD = ("d_quarter", "e_older")
RESULTS = ("settled", "in_flight", "waiting", "failed", "unknown")


class FinanceMetricDashboard(models.AbstractModel):
    """Charts and tables of the dashboard of finance."""

    _inherit = "finance.metric.dashboard"

    # -- charts ----------------------------------------------------------------------------------

    @api.model
    def _finance_charts(self, begin, unit, zone):
        samples = self.env["finance.metric.sample"]
        keys, times = self._times(begin, unit, zone)
        moved = samples._course("finance_messages", since=begin, unit=unit, zone=zone, by=("state",))
        ages = self._age_words()
        lines = self._now("finance_unreconciled_lines", ("age",))
        waiting = self._now("finance_exceptions_open", ("age",))
        charts = [
            self._chart(
                "business",
                self.env._("Business transactions"),
                times,
                [
                    (self.env._("Done"), "ok", [moved.get((key, "done"), 0) for key in keys]),
                    (self.env._("Held for people"), "bad", [moved.get((key, "held"), 0) for key in keys]),
                ],
                kind="bar",
            ),
            self._chart(
                "ages",
                self.env._("Age of what is open"),
                [ages[age] for age in AGES],
                [
                    (self.env._("Bank lines"), "info", [lines.get((age,), 0) for age in AGES]),
                    (self.env._("Exceptions"), "warn", [waiting.get((age,), 0) for age in AGES]),
                ],
                kind="bar",
            ),
        ]
        if "finance.payment.order" in self.env:
            words, counts = self._result_words(), self._now("finance_payments", ("result",))
            charts.append(
                self._chart(
                    "payments",
                    self.env._("Payments by result"),
                    [words[result] for result in RESULTS],
                    [(self.env._("Payments"), "info", [counts.get((result,), 0) for result in RESULTS])],
                    kind="bar",
                )
            )
        return charts

    @api.model
    def _age_words(self):
        return {
            "a_day": self.env._("1 day"),
            "b_week": self.env._("a week"),
            "c_month": self.env._("a month"),
            "d_quarter": self.env._("3 months"),
            "e_older": self.env._("older"),
        }

    @api.model
    def _result_words(self):
        return {
            "settled": self.env._("Arrived"),
            "in_flight": self.env._("Under way"),
            "waiting": self.env._("Not released"),
            "failed": self.env._("Failed"),
            "unknown": self.env._("Outcome unknown"),
        }

    # -- tables ----------------------------------------------------------------------------------

    @api.model
    def _affected_table(self):
        """The incidents of operations, in words of business: which exchange stands still, and how much of it."""
        words = self._state_words()
        money = self._now("finance_exceptions_amount", ("connection", "currency"))
        rows = []
        for one in self._incidents()[:SHOWN]:
            amounts = {currency: value for (connection, currency), value in money.items()
                       if connection == one["connection"]}  # fmt: skip
            open_count = one["waiting"] + one["attention"]
            domain = [("connection_id", "=", int(one["connection"])), ("state", "=", "open")]
            rows.append(
                (
                    [one["name"], words[one["state"]], self._count(open_count), self._money(amounts) or "–",
                     self._span(one["oldest"])],
                    self._tone(one),
                    self._list(one["name"], "finance.exception", domain),
                )
            )  # fmt: skip
        columns = [
            self.env._("System"),
            self.env._("State"),
            self.env._("Transactions that wait"),
            self.env._("Money in exceptions"),
            self.env._("Since"),
        ]
        return self._grid("incidents", self.env._("Disturbed"), columns, rows, self.env._("Everything works."))

    @api.model
    def _payment_tables(self):
        if "finance.payment.order" not in self.env:
            return []
        failed = self._now("finance_payments", ("journal", "reason"), result="failed")
        ordered = sorted(failed.items(), key=lambda item: -item[1])[:SHOWN]
        names = self._names("account.journal", [journal for (journal, _reason), _count in ordered])
        rows = [
            (
                [names.get(journal, "?"), reason or self.env._("No code"), self._count(count)],
                "bad",
                self._list(
                    self.env._("Failed"),
                    "finance.payment.line",
                    [
                        *self._payment_list("", "failed")["domain"],
                        ("journal_id", "=", int(journal)),
                        ("reasons", "ilike", reason) if reason else ("reasons", "=", False),
                    ],
                )
                if self._payment_list("", "failed")
                else False,
            )
            for (journal, reason), count in ordered
        ]
        columns = [self.env._("Account"), self.env._("Reason"), self.env._("Payments")]
        empty = self.env._("No payment failed.")
        return [self._grid("failed", self.env._("Failed payments by reason"), columns, rows, empty)]

    @api.model
    def _close_tables(self):
        if "finance.close.task" not in self.env:
            return []
        percent = self._latest_by("finance_close_percent", ("entity", "period"))
        days = self._latest_by("finance_close_days_left", ("entity", "period"))
        overdue = self._latest_by("finance_close_overdue", ("entity", "period"))
        names = self._names("finance.consolidation.entity", [entity for entity, _period in percent])
        rows = [
            (
                [
                    names.get(entity, self.env._("The group")),
                    period,
                    f"{value:.0f} %",
                    f"{days.get((entity, period), 0):.0f}",
                    self._count(overdue.get((entity, period), 0)),
                ],
                "bad" if overdue.get((entity, period)) else "muted",
                self._list(
                    self.env._("Tasks of the close"),
                    "finance.close.task",
                    [("entity_id", "=", int(entity) if entity else False), ("date_to", "=", period)],
                ),
            )
            for (entity, period), value in sorted(percent.items(), key=lambda item: item[1])[:SHOWN]
        ]
        columns = [
            self.env._("Company"),
            self.env._("Period until"),
            self.env._("Done"),
            self.env._("Days left"),
            self.env._("Overdue"),
        ]
        return [self._grid("close", self.env._("Close"), columns, rows, self.env._("No period is being closed."))]

    @api.model
    def _latest_by(self, name, by):
        found = self.env["finance.metric.sample"]._latest(name)
        return {tuple(own.get(label, "") for label in by): value for own, value in found}

    @api.model
    def _owner_table(self):
        owners = self._now("finance_exceptions_open", ("owner", "age"))
        totals = {}
        for (owner, age), count in owners.items():
            row = totals.setdefault(owner, [0, 0])
            row[0] += count
            row[1] += count if age in OLD else 0
        names = self._names("res.users", totals)
        rows = [
            (
                [names.get(owner, self.env._("Nobody's")), self._count(count), self._count(old)],
                "bad" if old else "muted",
                self._list(
                    self.env._("Exceptions"),
                    "finance.exception",
                    [("state", "=", "open"), ("owner_id", "=", int(owner) if owner else False)],
                ),
            )
            for owner, (count, old) in sorted(totals.items(), key=lambda item: -item[1][0])[:SHOWN]
        ]
        columns = [self.env._("Owner"), self.env._("Open"), self.env._("Older than a month")]
        return self._grid("owners", self.env._("Exceptions by owner"), columns, rows, self.env._("Nothing is open."))
