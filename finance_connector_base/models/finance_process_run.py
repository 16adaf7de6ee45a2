from odoo import api, fields, models

from ..engine import process as engine
from ..engine.process import Process, Step

#: step states that count as over, for the progress
OVER = (engine.DONE, engine.SKIPPED, engine.UNDONE, engine.LEFT)


class FinanceProcessRun(models.Model):
    """One business transaction on its way through a process.

    Nobody has write access: rows are made by ``_start`` and changed by the handler and by the
    buttons. How it moves is in ``finance_process_run_life.py``, what people may do in
    ``finance_process_run_actions.py``.
    """

    _name = "finance.process.run"
    _description = "Process Run"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _allow_sudo_commands = False
    # nobody may write a run directly, but whoever sees it may discuss it and plan activities
    _mail_post_access = "read"

    name = fields.Char(string="About", readonly=True, required=True)
    process_id = fields.Many2one("finance.process", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    correlation_id = fields.Char(readonly=True, required=True, index=True)
    res_model = fields.Char(readonly=True, required=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True, required=True)
    partner_id = fields.Many2one("res.partner", string="Customer or vendor", readonly=True, index="btree_not_null")
    amount = fields.Monetary(readonly=True, currency_field="currency_id")
    state = fields.Selection(
        [
            (engine.RUNNING, "In progress"),
            (engine.WAITING, "Waiting"),
            (engine.FAILED, "Needs attention"),
            (engine.UNDOING, "Being undone"),
            (engine.UNDO_FAILED, "Cannot be undone"),
            (engine.DONE, "Done"),
            (engine.UNDONE, "Cancelled"),
        ],
        required=True,
        readonly=True,
        default=engine.RUNNING,
        tracking=True,
        index=True,
        group_expand=True,
    )
    started_by_id = fields.Many2one("res.users", readonly=True)
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    end_reason = fields.Text(string="Why it ended", readonly=True)
    move_number = fields.Integer(
        readonly=True, aggregator=None, help="Counts the moves: a message of an earlier move has no effect any more."
    )
    message_id = fields.Many2one("finance.message", readonly=True, ondelete="set null", string="Message of the move")
    step_ids = fields.One2many("finance.process.run.step", "run_id", string="Steps")
    current_step_id = fields.Many2one("finance.process.run.step", readonly=True, string="Step", ondelete="set null")
    waiting_key = fields.Char(readonly=True, help="The run goes on by itself once this is announced.")
    waiting_for = fields.Char(readonly=True)
    due_at = fields.Datetime(readonly=True, string="Due")
    is_escalated = fields.Boolean(readonly=True, string="Late")
    is_open = fields.Boolean(compute="_compute_is_open", search="_search_is_open")
    progress = fields.Integer(compute="_compute_progress", string="Progress (%)")
    problem = fields.Text(compute="_compute_problem", string="What happened")
    remedy = fields.Text(compute="_compute_problem", string="What to do")
    headline = fields.Char(compute="_compute_headline", string="Where it stands")
    description = fields.Text(related="process_id.description")

    _waiting = models.Index("(waiting_key) WHERE waiting_key IS NOT NULL AND state = 'waiting'")
    _late = models.Index("(due_at) WHERE state = 'waiting' AND is_escalated IS NOT TRUE")
    _by_record = models.Index("(res_model, res_id)")
    _one_open_per_record = models.UniqueIndex(
        "(process_id, res_model, res_id) WHERE state NOT IN ('done', 'undone')",
        "This process is under way for this record already.",
    )

    @api.depends("state")
    def _compute_is_open(self):
        for run in self:
            run.is_open = run.state not in engine.CLOSED

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        operator = "not in" if True in value else "in"
        return [("state", operator, list(engine.CLOSED))]

    @api.depends("step_ids.state")
    def _compute_progress(self):
        for run in self:
            over = len(run.step_ids.filtered(lambda step: step.state in OVER))
            run.progress = 100 * over // len(run.step_ids) if run.step_ids else 0

    @api.depends("state", "current_step_id.reason", "current_step_id.reason_code")
    def _compute_problem(self):
        for run in self:
            # sudo: readers of the run need no access to the queue to learn why it does not go on
            message = run.sudo().message_id
            step = run.current_step_id
            if run.state in (engine.FAILED, engine.UNDO_FAILED):
                run.problem, code = step.reason, step.reason_code
            elif run.state in engine.MOVING and message.state in ("held", "dead", "retry"):
                run.problem, code = message.detail, message.reason_code
            else:
                run.problem, code = False, None
            # sudo: causes are a catalogue
            cause = self.env["finance.reason"].sudo().search([("code", "=", code)], limit=1) if code else None
            run.remedy = cause.remedy if cause else False

    @api.depends("state", "current_step_id", "waiting_for")
    def _compute_headline(self):
        for run in self:
            step = run.current_step_id.name
            run.headline = {
                engine.RUNNING: self.env._("%s is being done", step),
                engine.WAITING: run.waiting_for,
                engine.FAILED: self.env._("%s did not work", step),
                engine.UNDOING: self.env._("%s is being undone", step),
                engine.UNDO_FAILED: self.env._("%s could not be undone", step),
                engine.DONE: self.env._("All steps are done"),
                engine.UNDONE: run.end_reason or self.env._("Cancelled"),
            }.get(run.state)

    def _record(self):
        """:return: what the run is about; an empty recordset when it is gone"""
        self.ensure_one()
        if self.res_model not in self.env:
            return self.env["finance.process.run"]
        return self.env[self.res_model].browse(self.res_id).exists()

    def _machine(self):
        """:return: the run as a value of the pure state machine"""
        self.ensure_one()
        return Process(
            state=self.state, steps=tuple(Step(state=step.state, undoes=step.undoes) for step in self.step_ids)
        )

    def action_view_record(self):
        """Open the record the run is about."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_view_messages(self):
        """Show everything that was exchanged in this business transaction."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("correlation_id", "=", self.correlation_id)],
        }
