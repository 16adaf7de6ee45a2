"""Who pays and who is paid beyond name and address: LEI, national numbers of firms and of banks (K-09, K-32)."""

import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..payments import clearing
from ..payments.identifiers import is_lei
from ..payments.model import Agent, Code, Identification
from ..payments.versions import DIALECTS


class ResPartner(models.Model):
    _inherit = "res.partner"

    finance_lei = fields.Char(
        string="LEI",
        size=20,
        help="Legal Entity Identifier (ISO 17442); banks are told it where the message can say it.",
    )

    @api.constrains("finance_lei")
    def _check_finance_lei(self):
        for partner in self.filtered("finance_lei"):
            if not is_lei(partner.finance_lei):
                raise ValidationError(
                    self.env._("%s: that is no LEI, its check digits do not fit.", partner.display_name)
                )

    @api.model
    def _commercial_fields(self):
        # EXTENDS: of the firm, not of whom one writes to
        return [*super()._commercial_fields(), "finance_lei"]

    def _payment_identity(self, version, *, with_tax_number=False):
        """:return: values of the :class:`~..payments.model.Party` that tell who it is in registers"""
        values = {}
        firm = self.commercial_partner_id
        if firm.finance_lei and not DIALECTS[version].is_first:
            values["lei"] = firm.finance_lei
        # "/" is how Odoo writes that somebody has none
        if with_tax_number and firm.vat and firm.vat != "/":
            number = Identification(number=firm.vat, scheme=Code(value="TXID"))
            values |= {"identifications": (number,), "is_person": not firm.is_company}
        if values.get("is_person"):
            values.pop("lei", None)
        return values


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    def _payment_agent(self):
        # EXTENDS: an IBAN says which bank it is; of other accounts the clearing number does
        agent = super()._payment_agent()
        number = re.sub(r"[^0-9A-Z]", "", (self.clearing_number or "").upper())
        if not number or (account := self._payment_account()) and account.iban:
            return agent
        system = clearing.system_of(self.bank_id.country.code or self.partner_id.country_id.code)
        bic = agent.bic if agent else None
        return Agent(bic=bic, clearing_system=system, clearing_member=number)


class AccountJournal(models.Model):
    _inherit = "account.journal"

    finance_initiator_number = fields.Char(
        string="Our number at the bank",
        size=35,
        help="Who hands orders in, as this bank or the country wants it told (InitgPty): a customer or contract number,"
        " a tax number with suffix, the number in the register of firms. Empty: the name is enough.",
    )
    finance_initiator_scheme = fields.Selection(
        [
            ("CUST", "Customer number (CUST)"),
            ("BANK", "Number given by the bank (BANK)"),
            ("TXID", "Tax number (TXID)"),
            ("COID", "Number in the register of firms (COID)"),
        ],
        string="Kind of number",
        help="Empty: the bank wants the number alone.",
    )
    finance_initiator_issuer = fields.Char(
        string="Issued by", size=35, help="Where the bank asks for it, e.g. KBO-BCE in Belgium."
    )

    def _payment_initiator(self):
        """:return: values of the :class:`~..payments.model.Party` that hands orders of this account in"""
        if not self.finance_initiator_number:
            return {}
        scheme = Code(value=self.finance_initiator_scheme) if self.finance_initiator_scheme else None
        number = Identification(
            number=self.finance_initiator_number, scheme=scheme, issuer=self.finance_initiator_issuer or None
        )
        return {"identifications": (number,)}
