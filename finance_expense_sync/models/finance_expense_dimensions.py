from decimal import Decimal

from odoo import api, models

from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.engine.once import once

from .finance_expense_codes import UNMAPPED

ANALYTIC = "account.analytic.account"


class FinanceExpenseDimensions(models.AbstractModel):
    """Turns cost centres, projects and other dimensions into analytic distributions."""

    _name = "finance.expense.dimensions"
    _description = "Dimensions of Expenses"

    @api.model
    def _given(self, document, line, share=None):
        """:return: dict dimension -> code; a share tells more than its line, and that more than the report"""
        return {**document.dimensions, **line.dimensions, **(share.dimensions if share else {})}

    @api.model
    def _analytic(self, work, connection, day, facts):
        """Translate all dimensions of a report; those that nobody has made a kind of mapping for tell nothing.

        :return: dict (dimension, code) -> analytic account
        :raise FinanceError: a needed one is missing, or a code is not mapped
        """
        document = work.document
        asked = {}
        for line in document.lines:
            if line.is_owed:
                continue
            for share in line.allocations or (None,):
                given = self._given(document, line, share)
                for name in work.policy._dimensions():
                    if name not in given:
                        raise MalformedError(
                            self.env._(
                                "The expense of %(day)s (%(amount)s) lacks %(name)s.",
                                day=line.date,
                                amount=line.amount,
                                name=name.replace("_", " "),
                            ),
                            reason=UNMAPPED.get(name, "expense_unmapped_dimension"),
                            params={"dimension": name, "line": line.external_id},
                            waiting_key=self.env["finance.expense.gate"]._waiting_key(work),
                        )
                for name, code in given.items():
                    asked.setdefault(name, {})[code] = None
        kinds = once((self._name,), self._kinds) if asked else ()
        return {
            (kind.code, code): record
            for kind in kinds
            if kind.code in asked
            for code, record in self.env["finance.expense.codes"]
            ._mapped(connection, work.company, kind.code, asked[kind.code], day=day, facts=facts)
            .items()
        }

    @api.model
    def _kinds(self):
        # sudo: the catalogue of kinds
        return self.env["finance.mapping.domain"].sudo().search([("res_model", "=", ANALYTIC)])

    @api.model
    def _distribution(self, centers, given):
        """:return: analytic distribution: accounts of several plans share one key, as Odoo writes it"""
        ids = sorted({centers[item].id for item in given.items() if item in centers})
        return ((",".join(map(str, ids)), Decimal(100)),) if ids else ()
