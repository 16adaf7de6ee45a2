from odoo import api, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionStatementProof(models.AbstractModel):
    """A statement that does not add up or has a hole before it (K-02): nothing of the account is booked until then."""

    _name = "finance.alert.condition.statement_proof"
    _description = "Alert: A bank statement is not proved"
    _inherit = ["finance.alert.condition"]
    _code = "statement_proof"
    _klass = "business"

    @api.model
    def _title(self):
        return self.env._("A bank statement does not add up")

    @api.model
    def _remedy(self):
        return self.env._(
            "Fetch what is missing before it, or ask the bank for a corrected one. Correct nothing by hand."
        )

    @api.model
    def _look(self, threshold):
        # another module of the suite; alerts do not need it
        if "finance.bank.statement" not in self.env:
            return []
        held = self.env["finance.bank.statement"].search([("state", "=", "held")])
        return [
            Sighting(
                key=str(statement.id),
                text=self.env._("%(account)s, %(statement)s: %(what)s", **self._words(statement)),
                model="finance.bank.statement",
                res_id=statement.id,
                company_id=statement.company_id.id,
                connection_id=statement.connection_id.id,
                correlation_id=statement.correlation_id or "",
                value=statement.difference,
            )
            for statement in held
        ]

    @api.model
    def _words(self, statement):
        what = self.env._("does not continue the statement before it, or cannot be booked")
        if statement.proof == "failed":
            what = self.env._(
                "differs by %(difference)s %(currency)s",
                difference=f"{statement.difference:.2f}",
                currency=statement.currency_name or "",
            )
        return {
            "account": statement.journal_id.name or self.env._("unknown account"),
            "statement": statement.name or statement.identification or statement.closing_date,
            "what": what,
        }
