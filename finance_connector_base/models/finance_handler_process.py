from odoo import api, fields, models

from ..const import ADMIN
from ..engine import process as engine
from ..engine.database import RERUN, is_infrastructure
from ..engine.errors import RejectedError, ThrottledError, TransientError
from ..engine.outcome import Done, Held, Ignored
from ..engine.step import Finished


class FinanceHandlerProcess(models.AbstractModel):
    """Makes one move of a process run: does its current step, or undoes one.

    Step, run, message and the message of the next move commit together: after a crash the move
    either happened with everything or did not happen at all.
    """

    _name = "finance.handler.process"
    _inherit = "finance.handler"
    _description = "Steps of Processes"

    @api.model
    def _handle(self, message):
        data = message.data or {}
        run = self.env["finance.process.run"].browse(data.get("run")).exists()
        if not run:
            return Ignored(reason="process.run_gone", detail=self.env._("The run is not there any more."))
        run._lock()
        if run.move_number != data.get("move") or run.state in (*engine.CLOSED, engine.WAITING):
            return Ignored(reason="process.overtaken", detail=self.env._("The run has moved on since."))
        machine = run._machine()
        if machine.state in (engine.FAILED, engine.UNDO_FAILED):
            # the message was tried again: by a person, or because what it lacked is there now
            machine = machine.retried()
            run.write({"state": machine.state})
        return self._move(run, machine, message)

    @api.model
    def _move(self, run, machine, message):
        move = machine.move()
        step = run.step_ids[move.index]
        if not step.started_at:
            step.started_at = self.env.cr.now()
        try:
            # the effects of a step that fails are gone, the note that it failed is not
            with self.env.cr.savepoint():
                answer = self._work(step, undo=move.undo)
        except RERUN:
            raise
        except Exception as error:
            if is_infrastructure(error, connection_closed=self.env.cr.closed):
                raise
            known, _trace = self.env["finance.dispatcher"]._translate(error)
            if isinstance(known, TransientError) and self._is_retried(known, message):
                raise
            return self._failed(run, machine, step, known, undo=move.undo)
        return self._went_well(run, machine, step, answer, undo=move.undo)

    @api.model
    def _is_retried(self, error, message):
        # once the attempts are spent the failure has to show on the run
        return isinstance(error, ThrottledError) or message.attempt_count < message.flow_id.retry_max

    @api.model
    def _work(self, step, *, undo):
        """:return: the step's answer; None when its own condition says that it is not needed"""
        if not step._record():
            raise RejectedError(self.env._("What this is about was deleted."), reason="process.record_gone")
        work = step._work()
        if work is None:
            raise RejectedError(
                self.env._("The module that brings this step is not installed."), reason="process.step_missing"
            )
        if undo:
            return work._compensate(step)
        return work._run(step) if step._is_needed() else None

    @api.model
    def _went_well(self, run, machine, step, answer, *, undo):
        if answer is None:
            note = self.env._("Not needed here")
            run._apply(machine.skipped(), step={step.id: {"outcome": note}})
        elif isinstance(answer, Finished):
            values = {"outcome": answer.outcome, "evidence": answer.evidence, "reason": False, "reason_code": False}
            if undo:
                # what the step had done stays readable beside how it was undone
                values["evidence"] = {**(step.evidence or {}), "undone": answer.evidence}
            run._apply(machine.undone() if undo else machine.done(), step={step.id: values})
        else:
            run._park(machine, step, answer)
        return Done(
            result={"step": step.name, "state": step.state, "outcome": step.story or ""},
            documents=((run._name, run.id), (run.res_model, run.res_id)),
        )

    @api.model
    def _failed(self, run, machine, step, error, *, undo):
        """A step failed for good: undo what was done, or ask a person."""
        values = {"reason": error.detail, "reason_code": error.reason, "ended_at": self.env.cr.now()}
        documents = ((run._name, run.id),)
        failed = machine.undo_failed() if undo else machine.failed()
        if not undo and step.on_failure == "undo":
            run._apply(failed.cancelled(), step={step.id: values}, end_reason=error.detail)
            return Done(result={"step": step.name, "state": step.state, "outcome": error.detail}, documents=documents)
        run._apply(failed, step={step.id: values})
        return Held(
            reason=error.reason,
            detail=f"{step.name}: {error.detail}",
            error_class=error.error_class,
            params={**error.params, "run": run.id},
            waiting_key=error.waiting_key,
            documents=documents,
        )

    @api.model
    def _fix_action(self, exception):
        """The run itself shows what can be done about it."""
        known = super()._fix_action(exception)
        run = (exception.params or {}).get("run")
        if known or not run:
            return known
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.process.run",
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": run,
        }


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.process", "Do the steps of processes")],
        ondelete={"finance.handler.process": "cascade"},
    )

    @api.model
    def _process_flow(self, company):
        """:return: the flow by which the processes of a company move, made when missing"""
        # sudo: whoever causes a process to move need not be allowed to configure flows
        flows = self.sudo()
        flow = flows.search(
            [("handler", "=", "finance.handler.process"), ("company_id", "=", company.id)], order="id", limit=1
        )
        if flow:
            return flow
        connection = flows.env["finance.connection"].create(
            {
                "name": self.env._("Processes inside Odoo"),
                "adapter": "finance.adapter.inside",
                "max_concurrency": 0,
                "owner_id": self._process_owner(company).id,
                "company_id": company.id,
                "environment": "production",
                "state": "active",
                "check_ok": True,
                "sequence": 95,
            }
        )
        return flows.create(
            {
                "name": self.env._("Steps of processes"),
                "connection_id": connection.id,
                "handler": "finance.handler.process",
                "priority": 20,
                # a run that needs a person must not stop at its own earlier messages
                "held_blocks": False,
            }
        )

    @api.model
    def _process_owner(self, company):
        """:return: who is told about what fails in the processes of a company"""
        administrators = self.env.ref(ADMIN).all_user_ids.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )
        return administrators[:1] or self.env.user
