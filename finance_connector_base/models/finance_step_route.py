from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.errors import RejectedError
from ..engine.step import Finished


class FinanceStepRoute(models.AbstractModel):
    """An approved routing table says where the record goes; the steps after this one read it (B-36, B-38)."""

    _name = "finance.step.route"
    _inherit = "finance.step"
    _description = "Ask a Routing Table"

    _kinds = frozenset({"route"})

    @api.model
    def _run(self, step):
        code = step.step_id.routing_code
        if not code:
            raise RejectedError(
                self.env._("Enter the routing table on the step %s of the process.", step.name),
                reason="routing_missing",
            )
        route = self.env["finance.routing"]._route(code, self._routing_facts(step), step.run_id.company_id)
        target = (route.flow or route.connection).name or route.value
        return Finished(
            outcome=self.env._("%(row)s: goes to %(target)s", row=route.row.name, target=target),
            evidence={
                "table": code,
                "version": route.version,
                "row": route.row.name,
                "flow_id": route.flow.id,
                "connection_id": route.connection.id,
                "value": route.value,
                "why": route.why,
            },
        )

    @api.model
    def _routing_facts(self, step):
        """:return: what the conditions of the table are about: ``_routing_facts()`` of the record, else the facts
        that are approved, with the amount as a number"""
        record = step._record()
        if hasattr(record, "_routing_facts"):
            return record._routing_facts()
        facts = dict(step._record_facts())
        if hasattr(record, "_process_amount"):
            facts["amount"] = record._process_amount()
        if "currency_id" in record._fields:
            facts["currency"] = record.currency_id.name
        return facts


class FinanceProcessStep(models.Model):
    _inherit = "finance.process.step"

    work = fields.Selection(
        selection_add=[("finance.step.route", "Ask a routing table")],
        ondelete={"finance.step.route": "cascade"},
    )
    routing_code = fields.Char(string="Routing table", help="Code of an approved table, e.g. payment.channel.")

    @api.constrains("work", "routing_code")
    def _check_routing_code(self):
        for step in self:
            if step.work == "finance.step.route" and not step.routing_code:
                raise ValidationError(self.env._("Say which routing table the step %s asks.", step.name))


class FinanceProcessRun(models.Model):
    _inherit = "finance.process.run"

    def _routed(self):
        """Say where the latest routing step sent the record.

        :return: (flow, connection, value); all empty when none has been done
        """
        self.ensure_one()
        routed = self.step_ids.filtered(lambda step: step.work == "finance.step.route" and step.state == "done")
        found = routed[-1:].evidence or {}
        return (
            self.env["finance.flow"].browse(found.get("flow_id") or ()).exists(),
            self.env["finance.connection"].browse(found.get("connection_id") or ()).exists(),
            found.get("value") or "",
        )
