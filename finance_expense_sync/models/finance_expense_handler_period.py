from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.errors import FinanceError
from odoo.addons.finance_connector_base.engine.notice import notice
from odoo.addons.finance_connector_base.engine.once import remembering
from odoo.addons.finance_connector_base.engine.outcome import Done, Ignored

from ..const import PERIOD, REPORT
from ..posting.plan import drafts_of

#: reports in one entry; more make another one
MOST_REPORTS = 2000


class FinanceExpenseHandlerPeriod(models.AbstractModel):
    """Books the reports of a month in one entry, where the policy wants it so (E-03).

    Each report is gated and coded again as it is booked; one that has something in the way by now is left out and
    waits by itself.
    """

    _name = "finance.expense.handler.period"
    _inherit = "finance.handler"
    _description = "Expenses of a Month"
    _held_blocks = False

    @api.model
    def _waiting(self, policy, connection, until):
        # sudo: the engine
        return (
            self.env["finance.expense.report"]
            .sudo()
            .search(
                [
                    ("policy_id", "=", policy.id),
                    ("connection_id", "=", connection.id),
                    ("state", "=", "waiting"),
                    ("period_day", "<=", until),
                ],
                order="id",
                limit=MOST_REPORTS,
            )
        )

    @api.model
    def _ask(self, policy, until):
        """Queue the booking of what waits, one message for each platform; :return: the messages"""
        reports = self.env["finance.expense.report"].sudo()  # sudo: the engine, or a manager whose role was checked
        messages = self.env["finance.message"].sudo()
        for connection, _count in reports._read_group(
            [("policy_id", "=", policy.id), ("state", "=", "waiting"), ("period_day", "<=", until)],
            ["connection_id"],
            ["__count"],
        ):
            messages |= messages._enqueue(
                connection._expense_flow(PERIOD),
                [
                    Envelope(
                        subject=self.env._("%(policy)s until %(day)s", policy=policy.name, day=until),
                        data={"policy_id": policy.id, "until": str(until)},
                        order_key=f"period:{policy.id}",
                    )
                ],
            )
        return messages

    @api.model
    def _handle(self, message):
        data = message.sudo().data  # sudo: content of messages is read by the engine alone
        # sudo: the engine
        policy = self.env["finance.expense.policy"].sudo().browse(data["policy_id"]).exists()
        until = date.fromisoformat(data["until"])
        reports = self._waiting(policy, message.connection_id, until)
        if not reports:
            return Ignored(reason="expense_period_empty", detail=self.env._("Nothing waits for it any more."))
        with remembering():
            handler = self.env["finance.expense.handler.report"]
            handler._ahead(reports.message_id)
            works, left_out = self._works(message, reports)
            moves = self._book(policy, works)
        self.env["finance.expense.confirmation"]._tell_posted(
            [(message, work, work.report.posting_ids.move_id) for work in works]
        )
        if len(reports) == MOST_REPORTS:
            self._ask(policy, until)
        return Done(
            result={"reports": len(works), "entries": len(moves), "left_out": left_out},
            documents=tuple((move._name, move.id) for move in moves),
        )

    @api.model
    def _works(self, message, reports):
        """:return: (list of what is booked, number of reports that wait by themselves)"""
        handler = self.env["finance.expense.handler.report"]
        works, left_out = [], 0
        for report in reports:
            source = report.message_id
            work = handler._open(source)
            try:
                handler._prepare(work, source.connection_id)
            except FinanceError:
                # its own message says what is in the way
                self._again(message, report)
                left_out += 1
                continue
            works.append(work)
        return works, left_out

    @api.model
    def _again(self, message, report):
        source = report.message_id
        self.env["finance.message"]._enqueue(
            report.connection_id._expense_flow(REPORT),
            [
                Envelope(
                    subject=source.subject,
                    data=source.sudo().data,  # sudo: content of messages is read by the engine alone
                    payload_id=source.payload_id.id,
                    dedupe_key=f"{source.dedupe_key}:{message.id}",
                    content_hash=source.content_hash,
                    order_key=source.order_key,
                    business_key=source.business_key or None,
                    parent_id=message.id,
                    correlation_id=source.correlation_id,
                )
            ],
        )
        report.write({"state": "received"})

    @api.model
    def _book(self, policy, works):
        poster = self.env["finance.expense.poster"]
        if not works:
            return self.env["account.move"]
        drafts = drafts_of((cost for work in works for cost in work.costs), summarised=policy.is_summarised)
        moves = poster._post([(works[0], draft) for draft in drafts])
        rows = []
        for draft, move in zip(drafts, moves, strict=True):
            mine = {source[0] for source in draft.sources}
            rows += [poster._row(work, draft, move) for work in works if work.message_id in mine]
        # sudo: nobody writes postings but the engine
        self.env["finance.expense.posting"].sudo().create(rows)
        poster._posted(works)
        return self.env["account.move"].union(*moves)

    @api.model
    def _cron_book(self):
        """Book the months that are over."""
        until = self.env.cr.now().date().replace(day=1) - relativedelta(days=1)
        # sudo: the scheduled action
        for policy in self.env["finance.expense.policy"].sudo().search([("grain", "=", "period")]):
            self._ask(policy, until)


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.expense.handler.period", "Book expenses of a month")],
        ondelete={"finance.expense.handler.period": "cascade"},
    )


class FinanceExpensePolicy(models.Model):
    _inherit = "finance.expense.policy"

    waiting_count = fields.Integer(string="Reports that wait", compute="_compute_waiting_count")

    def _compute_waiting_count(self):
        counts = {
            policy.id: count
            for policy, count in self.env["finance.expense.report"]._read_group(
                [("policy_id", "in", self.ids), ("state", "=", "waiting")], ["policy_id"], ["__count"]
            )
        }
        for policy in self:
            policy.waiting_count = counts.get(policy.id, 0)

    def action_book_period(self):
        """Book now what waits for its month, the current one included."""
        self.env["finance.message"]._check_role("finance_expense_sync.finance_group_expense_accountant")
        self.check_access("read")
        until = self.env.cr.now().date() + relativedelta(day=31)
        asked = self.env["finance.message"]
        for policy in self:
            asked |= self.env["finance.expense.handler.period"]._ask(policy, until)
        return notice(
            self.env._("%s booking(s) have been queued.", len(asked))
            if asked
            else self.env._("No report waits for its month.")
        )

    def action_view_waiting(self):
        """Show the reports that wait for their month."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Waiting for %s", self.name),
            "res_model": "finance.expense.report",
            "view_mode": "list,form",
            "domain": [("policy_id", "=", self.id), ("state", "=", "waiting")],
        }
