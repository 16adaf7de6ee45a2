from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .finance_bank_ledger import QUIET


class FinanceBankSettlement(models.AbstractModel):
    """Settles the suspense amount of one bank line through Odoo: items, differences, accounts, returns.

    Everything here is done with ``account.move`` and ``reconcile()``, so that Odoo's own rules
    (exchange differences, cash basis taxes, locks) hold, and Odoo's own undo takes it back.
    """

    _name = "finance.bank.settlement"
    _description = "Settlement of Bank Lines"

    @api.model
    def _settle(self, line, settlement):
        """:param settlement: :class:`~..ledger.plan.Settlement`
        :raise UserError: when the line, an item or the period is not open
        """
        self._lock(line, settlement)
        _liquidity, suspense, other = line._seek_for_lines()
        if len(suspense) != 1 or other:
            raise UserError(self.env._("This line is reconciled already. Undo that first."))
        locks = line.company_id._get_violated_lock_dates(line.date, False, line.journal_id)
        if locks:
            raise UserError(
                self.env._("The line falls into a closed period: %s.", line.company_id._format_lock_dates(locks))
            )
        if settlement.origin_line_id:
            self._settle_return(line, suspense, settlement)
        elif settlement.item_ids:
            self._settle_items(line, suspense, settlement)
        else:
            self._settle_account(line, suspense, settlement)

    @api.model
    def _lock(self, line, settlement):
        """Whoever comes second waits, and is told by PostgreSQL that its picture of the rows is old."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL("SELECT id FROM account_bank_statement_line WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
                [line.id, *([settlement.origin_line_id] if settlement.origin_line_id else [])])
        )  # fmt: skip
        self._lock_items(settlement.item_ids)

    @api.model
    def _lock_items(self, item_ids):
        if item_ids:
            self.env.cr.execute(
                SQL("SELECT id FROM account_move_line WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", list(item_ids))
            )

    # -- items -------------------------------------------------------------------------------

    @api.model
    def _settle_items(self, line, suspense, settlement):
        items = self.env["account.move.line"].browse(settlement.item_ids).exists()
        if len(items) != len(settlement.item_ids) or any(i.reconciled or i.parent_state != "posted" for i in items):
            raise UserError(self.env._("What was to be paid is not open any more."))
        account, partner = items.account_id, items.partner_id
        # payments on their way that the bank booked together are of many
        if len(account) > 1 or len(partner) > 1 and not all(item.payment_id for item in items):
            raise UserError(self.env._("Choose items of one partner and one account."))
        partner = partner if len(partner) == 1 else partner.browse()
        values = {"account_id": account.id, **({"partner_id": partner.id} if partner else {})}
        kind = settlement.difference
        if kind == "exchange":
            # the bank told no amount in the currency of the items: the line pays them, Odoo books the difference
            values |= {
                "currency_id": items.currency_id.id,
                "amount_currency": -sum(items.mapped("amount_residual_currency")),
                "balance": suspense.balance,
            }
            self._write(suspense, values)
        elif kind:
            self._split(line, suspense, values, self._difference_values(line, suspense, items, settlement))
            suspense = line.move_id.line_ids.filtered(lambda item: item.account_id == account)
        else:
            self._write(suspense, values)
        (suspense | items).reconcile()

    @api.model
    def _difference_values(self, line, suspense, items, settlement):
        if settlement.difference == "discount":
            return self._discount_values(suspense, items, settlement)
        if settlement.difference == "write_off":
            account = self.env["account.account"].browse(settlement.account_id)
            if items.currency_id != suspense.currency_id:
                raise UserError(self.env._("A difference can be written off in the currency of the line alone."))
        else:
            account = line.journal_id._finance_difference_account(settlement.difference)
        return [self._item_values(suspense, account, float(settlement.difference_amount), items.partner_id)]

    @api.model
    def _discount_values(self, suspense, items, settlement):
        """Odoo's own split of an early payment discount into discount and tax."""
        amount = float(settlement.difference_amount)
        balance = self._company_amount(suspense, amount)
        found = self.env["account.move"]._get_invoice_counterpart_amls_for_early_payment_discount(
            [
                {
                    "aml": item,
                    "amount_currency": -item.amount_residual_currency,
                    "balance": -item.amount_residual,
                }
                for item in items
                if item.discount_date
            ],
            balance,
        )
        values = [{**vals, "partner_id": items.partner_id.id} for group in found.values() for vals in group]
        if abs(sum(vals["amount_currency"] for vals in values) - amount) > suspense.currency_id.rounding / 2:
            raise UserError(self.env._("The discount is not what the terms of payment say."))
        return values

    # -- accounts ----------------------------------------------------------------------------

    @api.model
    def _settle_account(self, line, suspense, settlement):
        account = self.env["account.account"].browse(settlement.account_id)
        if not account.active or line.company_id not in account.company_ids:
            raise UserError(self.env._("%s cannot be chosen here.", account.display_name))
        values = {"account_id": account.id}
        if settlement.partner_id:
            values["partner_id"] = settlement.partner_id
        if settlement.label:
            values["name"] = settlement.label
        if settlement.analytic:
            values["analytic_distribution"] = dict(settlement.analytic)
        if settlement.tax_ids:
            taxes = self.env["account.tax"].browse(settlement.tax_ids)
            base, rest = self._tax_values(line, suspense, taxes, account)
            self._replace(line, suspense, values | base, rest)
        else:
            self._write(suspense, values)

    @api.model
    def _tax_values(self, line, suspense, taxes, account):
        """The amount of the line contains the tax, whatever the tax says by itself.

        :return: (values of the base item, values of the tax items)
        """
        tax = self.env["account.tax"]
        gross = suspense.amount_currency
        is_sale = account.internal_group == "income"
        sign = -1 if is_sale else 1
        base_line = tax._prepare_base_line_for_taxes_computation(
            suspense,
            price_unit=gross * sign,
            quantity=1.0,
            discount=0.0,
            tax_ids=taxes,
            account_id=account,
            partner_id=self.env["res.partner"].browse(suspense.partner_id.id),
            currency_id=suspense.currency_id,
            rate=abs(gross / suspense.balance) if suspense.balance else 1.0,
            sign=sign,
            special_mode="total_included",
            is_refund=gross * sign < 0,
        )
        base_lines = [base_line]
        tax._add_tax_details_in_base_lines(base_lines, line.company_id)
        tax._round_base_lines_tax_details(base_lines, line.company_id)
        tax._add_accounting_data_in_base_lines_tax_details(base_lines, line.company_id)
        found = tax._prepare_tax_lines(base_lines, line.company_id)
        [(_base, base)] = found["base_lines_to_update"]
        rest = [
            {name: value for name, value in vals.items() if name in suspense._fields and name not in ("move_id", "id")}
            for vals in found["tax_lines_to_add"]
        ]
        return {"tax_ids": [(6, 0, taxes.ids)], "tax_tag_ids": base["tax_tag_ids"]}, rest

    # -- returns -----------------------------------------------------------------------------

    @api.model
    def _settle_return(self, line, suspense, settlement):
        """The payment is undone: what it had paid is open again, payment and return are reconciled."""
        origin = self.env["account.bank.statement.line"].browse(settlement.origin_line_id)
        _liquidity, open_part, counterpart = origin._seek_for_lines()
        counterpart = counterpart.filtered(lambda item: item.account_id.reconcile)
        if open_part or len(counterpart.account_id) != 1 or origin.company_id != line.company_id:
            raise UserError(self.env._("The payment that came back is not reconciled with open items."))
        if (
            self.env["finance.bank.match"]
            .sudo()
            .search_count(  # sudo: whoever may settle need not see matches
                [("origin_line_id", "=", origin.id), ("state", "=", "active")], limit=1
            )
        ):
            raise UserError(self.env._("This payment came back before."))
        counterpart.remove_move_reconcile()
        values = {"account_id": counterpart.account_id.id, "partner_id": counterpart.partner_id.id}
        if settlement.fee:
            fee = float(settlement.fee)
            account = line.journal_id._finance_difference_account("charges")
            self._split(line, suspense, values, [self._item_values(suspense, account, fee, counterpart.partner_id)])
            suspense = line.move_id.line_ids.filtered(lambda item: item.account_id == counterpart.account_id)
        else:
            self._write(suspense, values)
        (suspense | counterpart).reconcile()
        self.env["finance.bank.match"]._mark_returned(origin, line)

    # -- journal items -----------------------------------------------------------------------

    @api.model
    def _item_values(self, suspense, account, amount, partner):
        """:param amount: in the currency of the suspense item, positive is a cost"""
        return {
            "account_id": account.id,
            "partner_id": partner.id,
            "name": suspense.name,
            "currency_id": suspense.currency_id.id,
            "amount_currency": suspense.currency_id.round(amount),
            "balance": self._company_amount(suspense, amount),
        }

    @api.model
    def _company_amount(self, suspense, amount):
        """At the rate of the line itself."""
        rate = suspense.balance / suspense.amount_currency if suspense.amount_currency else 1.0
        return suspense.company_currency_id.round(amount * rate)

    @api.model
    def _split(self, line, suspense, values, rest):
        """Take the new items off the suspense item, which becomes the counterpart: the entry stays balanced."""
        values = {
            **values,
            "amount_currency": suspense.currency_id.round(
                suspense.amount_currency - sum(vals["amount_currency"] for vals in rest)
            ),
            "balance": suspense.company_currency_id.round(suspense.balance - sum(vals["balance"] for vals in rest)),
        }
        line.move_id.with_context(skip_readonly_check=True, skip_invoice_sync=True, **QUIET).write(
            {"line_ids": [(1, suspense.id, values), *((0, 0, vals) for vals in rest)]}
        )

    @api.model
    def _replace(self, line, suspense, values, rest):
        """As :meth:`_split`, with a new item: Odoo sets no taxes on an item that is posted."""
        values = {
            "name": suspense.name,
            "partner_id": suspense.partner_id.id,
            "currency_id": suspense.currency_id.id,
            **values,
            "amount_currency": suspense.currency_id.round(
                suspense.amount_currency - sum(vals["amount_currency"] for vals in rest)
            ),
            "balance": suspense.company_currency_id.round(suspense.balance - sum(vals["balance"] for vals in rest)),
        }
        context = {"skip_readonly_check": True, "skip_invoice_sync": True, "force_delete": True, **QUIET}
        line.move_id.with_context(**context).write(
            {"line_ids": [(2, suspense.id), (0, 0, values), *((0, 0, vals) for vals in rest)]}
        )

    @api.model
    def _write(self, suspense, values):
        suspense.with_context(skip_readonly_check=True, **QUIET).write(values)
