from odoo import api, models


class FinanceBankDecision(models.AbstractModel):
    """One decision of a person about one bank line: done, written down, and learned from."""

    _name = "finance.bank.decision"
    _description = "Decisions about Bank Lines"

    @api.model
    def _decide(self, line, plan, *, agreed, score, partner):
        """Settle a line as a person said; the caller has checked who that is.

        :param plan: :class:`~..ledger.plan.LinePlan` with its settlement
        :param agreed: it is the engine's best answer
        :param score: of the engine's best answer, 0 when it had none
        :param partner: partner of the items; several where payments of many were booked together
        """
        settlement = plan.settlement
        self.env["finance.bank.settlement"]._settle(line, settlement)
        self.env["finance.bank.match"].sudo()._record(
            [(line, plan, agreed, score)], mode="person"
        )  # sudo: engine's row
        entry = line.finance_entry_id.sudo()  # sudo: entries are written by nobody
        if entry:
            entry.write({"match_outcome": "person", "match_rule": plan.rule})
            # payments of many that the bank booked together teach nothing about the next booking
            if not settlement.origin_line_id and len(partner) <= 1:
                self.env["finance.bank.lesson"].sudo()._learn(  # sudo: lessons are written by nobody by hand
                    entry,
                    partner_id=partner.id or settlement.partner_id,
                    account_id=settlement.account_id,
                )
        self.env["finance.audit"]._record(
            "bank.line.reconciled",
            line,
            after={
                "items": list(settlement.item_ids),
                "account": self.env["account.account"].browse(settlement.account_id).code or False,
                "difference": settlement.difference,
            },
            correlation_id=line.finance_correlation_id,
        )
