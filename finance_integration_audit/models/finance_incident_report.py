import json

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.difference import fingerprint

from ..const import VIEWER


class FinanceIncidentReport(models.Model):
    """What is proved of a connection after an incident: expected = received = posted = accepted (A-16).

    Issued by a dialog, kept as it was issued: code and the database refuse to change it.
    """

    _name = "finance.incident.report"
    _description = "Report after an Incident"
    _inherit = ["finance.append.only"]
    _order = "id desc"
    _allow_sudo_commands = False

    name = fields.Char(string="What happened", readonly=True, required=True)
    connection_id = fields.Many2one("finance.connection", readonly=True, required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", readonly=True, required=True, index=True)
    begin = fields.Datetime(readonly=True, required=True)
    end = fields.Datetime(readonly=True, required=True)
    is_proved = fields.Boolean(string="Proved", readonly=True)
    content = fields.Json(readonly=True)
    digest = fields.Char(string="SHA-256", readonly=True, required=True)
    issued_at = fields.Datetime(string="Issued", readonly=True, required=True)
    issued_by_id = fields.Many2one("res.users", readonly=True, required=True, ondelete="restrict")
    is_genuine = fields.Boolean(compute="_compute_is_genuine")
    verdict = fields.Selection(
        [("proved", "Proved"), ("open", "Not proved yet")], string="Result", compute="_compute_is_genuine"
    )
    text = fields.Html(string="Report", compute="_compute_text", sanitize=False)

    @api.depends("content", "digest")
    def _compute_is_genuine(self):
        for report in self:
            report.is_genuine = fingerprint(report.content) == report.digest  # public: printed on the report
            report.verdict = "proved" if report.is_proved else "open"

    @api.depends("content")
    @api.depends_context("lang")
    def _compute_text(self):
        for report in self:
            report.text = self.env["ir.qweb"]._render(
                "finance_integration_audit.finance_incident_report_body", {"report": report, "told": report.content}
            )

    @api.model
    def _issue(self, connection, name, begin, end):
        """:return: the report of a window, as it is now"""
        content = self._content(connection, name, begin, end)
        # as it is read back: keys are text, in the order of JSON
        content = json.loads(json.dumps(content, sort_keys=True))
        report = self.sudo().create(  # sudo: nobody writes these; the role was checked by the dialog
            {
                "name": name,
                "connection_id": connection.id,
                "company_id": connection.company_id.id,
                "begin": begin,
                "end": end,
                "is_proved": content["is_proved"],
                "content": content,
                "digest": fingerprint(content),
                "issued_at": self.env.cr.now(),
                "issued_by_id": self.env.uid,
            }
        )
        self.env["finance.audit"]._record("incident.reported", report, reason=name, after={"digest": report.digest})
        return report.with_env(self.env)

    @api.model
    def _content(self, connection, name, begin, end):
        days = self.env["finance.completeness"]._of_window(connection, begin, end)
        flows = [
            {
                "flow": day.flow_id.name,
                "day": str(day.day),
                "expected": day.expected if day.is_expected else None,
                "received": day.received,
                "refused": day.refused,
                "posted": day.posted,
                "accepted": day.accepted,
                "open": day.open,
                "totals": day.totals or {},
                "finding": day.finding_text or "",
            }
            for day in days
        ]
        domain = [
            ("connection_id", "=", connection.id),
            ("create_date", ">=", begin),
            ("create_date", "<=", end),
            ("kind", "=", "exchange"),
        ]
        messages = self.env["finance.message"]
        waiting = messages.search([*domain, ("is_open", "in", [True])], order="id", limit=200)
        waiting |= messages.search([*domain, ("state", "in", ("held", "dead"))], order="id", limit=200)
        return {
            "name": name,
            "connection": connection.display_name,
            "company": connection.company_id.name,
            "begin": str(begin),
            "end": str(end),
            "flows": flows,
            "open": [
                {"id": one.id, "subject": one.subject or "", "state": one.state, "cause": one.reason_id.name or ""}
                for one in waiting
            ],
            "duplicates": messages.search_count([*domain, ("duplicate_of_id", "!=", False)]),
            "received_in_window": messages.search_count(domain),
            "is_proved": bool(days) and all(day.state == "complete" for day in days) and not waiting,
        }

    def action_print(self):
        """The report on paper."""
        self.ensure_one()
        self.env["finance.message"]._check_role(VIEWER)
        self.check_access("read")
        return self.env.ref("finance_integration_audit.finance_incident_report_print").report_action(self)
