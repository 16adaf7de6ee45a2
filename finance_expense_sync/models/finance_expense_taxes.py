from decimal import Decimal

from odoo import api, models

from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError
from odoo.addons.finance_connector_base.engine.once import once

from ..posting.shares import divide, rounded
from ..posting.taxes import Given, Slice, Tax, expected
from .finance_expense_codes import TAX


class FinanceExpenseTaxes(models.AbstractModel):
    """Taxes of an expense as the platform says them, and as the ledger knows them (E-11, E-22)."""

    _name = "finance.expense.taxes"
    _description = "Taxes of Expenses"

    @api.model
    def _portions(self, share, amounts, decimals):
        """:return: for each share of a line what it has of a tax: (amount, base, reclaimable), each summing exactly"""
        weights = [abs(amount) for amount in amounts]
        columns = [
            [None] * len(amounts) if value is None else divide(rounded(value, decimals), weights, decimals)
            for value in (share.amount, share.base, share.reclaimable)
        ]
        return list(zip(*columns, strict=True))

    @api.model
    def _given(self, work, connection, line, bearer, facts, portions):
        """:return: (list of :class:`Given`, taxes) of a share of a line"""
        none = self.env["account.tax"]
        if work.policy.tax_rule == "none" or not line.taxes or line.is_owed:
            return [], none
        codes = [self._tax_code(share) for share in line.taxes]
        day = self.env["finance.expense.coder"]._day(work.document)
        found = self.env["finance.expense.codes"]._mapped(connection, bearer, TAX, codes, day=day, facts=facts)
        given, records = [], none
        is_blocked = work.policy.tax_needs_receipt and not self._is_proved(line)
        for code, (amount, base, reclaimable) in zip(codes, portions, strict=True):
            tax = found[code]
            records |= tax
            if is_blocked:
                reclaimable = Decimal(0)
            given.append(Given(tax=self._known_tax(tax), amount=amount, base=base, reclaimable=reclaimable))
        return given, records

    @api.model
    def _is_proved(self, line):
        """:return: whether a receipt proves the tax of a line; mileage and per diems have none"""
        return line.kind == "expense" and bool(line.receipts) and not line.is_receipt_missing

    @api.model
    def _tax_code(self, share):
        """:return: code of a tax; where the platform has none its rate, written as people do"""
        if share.code:
            return share.code
        return f"{share.rate.normalize():f} %" if share.rate is not None else "no code"

    @api.model
    def _known_tax(self, tax):
        return once((self._name, tax.id), lambda: self._tax(tax))

    @api.model
    def _tax(self, tax):
        """:return: :class:`Tax`
        :raise FinanceError: an expense cannot carry it
        """
        if tax.amount_type == "group" or tax.tax_exigibility == "on_payment":
            raise RejectedError(
                self.env._("%s is a group or due with the payment: an expense cannot carry it.", tax.name),
                reason="expense_tax_unusable",
                params={"tax_id": tax.id},
            )

        def slices(lines):
            return tuple(
                Slice(
                    factor=Decimal(repr(line.factor_percent)),
                    account=line.account_id.id or None,
                    key=line.id,
                    tags=tuple(line.tag_ids.ids),
                )
                for line in lines
                if line.repartition_type == "tax"
            )

        def tags(lines):
            return tuple(lines.filtered(lambda line: line.repartition_type == "base").tag_ids.ids)

        return Tax(
            key=tax.id,
            percent=Decimal(repr(tax.amount)) if tax.amount_type == "percent" else None,
            slices=slices(tax.invoice_repartition_line_ids),
            refund_slices=slices(tax.refund_repartition_line_ids),
            base_tags=tags(tax.invoice_repartition_line_ids),
            refund_base_tags=tags(tax.refund_repartition_line_ids),
        )

    @api.model
    def _check(self, work, line, given, decimals):
        """The tax that the platform says has to be what its rate comes to (E-11)."""
        if "expense_tax_mismatch" in work.passed:
            return
        tolerance = Decimal(str(work.policy.tax_tolerance))
        single = len(line.taxes) == 1
        for number, share in enumerate(line.taxes):
            if number >= len(given):
                return
            tax = given[number].tax
            gross = share.base + share.amount if share.base is not None else line.amount if single else None
            if gross is None:
                continue
            if tax.is_reverse:
                gross = share.base if share.base is not None else line.amount
                if not share.amount:
                    continue
            ours = expected(gross, tax, decimals)
            if ours is not None and abs(ours - share.amount) > tolerance:
                raise MalformedError(
                    self.env._(
                        "The tax of the expense of %(day)s is %(theirs)s on the platform, and %(ours)s by the rate of "
                        "%(percent)s %% here.",
                        day=line.date,
                        theirs=share.amount,
                        ours=ours,
                        percent=tax.percent.normalize(),
                    ),
                    reason="expense_tax_mismatch",
                    params={"line": line.external_id, "ours": str(ours), "theirs": str(share.amount)},
                    waiting_key=self.env["finance.expense.gate"]._waiting_key(work),
                )
