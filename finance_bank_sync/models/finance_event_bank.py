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
    def _write(self, statement, plans):
        lines = super()._write(statement, plans)
        event = self.env["finance.event"]
        company_id = statement.company_id.id
        if not any(event._wants(one.name, company_id) for one in TYPES):
            return lines
        names = self.env["finance.api"]._names()
        account = names.of("account", statement.journal_id.id)
        currency = (statement.journal_id.currency_id or statement.company_id.currency_id).name
        common = {"company_id": company_id, "correlation_id": statement.correlation_id}
        name = names.of("statement", statement.id)
        if plans and event._wants("finance.payment.booked", company_id):
            # sudo: entries are the engine's rows
            entries = self.env["finance.bank.entry"].sudo().browse([plan.entry_id for plan in plans])
            event._emit(
                "finance.payment.booked",
                [
                    {
                        **common,
                        "subject": names.of("bankline", entry.id),
                        "data": {
                            "id": names.of("bankline", entry.id),
                            "statement": name,
                            "account": account,
                            "amount": format(plan.amount, "f"),
                            "currency": currency,
                            "booked_on": plan.date,
                            "end_to_end_id": mask_text(entry.end_to_end_id) if entry.end_to_end_id else None,
                            "matched": plan.is_decided,
                        },
                    }
                    for entry, plan in zip(entries, plans, strict=True)
                ],
            )
        if event._wants("finance.statement.imported", company_id):
            data = {
                "id": name,
                "account": account,
                "currency": currency,
                "from_date": statement.from_date or statement.opening_date or None,
                "to_date": statement.to_date or statement.closing_date or None,
                "opening": exact(statement.opening) if statement.has_opening else None,
                "closing": exact(statement.closing) if statement.has_closing else None,
                "lines": len(plans),
            }
            event._emit("finance.statement.imported", [{**common, "subject": name, "data": data}])
        return lines
