from odoo import api, models
from odoo.exceptions import AccessError

from ..const import ACCOUNTANT, AUDITOR
from .finance_metric_dashboard_finance_tables import OLD

TONES = {"settled": "ok", "in_flight": "info", "waiting": "muted", "failed": "bad", "unknown": "bad"}


class FinanceMetricDashboard(models.AbstractModel):
    """The dashboard of finance: money that moves, waits or is not explained (A-09, M-07 to M-14)."""

    _inherit = "finance.metric.dashboard"

    @api.model
    def get_finance(self, period="today"):
        """What finance people look at: money under way, what is not reconciled, what waits, how the close goes.

        :param str period: ``today``, ``week`` or ``month``
        :return: dict with ``sections`` of cards, ``charts`` and ``tables``
        """
        # not _check_role: who reads the books need not read messages
        if not self.env.su and not any(self.env.user.has_group(group) for group in (ACCOUNTANT, AUDITOR)):
            raise AccessError(self.env._("This dashboard is for those who read the books."))
        period, begin, unit, zone = self._period(period)
        sections = [
            ("payments", self.env._("Payments of 30 days"), self._payment_cards()),
            ("books", self.env._("Reconciliation"), self._book_cards()),
            ("exceptions", self.env._("What waits for people"), self._exception_cards(begin)),
            ("completeness", self.env._("Completeness, 7 days"), self._completeness_cards()),
        ]
        return {
            **self._frame(period),
            "sections": [{"key": key, "title": title, "cards": cards} for key, title, cards in sections if cards],
            "charts": self._finance_charts(begin, unit, zone),
            "tables": [self._affected_table(), *self._payment_tables(), *self._close_tables(), self._owner_table()],
        }

    # -- cards -----------------------------------------------------------------------------------

    @api.model
    def _payment_cards(self):
        if "finance.payment.order" not in self.env:
            return []
        counts = self._now("finance_payments", ("result",))
        words = self._result_words()
        cards = []
        for result in ("in_flight", "failed", "unknown"):
            count = counts.get((result,), 0)
            cards.append(
                self._card(
                    result,
                    words[result],
                    self._count(count),
                    note=self._money_of("finance_payments_amount", result=result),
                    tone=TONES[result] if count else "ok",
                    action=self._payment_list(words[result], result),
                )
            )
        late = sum(self._now("finance_payments_delayed").values())
        cards.append(
            self._card(
                "delayed",
                self.env._("No last word in time"),
                self._count(late),
                note=self._money_of("finance_payments_delayed_amount"),
                tone="warn" if late else "ok",
                action=self._list(
                    self.env._("No last word in time"), "finance.payment.line", [("silent_since", "!=", False)]
                ),
            )
        )
        good, bad = counts.get(("settled",), 0), counts.get(("failed",), 0)
        cards.append(
            self._card(
                "success",
                self.env._("Arrived"),
                self._percent(good, good + bad),
                note=self.env._("of %s with a result", self._count(good + bad)),
                action=self._payment_list(words["settled"], "settled"),
            )
        )
        return cards

    @api.model
    def _payment_list(self, name, result):
        states = {
            "settled": [("state", "=", "settled")],
            "failed": ["|", ("state", "in", ["rejected", "returned"]), ("order_state", "in", ["rejected", "returned"])],
            "unknown": ["|", ("state", "=", "unclear"), ("order_state", "=", "unknown")],
            "in_flight": [
                ("order_state", "in", ["released", "sending", "sent", "accepted"]),
                ("state", "not in", ["settled", "rejected", "returned", "unclear", "cancelled", "recalled"]),
            ],
        }
        return self._list(name, "finance.payment.line", states[result])

    @api.model
    def _book_cards(self):
        counts = self._now("finance_unreconciled_lines", ("age",))
        old = sum(counts.get((age,), 0) for age in OLD)
        lines = self._list(
            self.env._("Not reconciled"),
            "account.bank.statement.line",
            [("is_reconciled", "=", False), ("state", "=", "posted")],
            views=("list", "form"),
        )
        return [
            self._card(
                "unreconciled",
                self.env._("Bank lines not reconciled"),
                self._count(sum(counts.values())),
                note=self._money_of("finance_unreconciled_amount"),
                tone="warn" if counts else "ok",
                action=lines,
            ),
            self._card(
                "old",
                self.env._("Older than a month"),
                self._count(old),
                note=self._money_of("finance_unreconciled_amount", ages=OLD),
                tone="bad" if old else "ok",
                action=lines,
            ),
        ]

    @api.model
    def _exception_cards(self, begin):
        by_age = self._now("finance_exceptions_open", ("age",))
        open_count = sum(by_age.values())
        overdue = sum(self._now("finance_exceptions_overdue").values())
        mapping = sum(self._now("finance_mappings_missing").values())
        mismatches = sum(self._now("finance_master_mismatches").values())
        is_open = [("state", "=", "open")]
        return [
            self._card(
                "open",
                self.env._("Exceptions"),
                self._count(open_count),
                note=self._money_of("finance_exceptions_amount"),
                tone="warn" if open_count else "ok",
                action=self._list(self.env._("Exceptions"), "finance.exception", is_open),
            ),
            self._card(
                "overdue",
                self.env._("Past their time"),
                self._count(overdue),
                tone="bad" if overdue else "ok",
                action=self._list(
                    self.env._("Exceptions past their time"),
                    "finance.exception",
                    [*is_open, ("due_at", "<", str(self.env.cr.now()))],
                ),
            ),
            self._card(
                "mapping",
                self.env._("Wait for a code"),
                self._count(mapping),
                tone="warn" if mapping else "ok",
                action=self._list(self.env._("Codes without mapping"), "finance.mapping.unmapped", [], views=("list",)),
            ),
            self._card(
                "master",
                self.env._("Master data that differs"),
                self._count(mismatches),
                tone="warn" if mismatches else "ok",
                action=self._list(self.env._("Master data that differs"), "finance.master.drift", is_open),
            ),
            self._duplicate_card(begin),
        ]

    @api.model
    def _completeness_cards(self):
        stages = self._now("finance_completeness", ("stage",))
        received, missing = stages.get(("received",), 0), stages.get(("missing",), 0)
        settled = stages.get(("done",), 0) + stages.get(("ignored",), 0)
        list_of = self._list(self.env._("Checkpoints"), "finance.checkpoint", [], views=("list", "form"))
        return [
            self._card("received", self.env._("Received"), self._count(received), action=list_of),
            self._card("posted", self.env._("Done"), self._percent(settled, received), action=list_of),
            self._card(
                "missing",
                self.env._("Not accounted for"),
                self._count(missing),
                tone="bad" if missing else "ok",
                action=self._list(self.env._("Not accounted for"), "finance.checkpoint", [("is_proved", "=", False)]),
            ),
        ]

    @api.model
    def _money_of(self, name, ages=None, **labels):
        amounts = {}
        for currency, age in (found := self._now(name, ("currency", "age"), **labels)):
            if not ages or age in ages:
                amounts[currency] = amounts.get(currency, 0.0) + found[currency, age]
        return self._money(amounts)
