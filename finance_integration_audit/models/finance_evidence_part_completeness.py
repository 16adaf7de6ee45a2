from odoo import api, models

from .finance_evidence_part import Table

#: days that are shown
SHOWN = 2000


class FinanceEvidencePartCompleteness(models.AbstractModel):
    """Expected, received, posted and accepted of the flows and days that a bundle is about, and what is missing."""

    _name = "finance.evidence.part.completeness"
    _description = "Evidence: Completeness"
    _inherit = ["finance.evidence.part"]
    _file = "completeness"

    @api.model
    def _title(self):
        return self.env._("Completeness: expected, received, processed and accepted by flow and day")

    @api.model
    def _tables(self, bundle):
        days = self.env["finance.completeness"].sudo()  # sudo: of the bundle's company; who asks was checked
        found = days.search(self._domain(bundle), order="day, flow_id", limit=SHOWN + 1)
        if not found:
            return
        states = dict(days._fields["state"]._description_selection(self.env))
        names = ("day", "flow_id", "expected", "received", "refused", "posted", "accepted", "open", "lost")
        columns = [days._fields[name]._description_string(self.env) for name in names]
        columns += [self.env._("Totals"), self.env._("State"), self.env._("What differs")]
        rows = [
            [
                str(one.day),
                one.flow_id.display_name,
                one.expected if one.is_expected else "",
                *(one[name] for name in names[3:]),
                one.totals_text or "",
                states.get(one.state, ""),
                one.finding_text or "",
            ]
            for one in found[:SHOWN]
        ]
        note = self.env._("The first %s days and flows.", SHOWN) if len(found) > SHOWN else ""
        yield Table(self.env._("Completeness"), tuple(columns), rows, note)

    @api.model
    def _domain(self, bundle):
        domain = [("company_id", "=", bundle.company_id.id)]
        if bundle.kind == "flow":
            domain.append(("flow_id", "=", bundle.flow_id.id))
        elif bundle.kind == "transaction":
            messages = self.env["finance.message"].sudo()  # sudo: days and flows
            found = messages.search([("correlation_id", "=", bundle.correlation_id)])
            days = {message.create_date.date() for message in found}
            domain += [("flow_id", "in", found.flow_id.ids), ("day", "in", list(days))]
        else:
            if bundle.date_from:
                domain.append(("day", ">=", bundle.date_from))
            if bundle.date_to:
                domain.append(("day", "<=", bundle.date_to))
        return domain
