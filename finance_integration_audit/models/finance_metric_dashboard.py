from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.tools import format_amount, format_datetime
from odoo.tools.misc import formatLang

from ..metrics.words import span

#: period -> days back; today begins at midnight of the person
PERIODS = {"today": 0, "week": 7, "month": 30}
#: samples older than this are told to be old
STALE = timedelta(minutes=10)
#: rows of a table
SHOWN = 8
#: states of a connection that disturb, the worst first
DISTURBED = ("open", "login", "degraded")
NEEDS_PERSON = ("held", "dead", "unknown")


class FinanceMetricDashboard(models.AbstractModel):
    """What both dashboards share: the period, cards, lists behind the figures, and what is disturbed (A-09).

    Figures come from ``finance.metric.sample`` alone, read as the person: rules of companies and of audiences apply.
    No look at a dashboard counts messages.
    """

    _name = "finance.metric.dashboard"
    _description = "Dashboards"

    # -- the period ------------------------------------------------------------------------------

    @api.model
    def _period(self, period):
        """:return: (name, begin in naive UTC, unit of the charts, zone)"""
        period = period if period in PERIODS else "today"
        zone = pytz.timezone(self.env.user.tz or "UTC")
        midnight = datetime.combine(fields.Date.context_today(self), time.min)
        begin = zone.localize(midnight - timedelta(days=max(PERIODS[period] - 1, 0))).astimezone(pytz.utc)
        return period, begin.replace(tzinfo=None), "hour" if period == "today" else "day", zone.zone

    @api.model
    def _frame(self, period):
        """:return: what every dashboard has"""
        samples = self.env["finance.metric.sample"]
        # sudo: when it was measured, nothing else
        [(ran_at,)] = self.env["finance.metric.mark"].sudo()._read_group([], [], ["ran_at:max"])
        return {
            "period": period,
            "companies": ", ".join(self.env.companies.mapped("name")),
            "as_of": format_datetime(self.env, ran_at) if ran_at else "",
            "is_stale": not ran_at or self.env.cr.now() - ran_at > STALE,
            "is_empty": not samples.search_count([("name", "!=", "finance_connection_state")], limit=1),
        }

    # -- reading ---------------------------------------------------------------------------------

    @api.model
    def _now(self, name, by=(), **labels):
        """Sum what is the case now.

        :return: dict tuple of values of the labels ``by`` -> sum, without zeros
        """
        totals = {}
        for own, value in self.env["finance.metric.sample"]._latest(name, labels or None):
            key = tuple(own.get(label, "") for label in by)
            totals[key] = totals.get(key, 0.0) + value
        return {key: value for key, value in totals.items() if value}

    @api.model
    def _chart(self, key, title, labels, series, kind="line"):
        """:param series: list of (words, tone, values)"""
        return {
            "key": key,
            "title": title,
            "kind": kind,
            "labels": labels,
            "series": [{"label": words, "tone": tone, "data": data} for words, tone, data in series],
            "is_empty": not any(any(data) for _words, _tone, data in series),
        }

    @api.model
    def _times(self, begin, unit, zone):
        """:return: (keys of the hours or days of a period, what is written below them)"""
        here = pytz.utc.localize(begin).astimezone(pytz.timezone(zone)).replace(tzinfo=None)
        now = pytz.utc.localize(self.env.cr.now()).astimezone(pytz.timezone(zone)).replace(tzinfo=None)
        step = timedelta(hours=1) if unit == "hour" else timedelta(days=1)
        times = []
        while here <= now:
            times.append(here)
            here += step
        form = "%H:%M" if unit == "hour" else "%d.%m."
        return [str(one) for one in times], [one.strftime(form) for one in times]

    # -- cards and lists -------------------------------------------------------------------------

    @api.model
    def _card(self, key, label, value, *, tone="muted", note="", action=False):
        return {"key": key, "label": label, "value": value, "tone": tone, "note": note, "action": action}

    @api.model
    def _list(self, name, model, domain, *, views=("list", "form"), context=None):
        """:return: action with the records behind a figure; False for who may not read them"""
        if model not in self.env or not self.env[model].has_access("read"):
            return False
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, view) for view in views],
            "domain": domain,
            "context": context or {},
        }

    @api.model
    def _grid(self, key, title, columns, rows, empty):
        """:param rows: list of (texts, tone, action)"""
        return {
            "key": key,
            "title": title,
            "columns": columns,
            "rows": [{"cells": cells, "tone": tone, "action": action} for cells, tone, action in rows],
            "empty": empty,
        }

    # -- words -----------------------------------------------------------------------------------

    @api.model
    def _count(self, value):
        return formatLang(self.env, round(value), digits=0)

    @api.model
    def _percent(self, part, whole):
        return f"{formatLang(self.env, 100.0 * part / whole, digits=1)} %" if whole else "–"

    @api.model
    def _money(self, amounts):
        """:param amounts: dict code of a currency -> amount"""
        found = self.env["res.currency"].with_context(active_test=False).search([("name", "in", list(amounts))])
        ordered = sorted(found, key=lambda currency: -amounts[currency.name])
        words = [format_amount(self.env, amounts[currency.name], currency) for currency in ordered[:2]]
        if len(ordered) > 2:
            words.append(self.env._("and %s more currencies", len(ordered) - 2))
        return ", ".join(words)

    @api.model
    def _span(self, seconds):
        return span(seconds)

    @api.model
    def _names(self, model, ids):
        """:return: dict id as a text -> name"""
        # sudo: names of what the figures are about; the figures were read with the rights of the person
        records = self.env[model].sudo().browse([int(one) for one in ids if one]).exists()
        return {str(record.id): record.display_name for record in records}

    @api.model
    def _reasons(self, codes):
        names = self.env["finance.reason"].sudo()._names(list(codes))  # sudo: words for codes
        return {code: names.get(code, code) for code in codes}

    # -- what is disturbed -----------------------------------------------------------------------

    @api.model
    def _incidents(self):
        """Connections that do not work, or whose messages need people; the same on both dashboards (A-09).

        :return: list of dict, the worst first
        """
        states = {}
        for connection, state in self._now("finance_connection_state", ("connection", "state")):
            states[connection] = state
        depth = self._now("finance_queue_depth", ("connection", "state"))
        oldest = {}
        for own, age in self.env["finance.metric.sample"]._latest("finance_queue_oldest_seconds"):
            connection = own.get("connection", "")
            oldest[connection] = max(age, oldest.get(connection, 0.0))
        overdue = self._now("finance_exceptions_overdue", ("connection",))
        waiting, attention = {}, {}
        for (connection, state), count in depth.items():
            target = attention if state in NEEDS_PERSON else waiting
            target[connection] = target.get(connection, 0) + count
        disturbed = {key for key, state in states.items() if state in DISTURBED} | attention.keys()
        names = self._names("finance.connection", disturbed)
        incidents = [
            {
                "connection": connection,
                "name": names.get(connection, "?"),
                "state": states.get(connection, "up"),
                "waiting": waiting.get(connection, 0),
                "attention": attention.get(connection, 0),
                "overdue": overdue.get((connection,), 0),
                "oldest": oldest.get(connection, 0.0),
            }
            for connection in disturbed
        ]
        worst = {state: place for place, state in enumerate(DISTURBED)}
        return sorted(incidents, key=lambda one: (worst.get(one["state"], 9), -one["attention"], one["name"]))

    @api.model
    def _state_words(self):
        return {
            "up": self.env._("Works"),
            "open": self.env._("Does not answer"),
            "login": self.env._("Refuses our login"),
            "degraded": self.env._("Fails at times"),
            "stopped": self.env._("Stopped by people"),
        }

    @api.model
    def _tone(self, incident):
        return "bad" if incident["state"] in ("open", "login") or incident["overdue"] else "warn"
