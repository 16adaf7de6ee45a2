from datetime import datetime, time, timedelta

from odoo import api, models

from ..lineage.hops import GOOD, WAITS, Gap, Hop

#: days in which a bank line should be reconciled
RECONCILED_DAYS = 2


class FinanceTraceSourceBankLines(models.AbstractModel):
    """Lines of bank statements in the ledger."""

    _name = "finance.trace.source.bank.lines"
    _description = "Trace: Bank Lines"
    _inherit = ["finance.trace.source"]
    _traced = ("account.bank.statement.line",)
    _stage = 80
    _references = ("payment_ref", "ref", "name", "finance_entry_id.end_to_end_id", "finance_entry_id.bank_reference")

    @api.model
    def _links(self, records):
        for line in records:
            if "finance_entry_id" in line._fields:
                yield line, line.finance_entry_id.statement_id, False
        # a bank line stands for its entry
        for move, other, _at in self.env["finance.trace.source.documents"]._reconciled(records.move_id):
            yield move.statement_line_id, other, False

    @api.model
    def _state(self, record):
        return self.env._("Reconciled") if record.is_reconciled else self.env._("Not reconciled")

    @api.model
    def _tone(self, record):
        return GOOD if record.is_reconciled else WAITS

    @api.model
    def _hops(self, records):
        for line in records:
            currency = line.foreign_currency_id or line.currency_id
            amount = line.amount_currency if line.foreign_currency_id else line.amount
            yield Hop(
                key=(line._name, line.id),
                at=line.create_date,
                rank=80,
                title=self.env._("Booked by the bank: %s", currency.format(amount)),
                system=line.journal_id.name,
                state=self._state(line),
                detail=line.payment_ref or "",
                person=line.create_uid.name or "",
                tone=self._tone(line),
            )

    @api.model
    def _gaps(self, records):
        for line in records.filtered(lambda line: not line.is_reconciled):
            yield Gap(
                key=(line._name, line.id),
                title=self.env._("Not reconciled: %s", line.payment_ref or line.display_name),
                system=self._here(line.company_id),
                due=datetime.combine(line.date, time.max).replace(microsecond=0) + timedelta(days=RECONCILED_DAYS),
                detail=(line.foreign_currency_id or line.currency_id).format(line.amount_residual),
            )
