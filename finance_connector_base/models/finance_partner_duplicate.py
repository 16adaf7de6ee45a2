from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..const import STEWARD
from ..matching.likeness import Party, pairs

#: written together
PAGE = 1000


class FinancePartnerDuplicate(models.Model):
    """Two partners that may be one: a person merges them or says that they are two, once and for all."""

    _name = "finance.partner.duplicate"
    _description = "Possible Duplicate"
    _order = "score desc, id"
    _rec_name = "name"
    _allow_sudo_commands = False

    first_id = fields.Many2one("res.partner", string="Partner", readonly=True, ondelete="set null", index=True)
    second_id = fields.Many2one("res.partner", string="Other partner", readonly=True, ondelete="set null", index=True)
    name = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    score = fields.Integer(readonly=True, aggregator=None)
    reasons = fields.Char(readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("merged", "Merged"), ("dismissed", "Two partners")],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)

    _pair_unique = models.UniqueIndex("(first_id, second_id) WHERE first_id IS NOT NULL AND second_id IS NOT NULL")

    @api.model
    def _look_soon(self):
        """A partner has arrived: look before the night does."""
        # sudo: waking a scheduled action needs no right of its own
        self.env.ref("finance_connector_base.ir_cron_partner_duplicate").sudo()._trigger()

    @api.model
    def _cron_find(self):
        """Look for pairs among all partners; those decided about do not come up again."""
        parties, companies = self._parties()
        labels = self._reason_labels()
        known = {
            tuple(row)
            for row in self.env.execute_query(SQL("SELECT first_id, second_id FROM finance_partner_duplicate"))
        }
        found = [
            pair
            for pair in pairs(parties)
            if (pair.first, pair.second) not in known
            # partners of two companies are two
            and len({companies[pair.first], companies[pair.second]} - {None}) <= 1
        ]
        names = {party.id: party.name for party in parties}
        self.create(
            [
                {
                    "first_id": pair.first,
                    "second_id": pair.second,
                    "name": f"{names[pair.first]} / {names[pair.second]}",
                    "company_id": companies[pair.first] or companies[pair.second],
                    "score": pair.score,
                    "reasons": ", ".join(str(labels[reason]) for reason in pair.reasons),
                }
                for pair in found
            ]
        )
        return len(found)

    @api.model
    def _parties(self):
        """:return: (parties, dict id -> company id or None), with two queries"""
        self.env["res.partner"].flush_model()
        self.env["res.partner.bank"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.id, p.name, c.code, p.vat, p.company_id
                  FROM res_partner p LEFT JOIN res_country c ON c.id = p.country_id
                 WHERE p.active AND p.parent_id IS NULL AND p.partner_share AND p.name IS NOT NULL
                """
            )
        )
        accounts = {}
        for partner_id, number in self.env.execute_query(
            SQL("SELECT partner_id, sanitized_acc_number FROM res_partner_bank WHERE active")
        ):
            accounts.setdefault(partner_id, set()).add(number)
        parties = [
            Party(
                id=partner_id,
                name=name,
                country=country,
                vat=(vat or "").replace(" ", "").upper() or None,
                accounts=frozenset(accounts.get(partner_id, ())),
            )
            for partner_id, name, country, vat, _company in rows
        ]
        return parties, {row[0]: row[4] for row in rows}

    def _reason_labels(self):
        return {
            "vat": self.env._("same tax number"),
            "account": self.env._("same bank account"),
            "name": self.env._("same name and country"),
            "similar": self.env._("similar name"),
        }

    def _check_may_decide(self):
        if not self.env.user.has_group(STEWARD):
            raise AccessError(self.env._("Only a mapping steward decides about master data."))
        self.check_access("read")
        for duplicate in self:
            if duplicate.state != "open" or not (duplicate.first_id and duplicate.second_id):
                raise UserError(self.env._("%s was decided already.", duplicate.name))

    def action_merge(self):
        """Merge the second partner into the first, with Odoo's own merge and its own checks."""
        self._check_may_decide()
        for duplicate in self:
            both = duplicate.first_id | duplicate.second_id
            if len(both.exists()) < 2:
                continue
            # Odoo's merge asks who may merge and what may be merged
            wizard = self.env["base.partner.merge.automatic.wizard"]
            wizard.check_access("create")
            into = duplicate.first_id
            duplicate.sudo().write({"state": "merged", "decided_by_id": self.env.uid})  # sudo: the role was checked
            self.env["finance.audit"]._record("master.merged", into, after={"merged": duplicate.second_id.id})
            wizard._merge(both.ids, into)
        return True

    def action_dismiss(self):
        """They are two: do not ask again."""
        self._check_may_decide()
        # sudo: the role was checked
        self.sudo().write({"state": "dismissed", "decided_by_id": self.env.uid})
        for duplicate in self:
            self.env["finance.audit"]._record("master.kept_apart", duplicate, after={"reasons": duplicate.reasons})
        return True
