import uuid
from datetime import timedelta

from odoo import api, models

from ..engine import process as engine
from ..engine.envelope import Envelope
from ..engine.step import facts_hash
from ..engine.work import current_work, is_correlation_id

#: copied from the definition when a run starts
COPIED = ("sequence", "name", "kind", "work", "condition", "due_hours", "on_failure", "may_skip")


class FinanceProcessRun(models.Model):
    """How a run starts, moves and ends. Every change of state passes ``_apply``."""

    _inherit = "finance.process.run"

    @api.model
    def _start(self, process, record, *, correlation_id=None):
        """Start a process for a record, or give the run that is under way for it.

        Part of the current transaction: a rollback starts nothing.

        :param process: one ``finance.process``
        :param record: one record of any model; ``_process_facts``, ``_process_amount``,
            ``_process_makers`` and ``_process_closed`` are asked where it has them
        :param str correlation_id: of the business transaction it belongs to, if there is one
        :return: the run
        """
        record.ensure_one()
        runs = self.sudo()  # sudo: runs have no write access; who may start one is the caller's check
        known = runs._open_for(record).filtered(lambda run: run.process_id == process)
        if known:
            return known.sudo(self.env.su)
        company = record.company_id if "company_id" in record._fields and record.company_id else self.env.company
        work = current_work.get()
        if not is_correlation_id(correlation_id):
            correlation_id = work.correlation_id if work else uuid.uuid4().hex
        partner = record.partner_id if "partner_id" in record._fields else self.env["res.partner"]
        run = runs.with_context(mail_create_nosubscribe=True, mail_create_nolog=True).create(
            {
                "name": record.sudo().display_name,
                "process_id": process.id,
                "company_id": company.id,
                "correlation_id": correlation_id,
                "res_model": record._name,
                "res_id": record.id,
                "partner_id": partner.id if partner._name == "res.partner" else False,
                "amount": record._process_amount() if hasattr(record, "_process_amount") else 0.0,
                "started_by_id": self.env.uid,
                "started_at": self.env.cr.now(),
            }
        )
        self.env["finance.process.run.step"].sudo().create(
            [
                {
                    **{name: step[name] for name in COPIED},
                    "run_id": run.id,
                    "step_id": step.id,
                    "group_id": step.group_id.id,
                    "undoes": step.work in self.env and self.env[step.work]._undoes,
                }
                for step in process.sudo().step_ids
            ]
        )
        self.env["finance.audit"]._record(
            "process.started", run, after={"process": process.sudo().code}, correlation_id=correlation_id
        )
        run._apply(run._machine())
        return run.sudo(self.env.su)

    @api.model
    def _open_for(self, record):
        """:return: the runs that are under way for a record"""
        return self.search(
            [("res_model", "=", record._name), ("res_id", "in", record.ids), ("is_open", "=", True)], order="id"
        )

    # -- every change of state -------------------------------------------------------------

    def _apply(self, machine, *, step=None, **values):
        """Write what the state machine says, and queue the next move in the same transaction.

        :param machine: the :class:`~..engine.process.Process` that follows
        :param dict step: further values of the step the move was about, by id: ``{id: values}``
        :param values: further values of the run
        """
        self.ensure_one()
        run = self.sudo()  # sudo: runs have no write access; role, company and state were checked
        now = self.env.cr.now()
        for row, new in zip(run.step_ids, machine.steps, strict=True):
            changes = dict((step or {}).get(row.id, {}))
            if row.state != new.state:
                changes["state"] = new.state
                if new.state not in (engine.TODO, engine.WAITING):
                    changes.setdefault("ended_at", now)
            if changes:
                row.write(changes)
        position = machine.current()
        values = {
            "state": machine.state,
            "current_step_id": run.step_ids[position].id if position is not None else False,
            **values,
        }
        if machine.state != engine.WAITING:
            values.update(waiting_key=False, waiting_for=False, due_at=False, is_escalated=False)
        if machine.state in engine.CLOSED:
            values["ended_at"] = now
        was_open = run.state not in engine.CLOSED
        run.write(values)
        if machine.state != engine.WAITING:
            run.activity_ids.sudo().unlink()
        if machine.move():
            run._queue_move()
        elif machine.state in engine.CLOSED and was_open:
            run._closed()

    def _queue_move(self):
        """Queue the message of the next move; what was queued for an earlier one has no effect any more."""
        self.move_number += 1
        flow = self.env["finance.flow"]._process_flow(self.company_id)
        self.message_id = self.env["finance.message"]._enqueue(
            flow,
            [
                Envelope(
                    subject=f"{self.process_id.name}: {self.name}",
                    data={"run": self.id, "move": self.move_number},
                    dedupe_key=f"run:{self.id}:{self.move_number}",
                    order_key=f"run:{self.id}",
                    correlation_id=self.correlation_id,
                    business_key=self.name,
                    res_model=self._name,
                    res_id=self.id,
                )
            ],
        )

    def _closed(self):
        self.env["finance.audit"]._record(
            "process.ended",
            self,
            reason=self.end_reason or None,
            after={"state": self.state},
            correlation_id=self.correlation_id,
        )
        record = self._record()
        if hasattr(record, "_process_closed"):
            record._process_closed(self)

    def _lock(self):
        """Nobody else moves this run until the transaction ends; a move made meanwhile starts this one again."""
        self.flush_recordset()
        self.env.cr.execute("SELECT 1 FROM finance_process_run WHERE id = %s FOR UPDATE", (self.id,))
        self.invalidate_recordset()

    # -- waiting ---------------------------------------------------------------------------

    def _park(self, machine, step, wait):
        """Stop until what the step waits for is there."""
        now = self.env.cr.now()
        due = step.due_at or now + timedelta(hours=step.due_hours)
        step_values = {"due_at": due, "approvals_needed": wait.decisions}
        if wait.facts:
            step_values.update(facts=wait.facts, facts_hash=facts_hash(wait.facts))
        self._apply(
            machine.waits(),
            step={step.id: step_values},
            waiting_key=wait.key,
            waiting_for=wait.reason,
            due_at=due,
            is_escalated=due <= now and self.is_escalated,
        )
        if wait.key:
            self.env["finance.waiting.key"]._watch(wait.key)
        if wait.decisions:
            self._ask(step)

    @api.model
    def _resume_waiting(self, keys):
        """Let the runs go on that wait for one of these; see ``finance.message._resume_waiting``.

        :return: the runs
        """
        # sudo: the cause may be fixed by a role that cannot see every run that waits for it
        waiting = self.sudo().search([("state", "=", engine.WAITING), ("waiting_key", "in", list(keys))])
        for run in waiting:
            run._apply(run._machine().resumed())
        return waiting

    # -- asking people ---------------------------------------------------------------------

    def _ask(self, step):
        """Give a task to everybody who may decide this step."""
        asked = self.activity_ids.user_id
        for user in self._deciders(step) - asked:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=step.due_at.date(),
                user_id=user.id,
                summary=self.env._("%(step)s: %(record)s", step=step.name, record=self.name),
            )

    def _deciders(self, step):
        """:return: who may decide a step: of the role and the company, and no maker"""
        makers = self._makers()
        return step.group_id.all_user_ids.filtered(
            lambda user: (
                user.active and not user.share and self.company_id in user.company_ids and user.partner_id not in makers
            )
        )

    def _makers(self):
        """:return: partners of the people who made what is decided upon; they never approve it"""
        record = self._record()
        users = self.started_by_id
        if record:
            users |= record._process_makers() if hasattr(record, "_process_makers") else record.create_uid
        return users.partner_id
