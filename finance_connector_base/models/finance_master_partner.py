from dataclasses import replace

from odoo import api, models

from ..canonical import Partner
from .finance_master_guard import Mastered


class FinanceMasterPartner(models.AbstractModel):
    _name = "finance.master.partner"
    _inherit = "finance.master"
    _description = "Customers and Vendors"

    _canonical = Partner
    _records = "res.partner"
    _pairs = {
        "name": "name",
        "is_company": "is_company",
        "reference": "ref",
        "vat": "vat",
        "email": "email",
        "phone": "phone",
        "street": "street",
        "street2": "street2",
        "zip": "zip",
        "city": "city",
        "country": ("country_id", "code"),
        "customer_payment_term": "property_payment_term_id",
        "vendor_payment_term": "property_supplier_payment_term_id",
    }

    @api.model
    def _scope(self, records):
        # contacts and addresses belong to their company, colleagues and our own companies to Odoo
        # sudo: whether a partner is one of our companies is no secret
        return records.filtered(lambda p: not p.parent_id and p.partner_share and not p.sudo().ref_company_ids)

    @api.model
    def _speaks_of_new(self, vals, env):
        return not vals.get("parent_id", env.context.get("default_parent_id"))

    @api.model
    def _normalise(self, obj):
        return replace(obj, vat=obj.vat.replace(" ", "").upper()) if obj.vat else obj

    @api.model
    def _arrived(self, record, connection, message):
        # EXTENDS: what came may be here already under another name
        self.env["finance.partner.duplicate"]._look_soon()
        return super()._arrived(record, connection, message)


class ResPartner(Mastered, models.Model):
    _inherit = "res.partner"
    _master = "finance.master.partner"


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        # the partner of a colleague is made with the user, whoever owns customers and vendors
        engine = self.env["res.partner"]._as_engine().env
        return super(ResUsers, self.with_env(engine)).create(vals_list).with_env(self.env)


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        # the same for the partner of a company
        engine = self.env["res.partner"]._as_engine().env
        return super(ResCompany, self.with_env(engine)).create(vals_list).with_env(self.env)
