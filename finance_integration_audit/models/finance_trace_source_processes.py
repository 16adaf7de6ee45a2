from odoo import api, models

from odoo.addons.finance_connector_base.engine import process as engine

from ..lineage.hops import BAD, GOOD, PLAIN, WAITS, Gap, Hop


class FinanceTraceSourceProcesses(models.AbstractModel):
    """Runs of processes: their steps, and who approved what he was shown."""

    _name = "finance.trace.source.processes"
    _description = "Trace: Processes"
    _inherit = ["finance.trace.source"]
    _traced = ("finance.process.run",)
    _stage = 25
    _references = ("correlation_id", "name")

    @api.model
    def _links(self, records):
        traced = self._all()
        for run in records:
            if run.res_model in traced:
                yield run, self.env[run.res_model].browse(run.res_id), False

    @api.model
    def _back(self, records):
        # sudo: shown as far as the reader may see them
        for run in (
            self.env["finance.process.run"]
            .sudo()
            .search([("res_model", "=", records._name), ("res_id", "in", records.ids)])
        ):
            yield records.browse(run.res_id), run, False

    @api.model
    def _tone(self, record):
        if record.state in (engine.FAILED, engine.UNDO_FAILED):
            return BAD
        return GOOD if record.state in engine.CLOSED else WAITS

    @api.model
    def _hops(self, records):
        for run in records:
            key, system = (run._name, run.id), self._here(run.company_id)
            yield Hop(
                key=key,
                at=run.started_at,
                rank=25,
                title=self.env._("%(process)s began: %(name)s", process=run.process_id.name, name=run.name),
                system=system,
                person=run.started_by_id.name or "",
            )
            for step in run.step_ids.filtered("ended_at"):
                yield Hop(
                    key=key,
                    at=step.ended_at,
                    rank=26,
                    title=step.name,
                    system=system,
                    state=self._label(step, "state"),
                    detail=step.reason or step.outcome or "",
                    person=step.user_id.name or "",
                )
                for approval in step.approval_ids:
                    yield self._approval(key, system, step, approval)

    @api.model
    def _approval(self, key, system, step, approval):
        seen = "; ".join(f"{name}: {value}" for name, value in (approval.facts or {}).items())
        return Hop(
            key=key,
            at=approval.decided_at,
            rank=27,
            title=self.env._("%(decision)s: %(step)s", decision=self._label(approval, "decision"), step=step.name),
            system=system,
            person=approval.user_id.name,
            detail=self.env._("Was shown: %s", seen) if seen else approval.reason or "",
            tone=PLAIN if approval.is_void else GOOD if approval.decision == "approve" else BAD,
        )

    @api.model
    def _gaps(self, records):
        for run in records.filtered("is_open"):
            yield Gap(
                key=(run._name, run.id),
                title=self.env._("The process is not over: %s", run.current_step_id.name or ""),
                system=self._here(run.company_id),
                due=run.due_at or None,
                detail=run.headline or "",
            )
