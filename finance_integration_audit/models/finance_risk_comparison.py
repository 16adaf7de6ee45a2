from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine.errors import FinanceError
from odoo.addons.finance_connector_base.safe import strict_json

from ..const import OFFICER
from ..risk import consistency
from ..risk.hold import LATE, WAITING

#: states here -> statuses that a risk system knows
STATUS = {WAITING: "pending", LATE: "pending"}


class FinanceRiskComparison(models.Model):
    """What a risk system holds compared with what is held here: id, time, currency, amount, entity, status (R-03)."""

    _name = "finance.risk.comparison"
    _description = "Risk Compared with Accounting"
    _order = "id desc"
    _rec_name = "at"
    _allow_sudo_commands = False

    flow_id = fields.Many2one("finance.flow", required=True, readonly=True, ondelete="restrict", string="Risk system")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    at = fields.Datetime(string="Compared", required=True, readonly=True)
    compared_count = fields.Integer(string="Holds here", readonly=True)
    difference_count = fields.Integer(string="Differences", readonly=True)
    line_ids = fields.One2many("finance.risk.comparison.line", "comparison_id", readonly=True)

    @api.model
    def _compare(self, flow, tolerance=timedelta(minutes=5)):
        """Ask the risk system what it knows, and write down what differs."""
        company = flow.company_id
        try:
            with flow.connection_id._http() as client:
                theirs = self._theirs(strict_json.loads(client.get("holds").body))
        except FinanceError as error:
            raise UserError(self.env._("The risk system did not answer: %s", error.detail)) from error
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise UserError(self.env._("What the risk system lists cannot be read.")) from error
        # sudo: all that is held of the company, whoever compares
        holds = self.env["finance.risk.hold"].sudo().search([("policy_id.flow_id", "=", flow.id)])
        found = consistency.compare([self._ours(hold) for hold in holds], theirs, tolerance)
        by_id = holds.grouped("correlation_id")
        comparison = self.sudo().create(  # sudo: written here alone
            {
                "flow_id": flow.id,
                "company_id": company.id,
                "at": self.env.cr.now(),
                "compared_count": len(holds),
                "difference_count": len(found),
                "line_ids": [
                    fields.Command.create(
                        {
                            "company_id": company.id,
                            "correlation_id": one.id,
                            "hold_id": by_id[one.id].id if one.id in by_id else False,
                            "kind": one.kind,
                            "ours": one.ours,
                            "theirs": one.theirs,
                        }
                    )
                    for one in found
                ],
            }
        )
        self.env["finance.audit"]._record(
            "risk.compared", comparison, after={"holds": len(holds), "differences": len(found)}
        )
        return comparison.sudo(False)

    @api.model
    def _ours(self, hold):
        told = hold._question()
        status = hold.verdict_ids.sorted("id")[-1:].word or STATUS.get(hold.state, "pending")
        return consistency.Event(
            id=hold.correlation_id,
            at=hold.asked_at,
            entity=told["entity"],
            currency=told["currency"],
            amount=Decimal(told["amount"]),
            status=status,
        )

    @api.model
    def _theirs(self, told):
        return [
            consistency.Event(
                id=str(one["correlation_id"]),
                at=datetime.fromisoformat(one["at"]),
                entity=str(one["entity"]),
                currency=str(one["currency"]),
                amount=Decimal(str(one["amount"])),
                status=str(one["status"]),
            )
            for one in told["holds"]
        ]

    def action_compare(self):
        """Compare now with each risk system of the companies that are chosen."""
        self.env["finance.message"]._check_role(OFFICER)
        self.check_access("read")
        policies = self.env["finance.risk.policy"].search([("company_id", "in", self.env.companies.ids)])
        # sudo: the engine asks; the role was checked
        for flow in policies.sudo().flow_id:
            self._compare(flow)
        return {"type": "ir.actions.client", "tag": "soft_reload"}


class FinanceRiskComparisonLine(models.Model):
    """One difference between a risk system and accounting."""

    _name = "finance.risk.comparison.line"
    _description = "Difference between Risk and Accounting"
    _order = "id"
    _rec_name = "correlation_id"
    _allow_sudo_commands = False

    comparison_id = fields.Many2one(
        "finance.risk.comparison", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    correlation_id = fields.Char(string="Correlation id", required=True, readonly=True)
    hold_id = fields.Many2one("finance.risk.hold", readonly=True)
    kind = fields.Selection(
        [
            ("missing_there", "Not known to the risk system"),
            ("missing_here", "Not known here"),
            ("twice", "There twice"),
            ("entity", "Company"),
            ("currency", "Currency"),
            ("amount", "Amount"),
            ("status", "Status"),
            ("time", "Time"),
        ],
        string="What differs",
        required=True,
        readonly=True,
    )
    ours = fields.Char(string="Here", readonly=True)
    theirs = fields.Char(string="There", readonly=True)
