from datetime import datetime, time, timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..completeness import series, stages
from ..const import VIEWER

#: days that are counted again: what was late has come
RENEWED_DAYS = 7
#: days in which the numbers of a series are compared
SERIES_DAYS = 30


class FinanceCompleteness(models.Model):
    """Expected, received, posted and accepted of one flow and day, and what is missing between (A-12, M-11, B-50).

    What is expected is said by others than those who count: a person, the sender's totals, a schedule, the numbers
    the sender gives. What was counted once stays counted: a message that is deleted with all its rows is missed.
    """

    _name = "finance.completeness"
    _description = "Completeness of a Day"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "day desc, flow_id"
    _rec_name = "day"
    _allow_sudo_commands = False
    _mail_post_access = "read"

    day = fields.Date(required=True, readonly=True)
    flow_id = fields.Many2one("finance.flow", required=True, readonly=True, ondelete="restrict", index=True)
    connection_id = fields.Many2one(related="flow_id.connection_id", store=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    is_expected = fields.Boolean(string="Expected count known", readonly=True)
    expected = fields.Integer(readonly=True)
    received = fields.Integer(readonly=True, help="Most that were ever counted for the day.")
    refused = fields.Integer(string="Ignored", readonly=True, help="Duplicates and what was set aside with a reason.")
    posted = fields.Integer(string="Processed", readonly=True)
    accepted = fields.Integer(
        readonly=True, help="Processed, and what was made of them is on the ledger and passed on without a fault."
    )
    open = fields.Integer(string="Not finished", readonly=True)
    lost = fields.Integer(readonly=True, help="Were counted once and are not there any more.")
    missing = fields.Char(string="Numbers missing", readonly=True)
    missing_count = fields.Integer(readonly=True)
    totals = fields.Json(string="Totals by currency", readonly=True)
    totals_text = fields.Char(string="Totals", compute="_compute_totals_text")
    state = fields.Selection(
        [("complete", "Complete"), ("open", "Not finished"), ("difference", "Something is missing")],
        readonly=True,
        required=True,
        default="open",
        index=True,
    )
    finding_text = fields.Text(string="What differs", readonly=True)
    taken_at = fields.Datetime(string="Counted", readonly=True)

    _one_per_day = models.UniqueIndex("(flow_id, day)")

    @api.depends("totals")
    def _compute_totals_text(self):
        for one in self:
            told = [f"{name} {total['posted']}" for name, total in sorted((one.totals or {}).items())]
            one.totals_text = ", ".join(told)

    # -- counting ------------------------------------------------------------------------------

    @api.model
    def _cron_take(self):
        """Count the last days again, and whatever is not complete yet."""
        today = self.env.cr.now().date()
        days = {today - timedelta(days=back) for back in range(RENEWED_DAYS)}
        days.update(self.search([("state", "!=", "complete")]).mapped("day"))
        for day in sorted(days):
            self._take(day)

    @api.model
    def _take(self, day):
        """:return: what was counted of a day (UTC), one for each flow that has messages or an expectation"""
        checkpoints = {one.flow_id: one for one in self.env["finance.checkpoint"]._take(day)}
        stated = {one.flow_id: one for one in self.env["finance.expectation"].search([("day", "=", day)])}
        counted, holes = self._counted(day), self._holes(day)
        earlier = {one.flow_id: one for one in self.search([("day", "=", day)])}
        scheduled = self._scheduled(day)
        taken = self.browse()
        for flow in set().union(checkpoints, stated, earlier, holes, scheduled):
            values = self._values(
                checkpoints.get(flow), stated.get(flow), counted.get(flow.id), holes.get(flow, []), scheduled.get(flow)
            )
            one = earlier.get(flow)
            if one:
                one.write(values)
            else:
                one = self.create({**values, "flow_id": flow.id, "day": day, "company_id": flow.company_id.id})
            taken |= one
        taken._tell()
        return taken

    @api.model
    def _of_window(self, connection, begin, end):
        """:return: the days of a window, counted now"""
        found = self.browse()
        for back in range((end.date() - begin.date()).days + 1):
            found |= self.sudo()._take(begin.date() + timedelta(days=back))  # sudo: written by nobody by hand
        return found.filtered(lambda one: one.connection_id == connection).sorted(lambda one: (one.flow_id.id, one.day))

    @api.model
    def _scheduled(self, day):
        """:return: dict flow -> messages it brings on a working day that is over"""
        if day >= self.env.cr.now().date() or day.weekday() > 4:
            return {}
        flows = self.env["finance.flow"].search([("daily_count", ">", 0), ("create_date", "<", day)])
        return {flow: flow.daily_count for flow in flows}

    @api.model
    def _values(self, checkpoint, stated, counted, holes, scheduled):
        accepted, totals = counted or (0, {})
        expected = stated.count if stated else scheduled
        day = stages.Day(
            expected=expected,
            received=checkpoint.received if checkpoint else 0,
            refused=checkpoint.ignored if checkpoint else 0,
            posted=checkpoint.done if checkpoint else 0,
            accepted=accepted,
            open=checkpoint.open + checkpoint.held + checkpoint.dead if checkpoint else 0,
            lost=max(checkpoint.difference, 0) if checkpoint else 0,
            missing=sum(hole.count for hole in holes),
        )
        wanted = {}
        if stated and stated.currency_id:
            wanted[stated.currency_id.name] = Decimal(str(stated.currency_id.round(stated.amount)))
        found = stages.findings(day, expected=wanted, posted=totals)
        return {
            "is_expected": expected is not None,
            "expected": expected or 0,
            "received": day.received,
            "refused": day.refused,
            "posted": day.posted,
            "accepted": day.accepted,
            "open": day.open,
            "lost": day.lost,
            "missing_count": day.missing,
            "missing": ", ".join(str(hole) for hole in holes) or False,
            "totals": {
                name: {"posted": str(totals.get(name, 0)), "expected": str(wanted[name]) if name in wanted else None}
                for name in sorted({*totals, *wanted})
            },
            "state": "difference" if stages.is_lost(found) else "open" if found else "complete",
            "finding_text": "\n".join(self._words(one) for one in found) or False,
            "taken_at": self.env.cr.now(),
        }

    @api.model
    def _words(self, found):
        if found.code == "amount":
            return self.env._("Totals differ by %(amount)s %(currency)s", amount=found.amount, currency=found.currency)
        return {
            "lost": self.env._("%s were received and are not there any more", found.count),
            "missing": self.env._("%s numbers of the sender's series have not come", found.count),
            "fewer": self.env._("%s fewer than expected", found.count),
            "more": self.env._("%s more than expected", found.count),
            "unposted": self.env._("%s are received and not processed", found.count),
            "unaccepted": self.env._("%s are processed and not accepted further on", found.count),
        }[found.code]

    @api.model
    def _counted(self, day):
        """:return: dict flow id -> (accepted, totals by currency of the entries that were made)"""
        start = datetime.combine(day, time.min)
        self.env.flush_all()
        born = SQL(
            "SELECT t.message_id, t.flow_id FROM finance_message_transition t JOIN finance_message m"
            " ON m.id = t.message_id AND m.state = 'done' WHERE t.before IS NULL AND t.at >= %s AND t.at < %s",
            start,
            start + timedelta(days=1),
        )
        self.env.cr.execute(
            SQL(
                """
                WITH born AS (%(born)s)
                SELECT flow_id, count(*) FILTER (WHERE NOT EXISTS (
                           SELECT FROM finance_message_document d JOIN account_move v ON v.id = d.res_id
                            WHERE d.message_id = b.message_id AND d.res_model = 'account.move' AND v.state = 'draft')
                       AND NOT EXISTS (
                           SELECT FROM finance_message c WHERE c.parent_id = b.message_id
                                  AND c.state NOT IN ('done', 'ignored')))
                  FROM born b GROUP BY flow_id
                """,
                born=born,
            )
        )
        accepted = dict(self.env.cr.fetchall())
        self.env.cr.execute(
            SQL(
                """
                WITH born AS (%(born)s)
                SELECT flow_id, currency, sum(amount)::text FROM (
                    SELECT DISTINCT b.flow_id, v.id, c.name AS currency, v.amount_total AS amount
                      FROM born b
                      JOIN finance_message_document d ON d.message_id = b.message_id AND d.res_model = 'account.move'
                      JOIN account_move v ON v.id = d.res_id AND v.state = 'posted'
                      JOIN res_currency c ON c.id = v.currency_id) one
                 GROUP BY flow_id, currency
                """,
                born=born,
            )
        )
        totals = {}
        for flow_id, currency, amount in self.env.cr.fetchall():
            totals.setdefault(flow_id, {})[currency] = Decimal(amount)
        return {flow_id: (count, totals.get(flow_id, {})) for flow_id, count in accepted.items()}

    @api.model
    def _holes(self, day):
        """:return: dict flow -> numbers of its series that should have come before something that came this day"""
        start = datetime.combine(day, time.min)
        found = {}
        for flow in self.env["finance.flow"].search([("series_pattern", "!=", False)]):
            domain = [
                ("flow_id", "=", flow.id),
                ("kind", "=", "exchange"),
                ("create_date", ">=", start - timedelta(days=SERIES_DAYS)),
                ("create_date", "<", start + timedelta(days=1)),
            ]
            rows = self.env["finance.message"].search_read(
                domain, ["business_key", "subject", "create_date"], order="id"
            )
            numbered = []
            for row in rows:
                for text in (row["business_key"], row["subject"]):
                    number = series.number_of(flow.series_pattern, text or "")
                    if number is not None:
                        numbered.append((number, row["create_date"]))
                        break
            holes = series.holes(number for number, _at in numbered)
            today = [hole for hole in holes if numbered[hole.found_at][1] >= start]
            if today:
                found[flow] = today
        return found

    def _tell(self):
        """Make what is missing somebody's task, once; and take it back when it has come."""
        for one in self:
            waiting = one.activity_ids.filtered("automated")
            owner = one.flow_id._owner_of("business")
            if one.state == "difference" and not waiting:
                self.env["finance.audit"]._record(
                    "completeness.difference", one, after={"day": str(one.day), "what": one.finding_text}
                )
                one.activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=self.env._("Something is missing: %s", one.flow_id.name),
                    note=one.finding_text,
                    user_id=(owner or self.env.user).id,
                    automated=True,
                )
            elif one.state != "difference" and waiting:
                waiting.action_feedback(feedback=self.env._("Everything is there now."))

    # -- buttons -------------------------------------------------------------------------------

    def action_take_now(self):
        """Count today again."""
        self.env["finance.message"]._check_role(VIEWER)
        self.check_access("read")
        self.sudo()._take(self.env.cr.now().date())  # sudo: written by nobody by hand, the role was checked
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_view_messages(self):
        """The messages behind the counts."""
        self.ensure_one()
        self.env["finance.message"]._check_role(VIEWER)
        self.check_access("read")
        start = datetime.combine(self.day, time.min)
        return {
            "type": "ir.actions.act_window",
            "name": f"{self.flow_id.name}, {self.day}",
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [
                ("flow_id", "=", self.flow_id.id),
                ("create_date", ">=", start),
                ("create_date", "<", start + timedelta(days=1)),
            ],
        }
