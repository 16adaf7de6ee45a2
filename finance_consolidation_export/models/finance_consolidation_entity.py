from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FinanceConsolidationEntity(models.Model):
    """A company of the group, of this database or of another one."""

    _name = "finance.consolidation.entity"
    _description = "Company of the Group"
    _order = "code, id"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True, help="What the consolidation platform calls it.")
    name = fields.Char(required=True, compute="_compute_name", store=True, readonly=False, precompute=True)
    active = fields.Boolean(default=True)
    lei = fields.Char(string="LEI", size=20)
    company_id = fields.Many2one(
        "res.company", ondelete="restrict", index=True, help="Empty: its books are kept elsewhere."
    )
    partner_ids = fields.Many2many(
        "res.partner",
        "finance_consolidation_entity_partner_rel",
        string="Other partners",
        help="Under what other partners it is known in the books. The company's own partner counts by itself.",
    )

    keeper_id = fields.Many2one(
        "res.company",
        string="Received by",
        index=True,
        help="Books that are kept elsewhere: the company whose people receive its packages. Empty: none are received.",
    )
    currency_id = fields.Many2one("res.currency", help="Books that are kept elsewhere: their currency.")
    is_approved_there = fields.Boolean(
        string="Approved there",
        help="Packages that three people approved in another database of the suite are approved here as they arrive, "
        "if nothing blocks them. Otherwise they go through the three steps here.",
    )

    _code_unique = models.UniqueIndex("(code)", "There is a company of the group with this code already.")
    _company_unique = models.UniqueIndex(
        "(company_id) WHERE company_id IS NOT NULL", "This company is in the group already."
    )

    @api.depends("company_id")
    def _compute_name(self):
        for entity in self:
            entity.name = entity.name or entity.company_id.name

    @api.depends("code", "name")
    def _compute_display_name(self):
        for entity in self:
            entity.display_name = f"{entity.code or ''} {entity.name or ''}".strip()

    @api.constrains("company_id", "keeper_id", "currency_id")
    def _check_keeper(self):
        for entity in self:
            if entity.company_id and entity.keeper_id:
                raise ValidationError(
                    self.env._("%s has its books here; its packages are built, not received.", entity.display_name)
                )
            if entity.keeper_id and not entity.currency_id:
                raise ValidationError(self.env._("Say in which currency the books of %s are.", entity.display_name))

    @api.constrains("partner_ids", "company_id")
    def _check_partners(self):
        seen = {}
        for entity in self.with_context(active_test=False)._all():
            for partner in entity.partner_ids | entity.company_id.partner_id:
                other = seen.setdefault(partner, entity)
                if other != entity:
                    raise ValidationError(
                        self.env._(
                            "%(partner)s stands for %(one)s already; it cannot stand for %(other)s too.",
                            partner=partner.display_name,
                            one=other.display_name,
                            other=entity.display_name,
                        )
                    )

    @api.model
    def _all(self):
        """:return: the whole group, whoever asks: there are as many as companies"""
        # sudo: who belongs to the group does not depend on who builds a package
        return self.sudo().search([])  # pylint: disable=no-search-all

    @api.model
    def _by_partner(self):
        """:return: (partner id, entity id) of every partner that is a company of the group, contacts included"""
        named = {
            partner.id: entity.id
            for entity in self._all()
            for partner in entity.partner_ids | entity.company_id.partner_id
        }
        contacts = self.env["res.partner"].sudo().with_context(active_test=False)  # sudo: as above
        found = contacts.search_fetch([("commercial_partner_id", "in", list(named))], ["commercial_partner_id"])
        return {partner.id: named[partner.commercial_partner_id.id] for partner in found} | named

    def _companies(self):
        """:return: the company and those of its branches that are no companies of the group themselves"""
        self.ensure_one()
        # sudo: a package holds all of its books
        company = self.company_id.sudo()
        branches = company.search([("id", "child_of", company.id)])
        others = self.sudo().search([("company_id", "in", branches.ids), ("id", "!=", self.id)]).company_id
        return branches - company.search([("id", "child_of", others.ids)])
