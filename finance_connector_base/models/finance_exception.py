from datetime import timedelta

from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import babel_locale_parse, get_lang

from ..const import ADMIN, OPERATOR, STEWARD
from ..safe.masking import mask_text


class FinanceException(models.Model):
    """A message that needs a person: the cause in words, what to do, who, until when."""

    _name = "finance.exception"
    _description = "Integration Exception"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "is_overdue desc, id desc"
    _rec_name = "subject"
    _allow_sudo_commands = False
    # nobody may write an exception directly, but whoever sees it may discuss it and plan activities
    _mail_post_access = "read"

    message_id = fields.Many2one("finance.message", required=True, readonly=True, ondelete="restrict", index=True)
    subject = fields.Char(related="message_id.subject", store=True)
    flow_id = fields.Many2one("finance.flow", readonly=True, index=True)
    connection_id = fields.Many2one("finance.connection", readonly=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    correlation_id = fields.Char(related="message_id.correlation_id")
    reason_id = fields.Many2one("finance.reason", string="Cause", readonly=True, index=True, ondelete="restrict")
    reason_code = fields.Char(related="reason_id.code", store=True, index=True)
    remedy = fields.Text(related="reason_id.remedy", string="What to do")
    fix_label = fields.Char(related="reason_id.fix_label")
    error_class = fields.Selection(
        [("technical", "Technical"), ("data", "Data quality"), ("business", "Business")],
        string="Class",
        readonly=True,
    )
    detail = fields.Text(readonly=True)
    params = fields.Json(readonly=True)
    state = fields.Selection([("open", "Open"), ("solved", "Solved")], default="open", readonly=True, index=True)
    resolution = fields.Selection(
        [
            ("fixed", "Fixed"),
            ("resumed", "Resumed by itself"),
            ("retried", "Retried"),
            ("discarded", "Discarded"),
        ],
        readonly=True,
        tracking=True,
    )
    owner_id = fields.Many2one("res.users", tracking=True, index=True)
    opened_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    due_at = fields.Datetime(readonly=True)
    solved_at = fields.Datetime(readonly=True)
    solved_by_id = fields.Many2one("res.users", readonly=True)
    age = fields.Char(compute="_compute_age")
    is_overdue = fields.Boolean(compute="_compute_is_overdue", store=True)
    message_state = fields.Selection(related="message_id.state", string="State of the message")
    transition_ids = fields.One2many(related="message_id.transition_ids")
    attempt_ids = fields.One2many(related="message_id.attempt_ids")

    # one open exception a message, whoever raises it twice
    _open_per_message = models.UniqueIndex("(message_id) WHERE state = 'open'")

    @api.depends("opened_at", "solved_at")
    def _compute_age(self):
        now = fields.Datetime.now()
        locale = babel_locale_parse(get_lang(self.env).code)
        for exception in self:
            end = exception.solved_at or now
            since = exception.opened_at or end
            exception.age = format_timedelta(end - since, granularity="minute", locale=locale)

    @api.depends("due_at", "state")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for exception in self:
            exception.is_overdue = bool(exception.state == "open" and exception.due_at and exception.due_at < now)

    @api.model
    def _raise_for(self, message, *, reason, error_class, detail, params=None):
        """Open an exception for a message, or renew the one that is open.

        The owner is the flow's, else the connection's for that class. Only the first open
        exception of a cause in a flow makes an activity: a thousand messages with one cause
        are one task.

        :return: the exception
        """
        self = self.sudo()  # sudo: raised by the engine, whoever's transaction caused it
        cause = self.env["finance.reason"]._by_code(reason)
        values = {
            "reason_id": cause.id,
            "error_class": error_class or cause.error_class,
            # read by people who may not see content
            "detail": mask_text(detail) if detail else detail,
            "params": params or {},
        }
        existing = self.search([("message_id", "=", message.id), ("state", "=", "open")], limit=1)
        if existing:
            existing.write(values)
            return existing
        flow = message.flow_id
        owner = flow._owner_of(values["error_class"])
        is_first = not self.search_count(
            [("flow_id", "=", flow.id), ("reason_id", "=", cause.id), ("state", "=", "open")], limit=1
        )
        exception = self.with_context(mail_create_nosubscribe=True, mail_create_nolog=True).create(
            {
                **values,
                "message_id": message.id,
                "flow_id": flow.id,
                "connection_id": flow.connection_id.id,
                "company_id": message.company_id.id,
                "owner_id": owner.id,
                "opened_at": self.env.cr.now(),
                "due_at": self.env.cr.now() + timedelta(hours=cause.due_hours),
            }
        )
        if is_first and owner:
            exception.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=fields.Date.to_date(exception.due_at),
                user_id=owner.id,
                summary=cause.name,
            )
        return exception

    def _close(self, resolution):
        """Mark open exceptions solved, and their activities done."""
        still_open = self.sudo().filtered(lambda e: e.state == "open")  # sudo: closing follows the message's own check
        still_open.write(
            {
                "state": "solved",
                "resolution": resolution,
                "solved_at": self.env.cr.now(),
                "solved_by_id": self.env.uid,
            }
        )
        still_open._hand_on_activities()

    def _hand_on_activities(self):
        """One task stands for all exceptions of a cause in a flow: it goes on with the next one that is open."""
        for exception in self.filtered("activity_ids"):
            following = self.search(
                [
                    ("flow_id", "=", exception.flow_id.id),
                    ("reason_id", "=", exception.reason_id.id),
                    ("state", "=", "open"),
                    ("activity_ids", "=", False),
                ],
                order="id",
                limit=1,
            )
            if following:
                exception.activity_ids.write({"res_id": following.id})
            else:
                exception.activity_ids.action_feedback()

    def action_fix(self):
        """Open what the cause offers to mend it: a mapping, an account, a decision with reason."""
        self.ensure_one()
        self.message_id._check_role(
            OPERATOR,
            STEWARD,
            ADMIN,
        )
        handler = self.flow_id.sudo().handler  # sudo: reading which code works the flow, nothing else
        action = self.env[handler]._fix_action(self) if handler in self.env else None
        if not action:
            raise UserError(self.env._("There is no one-click fix for this cause. %s", self.remedy or ""))
        return action

    def action_retry(self):
        """Retry the messages behind these exceptions."""
        return self.message_id.action_retry()

    def action_discard(self):
        """Give the messages up, with a reason."""
        return self.message_id.action_discard()

    def action_take(self):
        """Make the exceptions mine."""
        self.check_access("read")
        self.message_id._check_role(OPERATOR, STEWARD, ADMIN)
        self.sudo().write({"owner_id": self.env.uid})  # sudo: exceptions have no write access, the role was checked
        return True

    def write(self, vals):
        if not self.env.su and vals.keys() - {"owner_id"}:
            raise AccessError(self.env._("An exception is solved by its message. Only its owner can be changed here."))
        return super().write(vals)

    @api.model
    def _cron_escalate(self):
        """Tell somebody about every exception that is overdue or has no owner."""
        late = self.search(
            [
                ("state", "=", "open"),
                ("is_overdue", "=", False),
                "|",
                ("due_at", "<", self.env.cr.now()),
                ("owner_id", "=", False),
            ]
        )
        for exception in late:
            boss = exception._escalates_to()
            overdue = bool(exception.due_at and exception.due_at < self.env.cr.now())
            values = {"is_overdue": overdue}
            if not exception.owner_id:
                values["owner_id"] = boss.id
            exception.write(values)
            if boss:
                exception.activity_schedule(
                    "mail.mail_activity_data_warning",
                    user_id=boss.id,
                    summary=self.env._("Overdue: %s", exception.reason_id.name)
                    if overdue
                    else self.env._("Nobody's yet: %s", exception.reason_id.name),
                )

    def _escalates_to(self):
        """:return: the owner of the connection, else a connector administrator of the company"""
        self.ensure_one()
        owner = self.connection_id.owner_id
        if owner.active:
            return owner
        return self.env.ref(ADMIN).all_user_ids.filtered(
            lambda user: user.active and not user.share and self.company_id in user.company_ids
        )[:1]
