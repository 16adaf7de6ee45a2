from dataclasses import replace

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.base.models.res_bank import sanitize_account_number

from ..canonical import PartnerBank
from ..engine.origin import origin_of
from ..safe.masking import mask_account
from .finance_master_guard import Mastered


class FinanceMasterBank(models.AbstractModel):
    """Where somebody is paid: nothing new is trusted before another person has approved it.

    A new or changed account that nobody has trusted is written, without trust. What would change
    a trusted one waits: until the approval the account that was trusted stays as it is.
    """

    _name = "finance.master._bank"
    _inherit = "finance.master"
    _description = "Bank Accounts"

    _records = "res.partner.bank"
    #: canonical field that says whose it is
    _party = None
    #: changing one of these makes another account of it
    _identity = frozenset()
    _needs_trust = True

    @api.model
    def _is_approved_here(self, company):
        """:return: whether somebody answers for the bank accounts of a company, so that they need an approval"""
        return bool(self.env["finance.ownership.register"]._row(self._code(), company))

    @api.model
    def _called(self, record):
        # EXTENDS: also the numbers that are no IBAN
        return mask_account(record.acc_number or "")

    @api.model
    def _normalise(self, obj):
        return replace(obj, account_number=sanitize_account_number(obj.account_number)) if obj.account_number else obj

    @api.model
    def _spoken(self, record, connection):
        values = super()._spoken(record, connection)
        return {**values, "account_number": record.sanitized_acc_number or None}

    @api.model
    def _write_accepted(self, record, values, connection, message):
        changes = self._identity & values.keys()
        if not changes:
            return super()._write_accepted(record, values, connection, message)
        if record.allow_out_payment:
            self._ask_trust(record, values, connection.company_id, connection=connection, message=message)
            return False
        super()._write_accepted(record, values, connection, message)
        self._ask_trust(record, {}, connection.company_id, connection=connection, message=message)
        return True

    @api.model
    def _arrived(self, record, connection, message):
        self._ask_trust(record, {}, connection.company_id, connection=connection, message=message)
        return super()._arrived(record, connection, message)

    @api.model
    def _create_record(self, vals, connection):
        return super()._create_record({**vals, "allow_out_payment": False}, connection)

    @api.model
    def _ask_trust(self, record, values, company, *, connection=None, message=None):
        """Propose to trust an account: as it is, or with the changes given."""
        record = record.with_company(company)
        shown = values or {
            self._party: {"partner_id": record.partner_id.id},
            "account_number": {"acc_number": record.acc_number},
        }
        return self.env["finance.master.proposal"]._propose(
            self, record, shown, company, kind="trust", connection=connection, message=message
        )

    @api.model
    def _carry_out(self, proposal, record, vals):
        if proposal.kind != "trust":
            super()._carry_out(proposal, record, vals)
            return
        self._check_unchanged(proposal, record)
        engine = record._as_engine(proposal.connection_id.id or None)
        if record.allow_out_payment:
            engine.write({"allow_out_payment": False, **vals})
        elif self._differing(record, vals):
            raise UserError(
                self.env._("%s has changed since the proposal was made. Refuse it, and ask again.", record.display_name)
            )
        # Odoo itself asks whether the approver may validate bank accounts
        engine.write({"allow_out_payment": True})

    @api.model
    def _differing(self, record, vals):
        return [name for name, value in vals.items() if self._differs(record, name, value)]


class FinanceMasterPartnerBank(models.AbstractModel):
    """Where customers and vendors are paid."""

    _name = "finance.master.partner.bank"
    _inherit = "finance.master._bank"
    _description = "Bank Accounts of Partners"

    _canonical = PartnerBank
    _pairs = {
        "partner": "partner_id",
        "account_number": "acc_number",
        "holder": "acc_holder_name",
        "currency": ("currency_id", "name"),
    }
    _party = "partner"
    _identity = frozenset({"partner", "account_number", "holder", "currency"})
    _urgent = frozenset({"active", *_identity})

    @api.model
    def _scope(self, records):
        # sudo: whether a partner is one of our companies is no secret
        return records.filtered(lambda bank: not bank.sudo().partner_id.ref_company_ids)


class ResPartnerBank(Mastered, models.Model):
    _inherit = "res.partner.bank"
    _master = "finance.master.partner.bank"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if origin_of(self.env.context) or not self.env.registry.ready:
            return records
        for record in records._in_need_of_approval():
            record.sudo()._as_engine().allow_out_payment = False  # sudo: trust is taken away, whoever gave it
            record._mastered_by()._ask_trust(record, {}, record._approving_company())
        return records

    def write(self, vals):
        if origin_of(self.env.context) or not self.env.registry.ready:
            return super().write(vals)
        governed = self._in_need_of_approval()
        if governed and vals.get("allow_out_payment"):
            return self._write_without_trust(governed, vals)
        identity = {"partner_id", "acc_number", "acc_holder_name", "currency_id"} & vals.keys()
        master = self._mastered_by()
        edited = governed.filtered(lambda bank: any(master._differs(bank, name, vals[name]) for name in identity))
        result = super().write(vals)
        for record in edited:
            master._ask_trust(record, {}, record._approving_company())
        return result

    def _write_without_trust(self, governed, vals):
        """Trusting an account is asked for here, and given by another person."""
        (self - governed).write(vals)
        others = {name: value for name, value in vals.items() if name != "allow_out_payment"}
        if others:
            governed.write(others)
        for record in governed.filtered(lambda bank: not bank.allow_out_payment):
            record._mastered_by()._ask_trust(record, {}, record._approving_company())._tell_proposer()
        return True

    def _in_need_of_approval(self):
        master = self._mastered_by()
        return master._scope(self).filtered(lambda bank: master._is_approved_here(bank._approving_company()))

    def _approving_company(self):
        self.ensure_one()
        return self.company_id or self.env.company
