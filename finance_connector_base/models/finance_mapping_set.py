from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine.difference import difference, fingerprint
from .finance_governed import difference_table


class FinanceMappingSet(models.Model):
    """Several mappings that are proposed, approved, rejected and rolled back as one, or not at all.

    The lines are versions of mappings as any other. While they are in a set that is not decided, the set
    decides about them; what is approved is what was proposed of all of them.
    """

    _name = "finance.mapping.set"
    _description = "Change Set of Mappings"
    _inherit = ["finance.governed", "finance.mapping.impacted"]
    _order = "id desc"
    _allow_sudo_commands = False
    _governed_event = "mapping.set"
    _governed_notes = frozenset({"impact_days"})
    _impact_field = "set_id"
    _governed_protected = {"rolls_back_id": False, "retire_ids": False}

    name = fields.Char(string="What", required=True)
    note = fields.Text(string="Why")
    state = fields.Selection(selection_add=[("active", "In force"), ("retired", "Rolled back")])
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True, index=True)
    mapping_ids = fields.One2many("finance.mapping", "set_id", string="Mappings")
    retire_ids = fields.Many2many(
        "finance.mapping",
        "finance_mapping_set_retire_rel",
        string="No longer used",
        readonly=True,
        copy=False,
        help="Mappings that had no version before the set that is rolled back.",
    )
    line_count = fields.Integer(compute="_compute_line_count", string="Lines")
    rolls_back_id = fields.Many2one("finance.mapping.set", string="Rolls back", readonly=True, copy=False, index=True)
    replaces_id = fields.Many2one("finance.mapping.set", readonly=True, copy=False)
    origin_id = fields.Many2one("finance.mapping.set", readonly=True, copy=False, index=True)

    @api.depends("mapping_ids.company_id", "mapping_ids.connection_id.company_id", "retire_ids")
    def _compute_company_id(self):
        for change in self:
            change.company_id = change._companies()[:1]

    @api.depends("mapping_ids", "retire_ids")
    def _compute_line_count(self):
        for change in self:
            change.line_count = len(change._touched())

    def _companies(self):
        touched = self._touched()
        return touched.company_id | touched.connection_id.company_id

    def _touched(self):
        """:return: all mappings of the set, whoever asks: it is decided as a whole"""
        change = self.sudo()  # sudo: see above; who decides needs the right to every one of them (_lines)
        return change.mapping_ids | change.retire_ids

    @api.constrains("mapping_ids", "retire_ids")
    def _check_companies(self):
        for change in self:
            if len(change._companies()) > 1:
                raise ValidationError(
                    self.env._("%s has mappings of several companies. Make a change set for each.", change.name)
                )

    # -- what is approved ----------------------------------------------------------------------

    def _facts(self):
        self.ensure_one()
        change = self.sudo()  # sudo: the same facts for every steward
        return {
            "name": change.name,
            "lines": [line._facts() for line in change.mapping_ids.sorted("id")],
            "retired": [line._facts() for line in change.retire_ids.sorted("id")],
        }

    @api.depends("state", "mapping_ids", "retire_ids")
    def _compute_difference(self):
        for change in self:
            touched = change._touched().with_env(self.env)
            if touched._filtered_access("read") != touched:
                change.difference = self.env._("There are mappings of companies you have no access to.")
                continue
            before, after = {}, {}
            for line in change.mapping_ids.sorted(lambda line: (line.domain_id.id, line.code, line.id)):
                key = line._told_in_set()
                if line.replaces_id:
                    before[key] = line.replaces_id._told_target()
                after[key] = line._told_target()
            for line in change.retire_ids:
                before[line._told_in_set()] = line._told_target()
            change.difference = difference_table(self.env, difference(before, after))

    def _log_change(self, event, *, before=None, after=None, reason=None):
        """OVERRIDE: each line has an entry of its own; that of the set counts them."""
        facts = self._facts()
        told = {
            "lines": len(facts["lines"]),
            "retired": len(facts["retired"]),
            "fingerprint": fingerprint(facts)[:16],
        }
        return super()._log_change(event, after=told, reason=reason)

    # -- lines ---------------------------------------------------------------------------------

    def _lines(self):
        """:return: the mappings of the sets, as the user may decide about them

        :raise AccessError: there is one that he may not change
        """
        self._touched().with_env(self.env).check_access("write")
        return self.mapping_ids

    def _governed_makers(self):
        return super()._governed_makers() | self.sudo().mapping_ids._governed_makers()  # sudo: as all makers

    def _governed_check(self):
        for change in self:
            lines = change._lines()
            if not lines and not change.retire_ids:
                raise UserError(self.env._("%s has no mappings yet.", change.name))
            decided = lines.filtered(lambda line: line.state in ("active", "retired"))
            if decided:
                raise UserError(self.env._("%s was decided already.", decided[0].display_name))
            gone = change.retire_ids.filtered(lambda line: line.state != "active")
            if gone:
                raise UserError(self.env._("%s is no longer in use.", gone[0].display_name))
            change._check_twins(lines)

    def _check_twins(self, lines):
        """:raise UserError: two lines would count for the same code on the same day"""
        seen = {}
        for line in lines:
            first, last = line._days()
            for other in seen.setdefault(line._told_in_set(), []):
                start, end = other._days()
                if start <= last and first <= end:
                    raise UserError(self.env._("The set has %s twice for the same days.", line._told_in_set()))
            seen[line._told_in_set()].append(line)

    def _governed_lock(self):
        self._lines()._governed_lock()

    def _governed_touch(self):
        """EXTENDS: with one line the whole is a draft again."""
        result = super()._governed_touch()
        if not self.env.su:
            # sudo: protected fields; the right to change the set or one of its lines was checked
            self.sudo().mapping_ids.filtered(lambda line: line.state == "proposed")._governed_undo_proposal()
        return result

    def unlink(self):
        """EXTENDS: the mappings of a draft stay, as drafts of their own."""
        lines = self._lines()
        # sudo: protected fields, the right to delete is checked below
        lines.sudo().filtered(lambda line: line.state == "proposed")._governed_undo_proposal()
        return super().unlink()

    def _impact_lines(self):
        return self.sudo().mapping_ids  # sudo: the whole is looked at, and shown to who has all its companies

    def _impact_kinds(self):
        return self._touched().domain_id.mapped("code")

    def _impact_leaving(self):
        return {**super()._impact_leaving(), **dict.fromkeys(self._touched() - self._impact_lines(), date.min)}

    # -- steps ---------------------------------------------------------------------------------

    def _governed_propose(self):
        self._check_governor()
        lines = self._lines()
        lines.filtered(lambda line: line.state == "draft")._governed_propose()
        return super()._governed_propose()

    def _back_to_draft(self, event, reason):
        lines = self._lines().filtered(lambda line: line.state == "proposed")
        result = super()._back_to_draft(event, reason)
        lines._back_to_draft(event, reason)
        return result

    def _activate(self):
        self.ensure_one()
        lines = self._lines().with_context(finance_seen_hash=None)
        # codes may change places among the lines: all that leave first
        self.retire_ids._governed_retire()
        lines._governed_make_room()
        if lines:
            lines._governed_approve()
        result = super()._activate()
        if self.rolls_back_id.state == "active":
            self.rolls_back_id.sudo().write({"state": "retired"})  # sudo: protected field, the role was checked
        return result

    def action_new_version(self):
        """Not for sets: another set is made."""
        self._check_governor()
        raise UserError(self.env._("Make another change set."))

    def action_retire(self):
        """The same as to roll back."""
        return self.action_roll_back()

    def action_roll_back(self):
        """Propose, as one set, the versions that were before; what had none is used no longer."""
        self.ensure_one()
        self._check_governor()
        if self.state != "active":
            raise UserError(self.env._("Only what is in force can be rolled back."))
        drafts = retired = self.env["finance.mapping"]
        for line in self._lines():
            latest = line._versions().filtered(lambda version: version.state == "active").sorted("version")[-1:]
            if latest != line:
                raise UserError(
                    self.env._("%s has been changed since by itself. Roll that back first.", line.display_name)
                )
            if line.replaces_id:
                drafts |= line._next_version(line, content=line.replaces_id)
            else:
                retired |= line
        for line in self.retire_ids:
            drafts |= line._next_version(line)
        # sudo: protected fields, the role was checked
        change = self.sudo().create(
            {
                "name": self.env._("Roll back: %s", self.name),
                "author_id": self.env.uid,
                "rolls_back_id": self.id,
                "retire_ids": [(6, 0, retired.ids)],
            }
        )
        drafts.sudo().write({"set_id": change.id})  # sudo: as above
        change = change.with_env(self.env)
        change._governed_propose()
        return self._open(change)
