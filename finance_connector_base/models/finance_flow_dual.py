from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..engine import states
from ..engine.outcome import Ignored
from ..engine.work import current_work

#: set by the steps of ``finance.dual.run`` alone
PROTECTED = {"dual_run_id", "is_shadow"}


class FinanceFlow(models.Model):
    """A flow in a dual run: one of the two works, the other one is compared (B-51)."""

    _inherit = "finance.flow"

    dual_run_id = fields.Many2one(
        "finance.dual.run", string="Dual run", readonly=True, copy=False, ondelete="restrict", index="btree_not_null"
    )
    is_shadow = fields.Boolean(
        string="Compared only",
        readonly=True,
        copy=False,
        help="Its messages are accepted and compared, and none of them has an effect.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [{**vals, **dict.fromkeys(PROTECTED, False)} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and PROTECTED & vals.keys():
            raise AccessError(self.env._("A dual run decides which of two flows works."))
        return super().write(vals)


class FinanceHandler(models.AbstractModel):
    _inherit = "finance.handler"

    #: its messages are the transactions of a domain, and can be compared in a dual run
    _is_comparable = False

    @api.model
    def _admit(self, message):
        # EXTENDS: of two flows that run side by side one works
        work = current_work.get()
        if work is not None and work.is_dual and not self._makes_others(message):
            verdict = message._dual_verdict()
            if verdict is not None:
                return verdict
        return super()._admit(message)

    @api.model
    def _makes_others(self, message):
        """:return: whether all that becomes of the message are others of its flow, such as the objects of a file"""
        return False

    @api.model
    def _compared_content(self, message):
        """:return: what the message says, as a dict; None when there is nothing to compare. OVERRIDE where it is
        no data of the message
        """
        data = message._data_or_none()
        return self.env["finance.master"]._unsealed(data, message.connection_id) if isinstance(data, dict) else None

    @api.model
    def _shown_content(self, message):
        """:return: dict of what a person sees, masked, who compares the message with another. EXTENDS where that is
        more than the data of the message
        """
        return message._data_or_none() or {}

    @api.model
    def _compared_key(self, message, content):
        """:return: what both feeds call the transaction, when the dual run does not say where to find it"""
        return message.business_key


class FinanceMessage(models.Model):
    _inherit = "finance.message"

    def _dual_verdict(self):
        """Ask the dual run of the flow, right before the work.

        A shadow holds the row of its flow, which a cut-over changes: a message is either compared before it, or
        worked after it.

        :return: None, or the outcome that takes the place of the work
        """
        self.ensure_one()
        if self.kind == "fetch":
            return None
        self.env.cr.execute(
            SQL("SELECT is_shadow, dual_run_id FROM finance_flow WHERE id = %s FOR SHARE", self.flow_id.id)
        )
        is_shadow, run_id = self.env.cr.fetchone()
        if not run_id:
            return None
        run = self.env["finance.dual.run"].sudo().browse(run_id)  # sudo: asked by the worker
        if is_shadow:
            return Ignored(
                reason="dual_shadow",
                detail=self.env._("%s: compared only. The other flow works the transaction.", run.name),
            )
        worked = run._worked_by_other(self)
        if not worked:
            return None
        return Ignored(
            reason="dual_worked",
            detail=self.env._("%(run)s: message %(other)s has worked it already.", run=run.name, other=worked),
        )

    def _dual_outcome(self):
        """:return: what became of a final message, as the comparison counts it"""
        self.ensure_one()
        if self.state == states.DONE:
            return "worked"
        return "shadow" if self.reason_code in ("dual_shadow", "dual_worked") else "settled"
