from odoo import api, models

from ..lineage.hops import BAD, GOOD, WAITS, Gap, Hop

#: a document that is held, whatever was said about it
HELD = ("waiting", "late", "rejected", "contradicted")


class FinanceTraceSourceRisk(models.AbstractModel):
    """Documents that a risk system held: what it was asked, what it said, who released nevertheless (R-01, X-08)."""

    _name = "finance.trace.source.risk"
    _description = "Trace: Risk Holds"
    _inherit = ["finance.trace.source"]
    _traced = ("finance.risk.hold",)
    _stage = 35
    _references = ("correlation_id", "document", "reference")

    @api.model
    def _links(self, records):
        for hold in records:
            yield hold, hold.move_id, False

    @api.model
    def _back(self, records):
        if records._name == "account.move":
            yield from self._pointing("finance.risk.hold", "move_id", records)

    @api.model
    def _tone(self, record):
        if record.state in ("released", "overridden"):
            return GOOD
        return WAITS if record.state == "waiting" else BAD

    @api.model
    def _hops(self, records):
        for hold in records:
            key, system = (hold._name, hold.id), self._here(hold.company_id)
            yield Hop(
                key=key,
                at=hold.asked_at,
                rank=35,
                title=self.env._("Held until a risk system releases it: %s", hold.display_name),
                system=system,
                state=self._state(hold),
                detail=hold.policy_id.name or "",
                tone=self._tone(hold),
            )
            for verdict in hold.verdict_ids:
                yield Hop(
                    key=key,
                    at=verdict.at,
                    rank=36,
                    title=self.env._("The risk system said: %s", self._label(verdict, "word")),
                    system=hold.policy_id.flow_id.connection_id.name or "",
                    tone=GOOD if verdict.word == "released" else BAD,
                )

    @api.model
    def _gaps(self, records):
        for hold in records.filtered(lambda one: one.state in HELD):
            yield Gap(
                key=(hold._name, hold.id),
                title=self.env._("Not released: %s", hold.display_name),
                system=hold.policy_id.flow_id.connection_id.name or "",
                due=hold.due_at or None,
                detail=self._state(hold),
            )
