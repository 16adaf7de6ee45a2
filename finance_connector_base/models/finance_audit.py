from odoo import api, models


class FinanceAudit(models.AbstractModel):
    """The audit hook every module calls; silent until finance_integration_audit is installed.

    Call it from the code that does the thing (approval, replay, override, change of a
    mapping or a secret, change of state of money), inside the same transaction, so that
    the evidence and the effect stand or fall together.
    """

    _name = "finance.audit"
    _description = "Audit Hook"

    @api.model
    def _record(self, event, record, *, reason=None, before=None, after=None, correlation_id=None):
        """Write one audit entry.

        :param str event: stable dotted name, e.g. ``message.replayed``
        :param record: the record it happened to (one record, or an empty recordset)
        :param str reason: what the person gave as a reason
        :param dict before: JSON-able facts before (never a secret, never a full account number)
        :param dict after: the same after
        :param str correlation_id: business transaction it belongs to
        """
        return
