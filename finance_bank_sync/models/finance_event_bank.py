from odoo import api, models

from odoo.addons.finance_connector_base.events import by_name
from odoo.addons.finance_connector_base.safe.masking import mask_text

from ..cash.events import TYPES
from .finance_bank_programs import exact


class FinanceEvent(models.Model):
    _inherit = "finance.event"

    @api.model
    def _types(self):
        return {**super()._types(), **by_name(TYPES)}


class FinanceBankLedger(models.AbstractModel):
    """Tells of statements and bookings as they reach the ledger."""

    _inherit = "finance.bank.ledger"

    @api.model
    def _write(self, statement, portions):
        # EXTENDS
        lines = super()._write(statement, portions)
        if self.env["finance.event"]._wants("finance.statement.imported", statement.company_id.id):
            common = self._told(statement)
            data = {
                "id": common["subject"],
                "account": self._account_name(statement),
                "currency": self._currency_name(statement),
                "from_date": statement.from_date or statement.opening_date or None,
                "to_date": statement.to_date or statement.closing_date or None,
                "opening": exact(statement.opening) if statement.has_opening else None,
                "closing": exact(statement.closing) if statement.has_closing else None,
                "lines": len(lines),
            }
            self.env["finance.event"]._emit("finance.statement.imported", [{**common, "data": data}])
        return lines

    @api.model
    def _write_portion(self, statement, bank_statement, plans, moved):
        # EXTENDS
        lines = super()._write_portion(statement, bank_statement, plans, moved)
        if not self.env["finance.event"]._wants("finance.payment.booked", statement.company_id.id):
            return lines
        common = self._told(statement)
        same = {
            "statement": common["subject"],
            "account": self._account_name(statement),
            "currency": self._currency_name(statement),
        }
        names = self.env["finance.api"]._names()
        # sudo: entries are the engine's rows
        entries = self.env["finance.bank.entry"].sudo().browse([plan.entry_id for plan in plans])
        facts = []
        for entry, plan in zip(entries, plans, strict=True):
            name = names.of("bankline", entry.id)
            data = {
                "id": name,
                **same,
                "amount": format(plan.amount, "f"),
                "booked_on": plan.date,
                "end_to_end_id": mask_text(entry.end_to_end_id) if entry.end_to_end_id else None,
                "matched": plan.is_decided,
            }
            facts.append({**common, "subject": name, "data": data})
        self.env["finance.event"]._emit("finance.payment.booked", facts)
        return lines

    @api.model
    def _told(self, statement):
        """:return: dict of what an event about a statement begins with"""
        return {
            "company_id": statement.company_id.id,
            "correlation_id": statement.correlation_id,
            "subject": self.env["finance.api"]._names().of("statement", statement.id),
        }

    @api.model
    def _account_name(self, statement):
        return self.env["finance.api"]._names().of("account", statement.journal_id.id)

    @api.model
    def _currency_name(self, statement):
        return (statement.journal_id.currency_id or statement.company_id.currency_id).name
