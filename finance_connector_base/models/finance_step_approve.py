from odoo import api, fields, models

from ..engine.errors import RejectedError
from ..engine.step import Finished, Wait, facts_hash


class FinanceStepApprove(models.AbstractModel):
    """People approve: so many as the amount asks for, none of them a maker, all of them the same facts."""

    _name = "finance.step.approve"
    _inherit = "finance.step"
    _description = "Ask for Approval"

    _kinds = frozenset({"approve"})
    _asks_people = True

    @api.model
    def _run(self, step):
        facts = self._facts(step)
        digest = facts_hash(facts)
        needed = self._approvals_needed(step)
        if not needed:
            return Finished(
                outcome=self.env._("No approval needed for this amount"),
                evidence={"facts": facts, "facts_hash": digest},
            )
        # what was approved before the facts changed was something else
        # public: fingerprints of facts, no key in them
        step.approval_ids.filtered(lambda approval: approval.facts_hash != digest).write({"is_void": True})
        step.invalidate_recordset(["approval_count"])
        given = step._valid_approvals()
        if len(given) < needed:
            return Wait(
                reason=self.env._(
                    "%(role)s: %(count)s approval(s)", role=step.group_id.name, count=needed - len(given)
                ),
                facts=facts,
                decisions=needed,
            )
        return Finished(
            outcome=self.env._("Approved by %s", ", ".join(given.user_id.mapped("name"))),
            evidence={"facts": facts, "facts_hash": digest, "approved_by": given.user_id.mapped("login")},
        )

    @api.model
    def _approvals_needed(self, step):
        """:return: how many people have to approve; the definition says from which amount on"""
        record = step._record()
        if hasattr(record, "_process_amount"):
            # as it is now, not as it was when the run started
            step.run_id.amount = record._process_amount()
        if not step.step_id:
            return 1
        return step.step_id._approvals_for(abs(step.run_id.amount))


class FinanceStepVerdict(models.AbstractModel):
    """Another system decides (risk, tax ...): hold until its verdict with our correlation id is there.

    A verdict that is late escalates and the run stays held; time alone never clears anything.
    """

    _name = "finance.step.verdict"
    _inherit = "finance.step"
    _description = "Wait for the Verdict of Another System"

    _kinds = frozenset({"approve"})

    @api.model
    def _run(self, step):
        run = step.run_id
        topic = self._topic(step)
        verdicts = self.env["finance.process.verdict"]
        found = verdicts.search(
            [
                ("company_id", "=", run.company_id.id),
                ("correlation_id", "=", run.correlation_id),
                ("topic", "=", topic),
            ]
        )
        if not found:
            return Wait(
                reason=self.env._("the verdict: %s", topic),
                key=verdicts._key(run.company_id, run.correlation_id, topic),
                facts=self._facts(step),
            )
        if found.verdict == "refused":
            raise RejectedError(found.detail or self.env._("Refused."), reason="process.verdict_refused")
        digest = facts_hash(self._facts(step))
        # public: fingerprints of facts, no key in them
        if step.facts_hash and digest != step.facts_hash:
            raise RejectedError(
                self.env._("It was changed after the verdict was asked for. Cancel this and start again."),
                reason="process.facts_changed",
            )
        return Finished(
            outcome=found.detail or self.env._("Cleared"),
            evidence={"verdict": found.id, "facts_hash": digest, **(found.evidence or {})},
        )

    @api.model
    def _topic(self, step):
        """:return: what the verdict is about; the part of the step's name that systems know"""
        return step.step_id.topic or "risk"


class FinanceProcessStep(models.Model):
    _inherit = "finance.process.step"

    work = fields.Selection(
        selection_add=[("finance.step.approve", "Ask for approval"), ("finance.step.verdict", "Wait for a verdict")],
        ondelete={"finance.step.approve": "cascade", "finance.step.verdict": "cascade"},
    )
    topic = fields.Char(string="Topic of the verdict", help="As the other system names it, e.g. risk.")
