from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.envelope import Envelope

from ..const import CONFIRM, FETCH, FILE, PERIOD, RECEIPT, REPORT


class FinanceConnection(models.Model):
    """Flows of a platform: asking, reports, receipts, and what it is told."""

    _inherit = "finance.connection"

    def _expense_flow(self, handler):
        """:return: the flow of this connection that a handler works, made with its defaults when missing"""
        self.ensure_one()
        connection = self.sudo()  # sudo: the engine may need a flow that nobody has made yet
        flow = connection.flow_ids.filtered(lambda one: one.handler == handler)[:1]
        if flow:
            return flow
        # two workers that make the first flow at the same time meet at this row
        self.env.cr.execute(
            SQL("UPDATE finance_connection SET write_date = write_date WHERE id = %s", self.id), log_exceptions=False
        )
        values = self._expense_flows()[handler]
        return (
            self.env["finance.flow"]
            .sudo()
            .create({"connection_id": connection.id, "handler": handler, "held_blocks": False, **values})
        )

    @api.model
    def _expense_flows(self):
        """:return: handler -> values of the flow that it gets when none is there; EXTENDS for handlers of one's own"""
        return {
            FETCH: {"name": self.env._("Ask for expense reports"), "priority": 40, "lease_seconds": 900},
            FILE: {"name": self.env._("Files of expense reports"), "priority": 40, "batch_size": 1},
            # reports are booked many at a time: what one of them cannot do makes each run alone
            REPORT: {
                "name": self.env._("Expense reports"),
                "priority": 45,
                "batch_size": 500,
                "commit_size": 500,
                "lease_seconds": 900,
            },
            RECEIPT: {"name": self.env._("Receipts"), "priority": 42, "batch_size": 10},
            PERIOD: {"name": self.env._("Expenses of a month"), "priority": 60, "batch_size": 1, "lease_seconds": 1800},
            CONFIRM: {"name": self.env._("What became of reports"), "priority": 50, "direction": "out"},
        }

    def _expense_receive(self, name, content):
        """Queue a file of reports that somebody hands in.

        :param content: bytes or text of it
        :return: the message
        """
        self.ensure_one()
        content = content.strip().encode() if isinstance(content, str) else content
        payload = self.env["finance.payload"]._store(
            content, company=self.company_id, name=name, content_type="text/csv", max_bytes=self.max_file_mb << 20
        )
        return self.env["finance.message"]._enqueue(
            self._expense_flow(FILE),
            [
                Envelope(
                    subject=name,
                    payload_id=payload.id,
                    dedupe_key=f"sha256:{payload.sha256}",
                    content_hash=payload.sha256,
                )
            ],
        )


class News(NamedTuple):
    """What became of a report.

    :param result: ``posted``, ``failed`` or ``paid``
    :param key: the same is told once
    :param parent: message that it is a consequence of, or None
    :param facts: number, day, amount, text, lines, receiver
    """

    report: Any
    result: str
    key: str
    parent: Any
    facts: dict[str, Any]


class FinanceExpenseConfirmation(models.AbstractModel):
    """Tells a platform what became of a report, through messages of their own (E-17)."""

    _name = "finance.expense.confirmation"
    _description = "Confirmations of Expense Reports"

    @api.model
    def _tell(self, report, result, *, key, parent=None, **facts):
        """Queue what the platform is told; the same key is told once.

        :param result: ``posted``, ``failed`` or ``paid``
        :param facts: number, day, amount, text, lines, receiver
        """
        self._tell_all([News(report, result, key, parent, facts)])

    @api.model
    def _tell_all(self, news):
        """Queue what a platform is told of several reports.

        :param news: list of :class:`News`
        """
        found = {}
        for one in news:
            connection = one.report.connection_id
            if self._is_told(connection, one):
                found.setdefault(connection, []).append(self._envelope(one))
        for connection, envelopes in found.items():
            self.env["finance.message"]._enqueue(connection._expense_flow(CONFIRM), envelopes)

    @api.model
    def _tell_posted(self, booked):
        """:param booked: list of (message, :class:`Begun`, its entries)"""
        self._tell_all([self._posted(message, work, moves) for message, work, moves in booked])

    @api.model
    def _posted(self, message, work, moves):
        first = moves.sorted("id")[:1]
        facts = {
            "number": first.name,
            "day": str(first.date) if first else None,
            "amount": str(work.document.total),
        }
        return News(work.report, "posted", f"{work.document.revision}:{first.id}", message, facts)

    @api.model
    def _is_told(self, connection, one):
        adapter = self.env["finance.expense.handler.confirm"]._adapter(connection)
        external_id = one.report.external_id
        return one.result in adapter._expense_told and connection._adapter()._expense_tells(external_id, one.result)

    @api.model
    def _envelope(self, one):
        report = one.report
        data = {
            "report_id": report.id,
            "external_id": report.external_id,
            "handle": report.handle or None,
            "result": one.result,
            "currency": report.currency_name,
            "company": report.entity or None,
            **one.facts,
        }
        return Envelope(
            subject=f"{report.number or report.external_id}: {one.result}",
            data={name: value for name, value in data.items() if value},
            dedupe_key=f"{one.result}:{report.id}:{one.key}",
            order_key=f"report:{report.external_id}",
            business_key=report.number or None,
            parent_id=one.parent.id if one.parent else None,
            correlation_id=(one.parent or report.message_id).correlation_id,
            res_model=report._name,
            res_id=report.id,
        )

    @api.model
    def _told(self, report, result):
        # sudo: nobody writes reports but the engine
        report = report.sudo()
        report.told = {**(report.told or {}), result: fields.Datetime.to_string(self.env.cr.now())}
