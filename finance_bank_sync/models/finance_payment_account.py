"""When an account of a payee was entered or changed, and by whom: money to new accounts is looked at twice."""

from datetime import timedelta

from odoo import api, fields, models

#: what decides where money goes
_NUMBERS = frozenset(("acc_number", "acc_holder_name", "partner_id", "bank_id", "clearing_number"))


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    payment_changed_at = fields.Datetime(
        string="Account changed",
        readonly=True,
        copy=False,
        help="When the number, the holder or the bank was entered or changed. Payments to it need one approval more "
        "for some days (a setting of the company).",
    )
    payment_changed_by_id = fields.Many2one(
        "res.users",
        string="Account changed by",
        readonly=True,
        copy=False,
        help="Approves and releases no payment to the account in these days.",
    )

    def _changed_now(self):
        return {"payment_changed_at": self.env.cr.now().replace(microsecond=0), "payment_changed_by_id": self.env.uid}

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS base: a new account is one that was changed."""
        return super().create([{**vals, **self._changed_now()} for vals in vals_list])

    def write(self, vals):
        """EXTENDS base: whoever changes where money goes is noted, and nobody writes that note."""
        vals = {name: value for name, value in vals.items() if name not in self._changed_now()}
        moved = _NUMBERS & vals.keys()
        changed = self.filtered(lambda account: any(account._is_other(name, vals[name]) for name in moved))
        result = super().write(vals)
        if changed:
            super(ResPartnerBank, changed).write(changed._changed_now())
        return result

    def _is_other(self, name, value):
        field = self._fields[name]
        return self[name] != field.convert_to_record(field.convert_to_cache(value, self), self)

    def _payment_is_new(self, company):
        """:return: those of the accounts that were entered or changed within the days of the company's setting"""
        if not company.payment_account_days:
            return self.browse()
        since = self.env.cr.now() - timedelta(days=company.payment_account_days)
        return self.filtered(lambda account: (account.payment_changed_at or account.create_date) >= since)


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    is_new_account = fields.Boolean(
        string="New account", compute="_compute_is_new_account", help="Entered or changed lately: look at it twice."
    )

    @api.depends("partner_bank_id.payment_changed_at", "company_id.payment_account_days")
    def _compute_is_new_account(self):
        for company, lines in self.grouped("company_id").items():
            # sudo: when it was changed, for whoever sees the payment
            new = lines.sudo().partner_bank_id._payment_is_new(company.sudo())
            for line in lines:
                line.is_new_account = line.partner_bank_id in new


class ResCompany(models.Model):
    _inherit = "res.company"

    payment_account_days = fields.Integer(
        string="Days an account is new",
        default=30,
        help="Payments to an account that was entered or changed within so many days need one approval more, and "
        "whoever changed it decides nothing about them. Nothing: accounts are never new.",
    )

    _payment_account_days = models.Constraint("CHECK (payment_account_days >= 0)", "Days are not negative.")
