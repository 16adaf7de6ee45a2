from odoo import api, models

from .finance_evidence_part import Table

#: business transactions whose way is shown; the newest ones
SHOWN = 100


class FinanceEvidencePartTrace(models.AbstractModel):
    """The way of each business transaction, as far as whoever asked for the bundle may see it; gaps are rows, too."""

    _name = "finance.evidence.part.trace"
    _description = "Evidence: Trace"
    _inherit = ["finance.evidence.part"]
    _file = "trace"

    @api.model
    def _title(self):
        return self.env._("Trace: the way of each business transaction, hop by hop")

    @api.model
    def _tables(self, bundle):
        ids, is_cut = self._transactions(bundle)
        # with the rights of who asked, in the one company that the bundle is about
        reader = bundle.asked_by_id
        if not reader or not ids:
            return
        trace = self.env["finance.trace"].with_user(reader).with_context(allowed_company_ids=bundle.company_id.ids)
        columns = (
            self.env._("Transaction"),
            self.env._("When"),
            self.env._("What"),
            self.env._("Where"),
            self.env._("State"),
            self.env._("Who"),
            self.env._("Detail"),
        )
        rows, hidden = [], 0
        for correlation_id in ids:
            found = trace._build(correlation_id)
            hidden += found.hidden
            rows += [self._row(correlation_id, step.hop) for step in found.steps]
            rows += [self._gap(correlation_id, missing) for missing in found.missing]
        notes = []
        if is_cut:
            notes.append(self.env._("The newest %s transactions; all entries are below.", SHOWN))
        if hidden:
            notes.append(self.env._("Records that %(who)s may not see: %(count)s.", who=reader.name, count=hidden))
        yield Table(self.env._("Trace"), columns, rows, " ".join(notes))

    @api.model
    def _transactions(self, bundle):
        """:return: (correlation ids, whether there are more)"""
        if bundle.kind == "transaction":
            return [bundle.correlation_id], False
        groups = self.env["finance.audit.entry"]._read_group(
            bundle._domain() + [("correlation_id", "!=", False)],
            ["correlation_id"],
            order="id:max desc",
            limit=SHOWN + 1,
        )
        ids = [correlation_id for (correlation_id,) in groups]
        return ids[:SHOWN], len(ids) > SHOWN

    @api.model
    def _row(self, correlation_id, hop):
        at = (f"{hop.at.date()}" if hop.is_day else f"{hop.at:%Y-%m-%d %H:%M:%S}") if hop.at else ""
        detail = " · ".join(filter(None, (hop.detail, hop.versions)))
        return [correlation_id, at, hop.title, hop.system, hop.state, hop.person, detail]

    @api.model
    def _gap(self, correlation_id, missing):
        gap = missing.gap
        due = self.env._("due %s", f"{gap.due:%Y-%m-%d %H:%M:%S}") if gap.due else ""
        state = self.env._("MISSING, late") if missing.is_late else self.env._("not there yet")
        return [correlation_id, due, gap.title, gap.system, state, "", gap.detail]
