from odoo import fields, models

from odoo.addons.finance_connector_base.engine import errors
from odoo.addons.finance_connector_base.engine.step import Finished, Wait


class FinanceStepTest(models.AbstractModel):
    """Does what its name says: ``effect``, ``fail``, ``fail until fixed``, ``transient``, ``bug``, ``wait`` ..."""

    _name = "finance.step.test"
    _inherit = "finance.step"
    _description = "Test Step"

    def _run(self, step):
        effects = self.env["test.finance.effect"]
        # written before it fails: nothing of it may remain
        effects.create({"key": f"{step.run_id.id}:{step.sequence}", "sequence": step.sequence})
        self.env.flush_all()
        is_fixed = effects.search_count([("key", "=", f"fixed:{step.run_id.res_id}")])
        if step.name == "fail" or (step.name == "fail until fixed" and not is_fixed):
            raise errors.RejectedError("It cannot be done.", reason="rejected", params={"difference": "1.00"})
        if step.name == "transient" and not is_fixed:
            raise errors.TransientError("Not now.")
        if step.name == "bug":
            raise KeyError("bug")
        if step.name == "wait" and not is_fixed:
            effects.search([("key", "=", f"{step.run_id.id}:{step.sequence}")]).unlink()
            return Wait(reason="a fix", key=f"fix:{step.run_id.res_id}")
        return Finished(outcome=f"did {step.name}", evidence={"effect": step.sequence})


class FinanceStepTestUndo(models.AbstractModel):
    """The same, and knows how to undo it; called ``stuck`` it does not until it is fixed."""

    _name = "finance.step.test.undo"
    _inherit = "finance.step.test"
    _description = "Test Step that Can Be Undone"

    _undoes = True

    def _compensate(self, step):
        effects = self.env["test.finance.effect"]
        effects.create({"key": f"undo:{step.run_id.id}:{step.sequence}", "sequence": step.sequence})
        self.env.flush_all()
        if step.name == "stuck" and not effects.search_count([("key", "=", f"fixed:{step.run_id.res_id}")]):
            raise errors.RejectedError("It cannot be taken back.")
        return Finished(outcome=f"undid {step.name}")


class FinanceProcessStep(models.Model):
    _inherit = "finance.process.step"

    work = fields.Selection(
        selection_add=[("finance.step.test", "Test"), ("finance.step.test.undo", "Test with undo")],
        ondelete={"finance.step.test": "cascade", "finance.step.test.undo": "cascade"},
    )
