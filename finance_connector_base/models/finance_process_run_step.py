from odoo import api, fields, models

from ..engine import process as engine
from .finance_process_step import KINDS


class FinanceProcessRunStep(models.Model):
    """A step of a run: state, times, who, outcome, reason and evidence."""

    _name = "finance.process.run.step"
    _description = "Step of a Process Run"
    _order = "run_id, sequence, id"
    _allow_sudo_commands = False

    run_id = fields.Many2one("finance.process.run", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    step_id = fields.Many2one(
        "finance.process.step", string="Definition", readonly=True, ondelete="set null", index="btree_not_null"
    )
    sequence = fields.Integer(readonly=True, aggregator=None)
    name = fields.Char(string="Step", readonly=True, required=True)
    kind = fields.Selection(KINDS, readonly=True)
    work = fields.Char(readonly=True, required=True)
    undoes = fields.Boolean(readonly=True, string="Can be undone")
    condition = fields.Char(readonly=True)
    group_id = fields.Many2one("res.groups", readonly=True, string="Decided by")
    due_hours = fields.Float(readonly=True)
    on_failure = fields.Char(readonly=True)
    may_skip = fields.Boolean(readonly=True)
    state = fields.Selection(
        [
            (engine.TODO, "To do"),
            (engine.WAITING, "Waiting"),
            (engine.DONE, "Done"),
            (engine.SKIPPED, "Not needed"),
            (engine.FAILED, "Failed"),
            (engine.UNDONE, "Undone"),
            (engine.UNDO_FAILED, "Cannot be undone"),
            (engine.LEFT, "Left as it is"),
            (engine.DROPPED, "Not reached"),
        ],
        required=True,
        readonly=True,
        default=engine.TODO,
    )
    started_at = fields.Datetime(readonly=True, string="Started")
    ended_at = fields.Datetime(readonly=True, string="Ended")
    due_at = fields.Datetime(readonly=True, string="Due")
    user_id = fields.Many2one("res.users", readonly=True, string="Who")
    outcome = fields.Char(readonly=True)
    reason = fields.Text(readonly=True)
    reason_code = fields.Char(readonly=True)
    evidence = fields.Json(readonly=True)
    facts = fields.Json(readonly=True)
    facts_hash = fields.Char(readonly=True)
    approvals_needed = fields.Integer(readonly=True, aggregator=None)
    approval_ids = fields.One2many("finance.process.approval", "run_step_id", string="Decisions")
    approval_count = fields.Integer(compute="_compute_approval_count", string="Approvals")
    waiting_for = fields.Char(compute="_compute_waiting_for", string="Waiting for")
    story = fields.Text(compute="_compute_story", string="What happened")

    @api.depends("approval_ids.is_void", "approval_ids.decision")
    def _compute_approval_count(self):
        for step in self:
            step.approval_count = len(step._valid_approvals())

    @api.depends("state", "group_id", "approvals_needed", "approval_ids")
    def _compute_waiting_for(self):
        for step in self:
            if step.state != engine.WAITING:
                step.waiting_for = False
            elif step.approvals_needed:
                # sudo: names of roles are shown to everybody who sees the run
                step.waiting_for = self.env._(
                    "%(role)s (%(given)s of %(needed)s)",
                    role=step.sudo().group_id.name,
                    given=step.approval_count,
                    needed=step.approvals_needed,
                )
            else:
                step.waiting_for = step.run_id.waiting_for

    @api.depends("state", "outcome", "reason", "waiting_for")
    def _compute_story(self):
        for step in self:
            step.story = step.reason or step.outcome or step.waiting_for

    def _valid_approvals(self):
        return self.approval_ids.filtered(lambda approval: approval.decision == "approve" and not approval.is_void)

    def _work(self):
        """:return: the AbstractModel that does this step, or None when the module that brought it is gone"""
        self.ensure_one()
        if self.work not in self.env.registry.descendants(["finance.step"], "_inherit"):
            return None
        return self.env[self.work]

    def _record(self):
        """:return: what the run is about; an empty recordset when it is gone"""
        return self.run_id._record()

    def _record_facts(self):
        """:return: the facts of the record, as its model tells them (``_process_facts``)"""
        record = self._record()
        return record._process_facts() if hasattr(record, "_process_facts") else {"record": record.display_name}

    def _is_needed(self):
        """:return: whether the step's own condition asks for it"""
        if not self.condition:
            return True
        return bool(self._record().filtered_domain(self.env["finance.process.step"]._parsed(self.condition)))
