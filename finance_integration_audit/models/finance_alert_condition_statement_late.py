from datetime import timedelta

from odoo import api, models

from ..alerting.rhythm import overdue
from ..alerting.sighting import Sighting

#: days of statements that tell the rhythm; an account without any in them is no longer served
LOOK_BACK = 120


class FinanceAlertConditionStatementLate(models.AbstractModel):
    """An account whose statement has not come on the day on which it usually comes (M-09): one alert an account."""

    _name = "finance.alert.condition.statement_late"
    _description = "Alert: A bank statement is missing"
    _inherit = ["finance.alert.condition"]
    _code = "statement_late"
    _klass = "business"

    @api.model
    def _title(self):
        return self.env._("A bank statement has not come")

    @api.model
    def _unit(self):
        return self.env._("working days")

    @api.model
    def _remedy(self):
        return self.env._("See whether the flow fetches and what it last found; then ask the bank for the statement.")

    @api.model
    def _look(self, threshold):
        # another module of the suite; alerts do not need it
        if "finance.bank.statement" not in self.env:
            return []
        today = self.env.cr.now().date()
        groups = self.env["finance.bank.statement"]._read_group(
            [
                ("purpose", "=", "statement"),
                ("journal_id", "!=", False),
                ("journal_id.active", "=", True),
                ("closing_date", ">=", today - timedelta(days=LOOK_BACK)),
            ],
            ["journal_id"],
            ["closing_date:array_agg", "connection_id:recordset"],
        )
        found = []
        for journal, days, connections in groups:
            known = [day for day in days if day]
            due = overdue(known, today, int(threshold))
            if due is None:
                continue
            found.append(
                Sighting(
                    key=str(journal.id),
                    text=self.env._(
                        "%(journal)s: no statement since the one until %(last)s; the next was due on %(due)s",
                        journal=journal.name,
                        last=max(known),
                        due=due,
                    ),
                    model="account.journal",
                    res_id=journal.id,
                    company_id=journal.company_id.id,
                    connection_id=connections[:1].id,
                    value=(today - due).days,
                )
            )
        return found
