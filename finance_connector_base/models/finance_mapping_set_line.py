from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError


class FinanceMapping(models.Model):
    """Mappings as lines of a change set: until that is decided, nobody decides about them alone."""

    _inherit = "finance.mapping"

    set_id = fields.Many2one(
        "finance.mapping.set", string="Change set", ondelete="set null", index="btree_not_null", copy=False
    )

    @api.constrains("set_id", "company_id", "connection_id")
    def _check_companies_of_set(self):
        self.set_id._check_companies()

    @api.model_create_multi
    def create(self, vals_list):
        mappings = super().create(vals_list)
        mappings.set_id._governed_touch()
        return mappings

    def write(self, vals):
        left = self.set_id if "set_id" in vals else self.env["finance.mapping.set"]
        left._governed_touch()
        return super().write(vals)

    def unlink(self):
        left = self.set_id
        left._governed_touch()
        return super().unlink()

    def _governed_touch(self):
        result = super()._governed_touch()
        self.set_id._governed_touch()
        return result

    def _governed_undo_proposal(self):
        """Make drafts of proposals without a decision about them."""
        self.write({"state": "draft", "proposed_by_id": False, "proposed_at": False, "proposed_hash": False})

    def _governed_leaving(self, other):
        """EXTENDS: what another line of the set replaces, or the set retires, makes room as well."""
        leaving = super()._governed_leaving(other)
        if leaving is not None or not self.set_id or self.state == "active":
            return leaving
        if other in self.set_id.retire_ids:
            return date.min
        successor = self.set_id.mapping_ids.filtered(lambda line: line.replaces_id == other)[:1]
        return successor._governed_takes_over(other) if successor else None

    def _governed_ask(self):
        """EXTENDS: for lines the set asks."""
        return super(FinanceMapping, self.filtered(lambda mapping: not mapping.set_id))._governed_ask()

    def _told_in_set(self):
        """:return: which code, for whom: two lines of one text collide"""
        self.ensure_one()
        mapping = self.sudo()  # sudo: the name of a connection is no secret to who sees the mapping
        parts = [mapping.domain_id.name, mapping._told_rule()]
        parts += [part for part in (mapping.connection_id.name, mapping.company_id.name) if part]
        return " / ".join(parts)

    def _told_rule(self):
        """:return: the rule as one reads it"""
        self.ensure_one()
        labels = dict(self._fields["operation"]._description_selection(self.env))
        rule = self.code if self.operation == "equals" else f"{labels[self.operation]} {self.code}"
        return f"{rule} ({self.qualifier})" if self.qualifier else rule

    def _told_target(self):
        """:return: the record, and the period where there is one"""
        self.ensure_one()
        target = self._record_label() or "-"
        if not self.valid_from and not self.valid_to:
            return target
        return self.env._(
            "%(record)s, from %(first)s to %(last)s",
            record=target,
            first=self.valid_from or "-",
            last=self.valid_to or "-",
        )

    # -- steps ---------------------------------------------------------------------------------

    def _check_alone(self):
        for mapping in self:
            if mapping.set_id and mapping.state in ("draft", "proposed"):
                raise UserError(
                    self.env._(
                        "%(code)s belongs to the change set %(set)s, which is decided as a whole.",
                        code=mapping.display_name,
                        set=mapping.sudo().set_id.name,  # sudo: told to who sees the mapping
                    )
                )

    def action_propose(self):
        """Hand it to another person for approval."""
        self._check_governor()
        self._check_alone()
        return super().action_propose()

    def action_withdraw(self):
        """Take a proposal back; it is a draft again."""
        self._check_governor()
        self._check_alone()
        return super().action_withdraw()

    def action_reject(self):
        """Open the dialog that asks why the proposal is refused."""
        self._check_governor()
        self._check_alone()
        return super().action_reject()

    def _reject(self, reason):
        self._check_governor()
        self._check_alone()
        return super()._reject(reason)

    def action_approve(self):
        """Put it into force; whoever wrote or proposed it may not."""
        self._check_governor()
        self._check_alone()
        return super().action_approve()

    def action_make_set(self):
        """Put drafts, and new versions of mappings in use, into one change set."""
        self._check_governor()
        drafts = self.filtered(lambda mapping: mapping.state == "draft" and not mapping.set_id)
        others = self - drafts
        if others.filtered(lambda mapping: mapping.state != "active"):
            raise UserError(self.env._("Choose drafts that are in no change set, and mappings in use."))
        for mapping in others:
            drafts |= mapping._next_version(mapping)
        change = drafts._put_together(self.env._("Change of %s mappings", len(drafts)))
        return change._open(change)

    def _put_together(self, name):
        """:return: the new change set of these drafts"""
        change = self.env["finance.mapping.set"].create({"name": name})
        self.write({"set_id": change.id})
        return change

    def _sets_of_import(self, name):
        """:return: a change set for each company of which a file brought several mappings that are in none yet"""
        sets = self.env["finance.mapping.set"]
        free = self.filtered(lambda draft: not draft.set_id)
        for company, drafts in free.grouped(lambda draft: draft._governed_company()).items():
            if len(drafts) > 1:
                sets |= drafts._put_together(f"{name}: {company.name}" if company else name)
        return sets


class FinanceChange(models.Model):
    _inherit = "finance.change"

    set_id = fields.Many2one("finance.mapping.set", string="Change set", readonly=True, index="btree_not_null")

    @api.model
    def _log_values(self, record, event, before, after):
        values = super()._log_values(record, event, before, after)
        if record._name == "finance.mapping.set":
            values["set_id"] = record.id
        elif record._name == "finance.mapping" and event != "retired":
            values["set_id"] = record.set_id.id
        return values
