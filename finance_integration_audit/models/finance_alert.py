from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.safe.masking import mask_text

from ..alerting import runbook
from ..const import ADMIN, AUDITOR, OPERATOR, VIEWER

OPEN, ACKNOWLEDGED, RESOLVED = "open", "acknowledged", "resolved"


class FinanceAlert(models.Model):
    """Something that should not be and that a person should know of (A-10): raised once, told, answered, resolved.

    Rows are made by rules (``finance.alert.watch``) and by ``_raise``; nobody has write access.
    """

    _name = "finance.alert"
    _description = "Alert"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, is_urgent desc, id desc"
    _rec_name = "text"
    _allow_sudo_commands = False
    _mail_post_access = "read"

    code = fields.Char(string="Kind", required=True, readonly=True, index=True)
    key = fields.Char(required=True, readonly=True, help="The same key again is the same alert.")
    rule_id = fields.Many2one("finance.alert.rule", readonly=True, ondelete="set null", index="btree_not_null")
    remedy = fields.Text(string="First thing to do", compute="_compute_remedy")
    runbook = fields.Html(string="What to do", compute="_compute_runbook", sanitize=False)
    klass = fields.Selection(
        [("technical", "Technical"), ("data", "Data quality"), ("business", "Business")],
        string="Class",
        required=True,
        readonly=True,
    )
    is_urgent = fields.Boolean(string="Urgent", readonly=True)
    text = fields.Char(string="What is wrong", required=True, readonly=True)
    state = fields.Selection(
        [(OPEN, "Open"), (ACKNOWLEDGED, "Acknowledged"), (RESOLVED, "Resolved")],
        required=True,
        readonly=True,
        default=OPEN,
        index=True,
        tracking=True,
        group_expand=True,
    )
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True, ondelete="cascade")
    connection_id = fields.Many2one("finance.connection", readonly=True, index="btree_not_null", ondelete="set null")
    correlation_id = fields.Char(string="Business transaction", readonly=True)
    value = fields.Float(readonly=True, aggregator="max")
    count = fields.Integer(string="Times seen", readonly=True, default=1, aggregator=None)
    first_at = fields.Datetime(string="Since", readonly=True)
    last_at = fields.Datetime(string="Last seen", readonly=True)
    team_id = fields.Many2one("finance.alert.team", readonly=True, ondelete="set null", index="btree_not_null")
    told_at = fields.Datetime(string="Told", readonly=True)
    quiet_until = fields.Datetime(
        string="Kept back until", readonly=True, help="The end of the quiet time of the team."
    )
    level = fields.Integer(string="Steps of the escalation", readonly=True, default=0, aggregator=None)
    owner_id = fields.Many2one("res.users", string="Answered by", readonly=True, tracking=True, index="btree_not_null")
    answered_at = fields.Datetime(string="Answered", readonly=True)
    answer = fields.Text(readonly=True, tracking=True)
    snoozed_until = fields.Datetime(readonly=True, tracking=True)
    resolved_at = fields.Datetime(string="Resolved", readonly=True)

    # one that is not resolved for each key, whoever raises it twice
    _one_open = models.UniqueIndex("(code, key) WHERE state <> 'resolved'")

    @api.depends("rule_id.remedy", "code")
    def _compute_remedy(self):
        for alert in self:
            alert.remedy = alert.rule_id.remedy or runbook.first(runbook.page(alert.code)) or False

    @api.depends("code")
    def _compute_runbook(self):
        for alert in self:
            # pages are files of the module and escaped where they are read
            alert.runbook = Markup(runbook.html(runbook.page(alert.code))) or False

    # -- raising -------------------------------------------------------------------------------

    @api.model
    def _raise(self, code, record, *, klass, text, key=None, correlation_id=None):
        """Raise an alert from code that has found something, in the transaction that has found it.

        :param str code: kind; ``runbooks/alert-CODE.md`` of this module is its page
        :param record: what it is about (one record, or an empty recordset)
        :param str klass: ``technical``, ``data`` or ``business``
        :param str text: one sentence for a person
        :param str key: what makes it the same alert again; the record, where not given
        :return: the alert
        """
        company = record.company_id if "company_id" in record._fields else self.env["res.company"]
        connection = record.connection_id if "connection_id" in record._fields else self.env["finance.connection"]
        return self.sudo()._note(  # sudo: raised by whoever's transaction has found it
            code,
            key or f"{record._name},{record.id or 0}",
            {
                "klass": klass,
                "text": text,
                "is_urgent": klass == "business",
                "res_model": record._name if record else False,
                "res_id": record.id or False,
                "company_id": company.id or False,
                "connection_id": connection.id or False,
                "correlation_id": correlation_id or False,
            },
        )

    @api.model
    def _over(self, code, record, *, key=None):
        """Resolve what code has raised: the same call of it succeeds again."""
        key = key or f"{record._name},{record.id or 0}"
        standing = [("code", "=", code), ("key", "=", key), ("state", "!=", RESOLVED)]
        self.sudo().search(standing)._resolve()  # sudo: as it was raised

    @api.model
    def _note(self, code, key, values):
        """Open an alert, or count what is open once more. One that comes back while it is acknowledged stays so."""
        now = self.env.cr.now()
        values = {**values, "text": mask_text(values["text"]), "last_at": now}
        standing = self.search([("code", "=", code), ("key", "=", key), ("state", "!=", RESOLVED)], limit=1)
        if standing:
            standing.write({**values, "count": standing.count + 1})
            return standing
        alert = self.with_context(mail_create_nosubscribe=True, mail_create_nolog=True).create(
            {**values, "code": code, "key": key, "first_at": now}
        )
        self.env["finance.audit"]._record(
            "alert.raised",
            alert,
            after={"code": code, "class": alert.klass, "text": alert.text},
            correlation_id=alert.correlation_id or None,
        )
        alert._tell_event("finance.alert.raised")
        return alert

    def _resolve(self):
        """What was wrong is not any more."""
        now = self.env.cr.now()
        for alert in self.filtered(lambda one: one.state != RESOLVED):
            alert.write({"state": RESOLVED, "resolved_at": now})
            alert.activity_ids.action_done()
            self.env["finance.audit"]._record(
                "alert.resolved",
                alert,
                after={"code": alert.code, "minutes": int((now - alert.first_at).total_seconds() // 60)},
                correlation_id=alert.correlation_id or None,
            )
            alert._tell_event("finance.alert.resolved")

    # -- what people do ------------------------------------------------------------------------

    def _answer(self, answer, snoozed_until=None, *, is_over=False):
        """Say that somebody looks after it: nobody else is told any more.

        :param datetime snoozed_until: when it is told anew if it is still there
        :param bool is_over: resolve it by hand, where no rule looks whether it still is the case
        """
        self.env["finance.message"]._check_role(OPERATOR, ADMIN)
        self.check_access("read")
        if any(alert.state == RESOLVED for alert in self):
            raise UserError(self.env._("What is resolved needs no answer."))
        if is_over and self.rule_id:
            raise UserError(self.env._("A rule looks at this every minute: it is resolved by itself when it is over."))
        for alert in self.sudo():  # sudo: nobody writes alerts directly; the role was checked
            alert.write(
                {
                    "state": ACKNOWLEDGED,
                    "owner_id": self.env.uid,
                    "answered_at": self.env.cr.now(),
                    "answer": answer,
                    "snoozed_until": snoozed_until,
                }
            )
            alert.activity_ids.action_done()
            self.env["finance.audit"]._record(
                "alert.acknowledged",
                alert,
                reason=answer,
                after={"code": alert.code, "again": str(snoozed_until) if snoozed_until else None},
                correlation_id=alert.correlation_id or None,
            )
            if is_over:
                alert._resolve()

    def action_answer(self):
        """Ask for an answer, for all that are chosen."""
        self.env["finance.message"]._check_role(OPERATOR, ADMIN)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer"),
            "res_model": "finance.alert.answer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_alert_ids": self.ids},
        }

    def action_view_subject(self):
        """Go to what it is about."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR, ADMIN, AUDITOR)
        self.check_access("read")
        if (
            not self.res_model
            or self.res_model not in self.env
            or not self.env[self.res_model].browse(self.res_id).exists()
        ):
            raise UserError(self.env._("What this alert was about is not there any more."))
        self.env[self.res_model].browse(self.res_id).check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_view_runbook(self):
        """Show the page that says what to do (A-13)."""
        self.ensure_one()
        self.env["finance.message"]._check_role(VIEWER, AUDITOR)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What to do"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref("finance_integration_audit.finance_alert_view_runbook").id, "form")],
            "target": "new",
        }

    def action_view_trace(self):
        """Show the business transaction that it is about."""
        self.ensure_one()
        self.env["finance.message"]._check_role(VIEWER, AUDITOR)
        self.check_access("read")
        trace = self.env["finance.trace"]
        for model, res_id in trace._of_correlation([self.correlation_id or ""]):
            record = self.env[model].browse(res_id)
            if record.has_access("read"):
                return trace._action(record)
        raise UserError(self.env._("Nothing that you may see belongs to this business transaction."))
