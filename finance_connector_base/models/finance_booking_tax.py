from decimal import Decimal

from odoo import api, models
from odoo.fields import Command

from ..engine.errors import MalformedError

#: taxes of two uses may have one name; those of no use are on no line
_USES = [("type_tax_use", "in", ("sale", "purchase"))]


class FinanceBooking(models.AbstractModel):
    """Taxes of journal entries: an entry brings base and tax on lines of its own, and both have to fit together.

    Nothing is calculated for the sender: an entry is booked as it was handed in, or held. What the lines get are the
    taxes and the tags by which the tax report finds them.
    """

    _inherit = "finance.booking"

    @api.model
    def _entry_taxes(self, document, connection, currency, faults):
        """Look whether the amounts of tax are those of the bases.

        :return: list of further values, one for each line of a :class:`~..canonical.documents.JournalEntry`
        """
        lines = document.lines
        codes = [code for line in lines for code in (*(line.taxes or ()), *([line.tax] if line.tax else ()))]
        taxes = self._found("tax", codes, connection, document.date, faults, _USES)
        # sudo: how a tax is computed is no secret of a person
        taxes = {code: tax.sudo() for code, tax in taxes.items()}
        for code, tax in taxes.items():
            if not self._is_plain(tax):
                faults.append(
                    MalformedError(
                        self.env._(
                            "%s is a group, is divided, or is due with the payment: an entry cannot carry it. Bring it "
                            "as an invoice.",
                            code,
                        ),
                        reason="booking_tax_differs",
                    )
                )
        if faults or not codes:
            return [{} for _line in lines]
        found = [self._base_values(line, taxes, currency) for line in lines]
        for code, tax in taxes.items():
            self._check_tax(code, tax, lines, [due.get(tax.id, Decimal(0)) for _values, due in found], currency, faults)
        values = [values for values, _due in found]
        for line, further in zip(lines, values, strict=True):
            if line.tax:
                share = self._share(taxes[line.tax], line)
                further["tax_repartition_line_id"] = share.id
                further["tax_tag_ids"] = [Command.set(share.tag_ids.ids)]
        return values

    @api.model
    def _is_plain(self, tax):
        """:return: whether the whole amount of a tax is one amount, due with the entry"""
        shares = tax.repartition_line_ids.filtered(lambda share: share.repartition_type == "tax")
        return (
            tax.amount_type != "group"
            and tax.tax_exigibility != "on_payment"
            and len(shares) == 2
            and set(shares.mapped("factor_percent")) == {100.0}
        )

    @api.model
    def _is_reversal(self, tax, line):
        """:return: whether a line takes back: a sale is a credit, a purchase a debit"""
        return bool(line.debit) == (tax.type_tax_use == "sale")

    @api.model
    def _share(self, tax, line):
        kind = "refund" if self._is_reversal(tax, line) else "invoice"
        return tax.repartition_line_ids.filtered(
            lambda share: share.repartition_type == "tax" and share.document_type == kind
        )

    @api.model
    def _base_values(self, line, taxes, currency):
        """:return: (values of a line, dict id of a tax -> its amount as Odoo computes it, a debit above 0)"""
        if not line.taxes:
            return {"tax_ids": [Command.clear()]}, {}
        mine = self.env["account.tax"].sudo().browse([taxes[code].id for code in line.taxes])  # sudo: as above
        amount = line.debit or line.credit
        computed = mine.compute_all(
            float(amount),
            currency=currency,
            is_refund=self._is_reversal(mine[0], line),
            handle_price_include=False,
        )
        sign = 1 if line.debit else -1
        due = {}
        for tax in computed["taxes"]:
            due[tax["id"]] = due.get(tax["id"], Decimal(0)) + sign * Decimal(str(tax["amount"]))
        values = {"tax_ids": [Command.set(mine.ids)], "tax_tag_ids": [Command.set(computed["base_tags"])]}
        return values, due

    @api.model
    def _check_tax(self, code, tax, lines, due, currency, faults):
        """A sender may round each base or their sum: a unit of the currency for each base is no difference."""
        expected = sum(due, Decimal(0))
        given = sum((line.debit - line.credit for line in lines if line.tax == code), Decimal(0))
        bases = sum(code in (line.taxes or ()) for line in lines)
        unit = Decimal(1).scaleb(-currency.decimal_places)
        if abs(given - expected) > unit * bases:
            faults.append(
                MalformedError(
                    self.env._(
                        "%(code)s: the lines of the tax come to %(given)s, by their bases it is %(expected)s.",
                        code=code,
                        given=abs(given),
                        expected=abs(expected).quantize(unit),
                    ),
                    reason="booking_tax_differs",
                )
            )
