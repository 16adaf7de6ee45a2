from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class FinanceConsolidationDimension(models.Model):
    """What balances are cut by: an analytic plan, the partner, the product category, any field of journal
    items (C-02)."""

    _name = "finance.consolidation.dimension"
    _description = "Dimension of Group Reporting"
    _order = "sequence, id"

    name = fields.Char(required=True)
    code = fields.Char(required=True, help="How conditions of the mapping name it, e.g. cost_center.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    source = fields.Selection(
        [
            ("plan", "Analytic plan"),
            ("partner", "Partner"),
            ("country", "Country of the partner"),
            ("category", "Product category"),
            ("journal", "Journal"),
            ("currency", "Currency of the transaction"),
            ("field", "Field of the journal item"),
        ],
        required=True,
        default="plan",
    )
    plan_id = fields.Many2one("account.analytic.plan", domain=[("parent_id", "=", False)], ondelete="restrict")
    field_id = fields.Many2one(
        "ir.model.fields",
        domain=[("model", "=", "account.move.line"), ("ttype", "=", "many2one"), ("store", "=", True)],
        ondelete="cascade",
    )

    _code_unique = models.UniqueIndex("(code)", "There is a dimension of this code already.")
    _source_given = models.Constraint(
        "CHECK ((source != 'plan' OR plan_id IS NOT NULL) AND (source != 'field' OR field_id IS NOT NULL))",
        "Say which plan or which field it is.",
    )

    @api.constrains("code")
    def _check_code(self):
        for dimension in self:
            if not dimension.code.isidentifier() or dimension.code in ("type", "partner_entity"):
                raise ValidationError(
                    self.env._(
                        "The code %s cannot be used in conditions. Use letters, digits and underscores, e.g. "
                        "cost_center; "
                        "type and partner_entity have a meaning already.",
                        dimension.code,
                    )
                )

    def _model(self):
        """:return: name of the model its members are of"""
        self.ensure_one()
        if self.source == "field":
            # sudo: the definition of a field
            return self.field_id.sudo().relation
        return {
            "plan": "account.analytic.account",
            "partner": "res.partner",
            "country": "res.country",
            "category": "product.category",
            "journal": "account.journal",
            "currency": "res.currency",
        }[self.source]

    def _column(self):
        """:return: SQL of the member's id, of the row ``item`` of journal items; None: shares of a
        distribution decide"""
        self.ensure_one()
        match self.source:
            case "plan":
                return None
            case "field":
                # sudo: the definition of a field; its name is looked up in the model, so it is a column of the table
                name = self.env["account.move.line"]._fields[self.field_id.sudo().name].name
                return SQL.identifier("item", name)
            case "country":
                return SQL("(SELECT p.country_id FROM res_partner p WHERE p.id = item.partner_id)")
            case "category":
                return SQL(
                    "(SELECT t.categ_id FROM product_product p JOIN product_template t ON t.id = p.product_tmpl_id"
                    " WHERE p.id = item.product_id)"
                )
        return SQL.identifier("item", f"{self.source}_id")

    def _plan_of_accounts(self):
        """:return: analytic account id -> id of its root plan, for all plans of these dimensions"""
        plans = self.plan_id
        # sudo: a package holds all of the books, whoever reads which analytic accounts
        accounts = self.env["account.analytic.account"].sudo().with_context(active_test=False)
        return {account.id: account.root_plan_id.id for account in accounts.search([("root_plan_id", "in", plans.ids)])}

    def _named(self, ids):
        """:return: member id -> (code, name) as they are today"""
        self.ensure_one()
        # sudo: members are named in the package for those who may read it
        members = self.env[self._model()].sudo().with_context(active_test=False).browse(sorted(ids)).exists()
        key = next((name for name in ("code", "ref") if name in members._fields), None)
        named = {}
        for member in members:
            code = member[key] if key else ""
            named[member.id] = (str(code or member.display_name or member.id), member.display_name or "")
        for gone in ids - named.keys():
            named[gone] = (str(gone), self.env._("deleted"))
        return named
