from odoo import api, models

from ..canonical import Product
from ..engine.origin import origin_of
from .finance_master_guard import Mastered


class FinanceMasterProduct(models.AbstractModel):
    _name = "finance.master.product"
    _inherit = "finance.master"
    _description = "Products"

    _canonical = Product
    _records = "product.template"
    _pairs = {
        "name": "name",
        "code": "default_code",
        "type": "type",
        "price": "list_price",
        "can_be_sold": "sale_ok",
        "can_be_bought": "purchase_ok",
        "sale_taxes": "taxes_id",
        "purchase_taxes": "supplier_taxes_id",
    }

    @api.model
    def _scope(self, records):
        return records.filtered(lambda product: product.type in Product.kinds()["type"].values)

    @api.model
    def _spoken(self, record, connection):
        values = super()._spoken(record, connection)
        for name in ("sale_taxes", "purchase_taxes"):
            # a shared product has the taxes of every company
            values[name] = values[name].filtered_domain(values[name]._check_company_domain(connection.company_id))
        return values


class ProductTemplate(Mastered, models.Model):
    _inherit = "product.template"
    _master = "finance.master.product"


class ProductProduct(models.Model):
    _inherit = "product.product"

    def write(self, vals):
        # the one field of the domain that is kept on the variant
        if "default_code" not in vals or origin_of(self.env.context) or not self.env.registry.ready:
            return super().write(vals)
        master = self.env["finance.master.product"]
        templates = self.product_tmpl_id.filtered(lambda product: len(product.product_variant_ids) == 1)
        # written through the template it has the new value there already, and was judged there
        changed = master._changed(templates, vals, {"default_code"})
        judged = master._judge(templates, {"default_code": vals["default_code"]}, changed)
        dropped = self.browse().union(*(t.product_variant_ids for t, kept in judged if not kept)) & self
        result = super(ProductProduct, self - dropped).write(vals)
        rest = {name: value for name, value in vals.items() if name != "default_code"}
        if dropped and rest:
            super(ProductProduct, dropped).write(rest)
        master._after_write(templates, changed, None)
        return result
