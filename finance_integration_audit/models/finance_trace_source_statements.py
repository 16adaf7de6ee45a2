from odoo import api, models

from ..lineage.hops import BAD, GOOD, WAITS, Hop


class FinanceTraceSourceStatements(models.AbstractModel):
    """Statements as the bank sent them, where that module is there: collections of bank lines."""

    _name = "finance.trace.source.statements"
    _description = "Trace: Received Statements"
    _inherit = ["finance.trace.source"]
    _traced = ("finance.bank.statement",)
    _stage = 70
    _references = ("name", "identification", "correlation_id")

    @api.model
    def _links(self, records):
        for statement in records:
            yield statement, statement.message_id | statement.file_message_id, False
            yield statement, statement.entry_ids.line_id, True

    @api.model
    def _back(self, records):
        if records._name == "finance.message":
            yield from self._pointing("finance.bank.statement", "message_id", records)
            yield from self._pointing("finance.bank.statement", "file_message_id", records)

    @api.model
    def _tone(self, record):
        return {"posted": GOOD, "held": BAD}.get(record.state, WAITS)

    @api.model
    def _hops(self, records):
        for statement in records:
            yield Hop(
                key=(statement._name, statement.id),
                at=statement.create_date,
                rank=70,
                title=self.env._("Statement of the bank read: %s", statement.name or statement.identification or ""),
                system=statement.connection_id.display_name or self._here(statement.company_id),
                state=self._label(statement, "state"),
                detail=self._label(statement, "proof"),
                tone=self._tone(statement),
            )
