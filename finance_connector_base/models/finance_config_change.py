from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN
from ..engine.difference import fingerprint
from .finance_governed import difference_table
from .step_up import step_up


class FinanceConfigChange(models.Model):
    """A change of running configuration that means nothing until another administrator approves it (B-56).

    Its content is a list of items, each ``{"model", "id", "name", "before", "after"}`` with values as they are
    written. What runs stays as it is meanwhile, and an approval is refused when it is no longer what was shown.
    Rolled back, it is proposed the other way round.
    """

    _name = "finance.config.change"
    _description = "Change of Configuration"
    _inherit = ["finance.governed"]
    _order = "id desc"
    _allow_sudo_commands = False
    _governed_event = "config"
    _governed_group = ADMIN
    _governed_protected = {"items": False, "origin": "edit", "name": False, "company_id": False, "rolls_back_id": False}

    name = fields.Char(string="What", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    state = fields.Selection(
        selection=[
            ("draft", "Not proposed"),
            ("proposed", "Waits for approval"),
            ("active", "In force"),
            ("retired", "Rolled back"),
        ]
    )
    origin = fields.Selection(
        [("edit", "Edited here"), ("promotion", "Promoted"), ("roll_back", "Roll back")],
        string="Comes from",
        default="edit",
        readonly=True,
        required=True,
    )
    items = fields.Json(readonly=True)
    rolls_back_id = fields.Many2one("finance.config.change", string="Rolls back", readonly=True, copy=False)
    replaces_id = fields.Many2one("finance.config.change", readonly=True, copy=False)
    origin_id = fields.Many2one("finance.config.change", readonly=True, copy=False, index=True)

    # -- making one ----------------------------------------------------------------------------

    @api.model
    def _propose_edit(self, record, after):
        """Turn what a person has written into a proposal of that person, and say so.

        :param record: one configurable record in use
        :param dict after: values as for ``write``
        """
        item = {
            "model": record._name,
            "id": record.id,
            "name": record.display_name,
            "before": {name: record._config_raw(name) for name in after},
            "after": after,
        }
        change = self._propose_items(record.display_name, record.company_id, [item], "edit")
        self.env.user._bus_send(
            "simple_notification",
            {
                "title": self.env._("Waits for approval"),
                "message": self._told_to_maker(record, after),
                "type": "warning",
                "sticky": True,
            },
        )
        return change

    @api.model
    def _told_to_maker(self, record, after):
        """:return: what becomes of an edit, an addition or a deletion, as a sentence"""
        switch = record._config_switch
        if switch and after.get(switch):
            return self.env._(
                "%s begins when another connector administrator approves it; it is listed under Changes of "
                "configuration until then.",
                record.display_name,
            )
        if switch and switch in after:
            return self.env._(
                "%s stays in use until another connector administrator approves that it ends.", record.display_name
            )
        return self.env._(
            "%(name)s is in use. What you changed (%(fields)s) takes effect when another connector "
            "administrator approves it; until then everything runs as before.",
            name=record.display_name,
            fields=", ".join(record._config_label(name) for name in sorted(after)),
        )

    @api.model
    def _propose_items(self, name, company, items, origin, **values):
        # sudo: changes are made here alone; the right to edit what they are about was checked
        change = self.sudo().create(
            {
                "name": name,
                "company_id": company.id,
                "items": items,
                "origin": origin,
                "author_id": self.env.uid,
                "state": "proposed",
                "proposed_by_id": self.env.uid,
                "proposed_at": self.env.cr.now(),
                **values,
            }
        )
        change.proposed_hash = fingerprint(change._facts())
        change = change.with_env(self.env)
        self.env["finance.audit"]._record(
            "config.proposed", change, before=change._shown("before"), after=change._facts()
        )
        change._governed_ask()
        return change

    @api.model
    def _pending_of(self, records):
        """:return: dict id -> the change that waits for approval and touches the record"""
        pending = {}
        if not records.ids:
            return pending
        for change in self.search([("state", "=", "proposed")]):
            for item in change.items or []:
                if item["model"] == records._name and item["id"]:
                    pending[item["id"]] = change
        return pending

    # -- what is approved ----------------------------------------------------------------------

    def _shown(self, side):
        """:return: dict "what: field" -> value as people read it"""
        self.ensure_one()
        shown = {}
        for item in self.items or []:
            if item["model"] in self._configurable():
                shown |= self._item_shown(item, side)
        return shown

    def _item_shown(self, item, side):
        record = self.env[item["model"]].browse(item["id"])
        switch = record._config_switch
        # what is not in use has no values to compare: a whole flow begins, or ends
        is_off = switch in item["after"] and not item[side].get(switch)
        return {
            f"{item['name']}: {record._config_label(name)}": None
            if is_off and name != switch
            else record._config_shown(name, item[side].get(name))
            for name in item["after"]
            if name in record._fields
        }

    def _facts(self):
        # what is shown, and the exact values behind it
        return {**self._shown("after"), "content": fingerprint(self.items)}

    def _replaced_facts(self):
        return self._shown("before")

    @api.depends("items")
    def _compute_difference(self):
        for change in self:
            before, after = change._shown("before"), change._shown("after")
            change.difference = difference_table(
                self.env, [(name, before.get(name), value) for name, value in after.items()]
            )

    @api.model
    def _configurable(self):
        """:return: the models whose records a change may touch"""
        return self.env.registry.descendants(["finance.configurable"], "_inherit") - {"finance.configurable"}

    def _check_current(self):
        """:raise UserError: what runs is not what the change was made for"""
        for item in self.items:
            if item["model"] not in self._configurable():
                raise UserError(self.env._("There is no %s in this database.", item["model"]))
            if not self._item_is_current(item):
                raise UserError(
                    self.env._(
                        "%s was changed or deleted since this was proposed. Reject it and make the change again.",
                        item["name"],
                    )
                )

    def _item_is_current(self, item):
        record = self.env[item["model"]].browse(item["id"]).exists()
        return bool(record) and not any(record._config_differs(name, value) for name, value in item["before"].items())

    # -- steps ---------------------------------------------------------------------------------

    def action_approve(self):
        """Put it into force; another administrator than the one who made it, with the password."""
        self._check_governor()
        self._check_proposed()
        for change in self:
            if self.env.user.partner_id in change._governed_makers():
                raise UserError(self.env._("You made this change; another connector administrator has to approve it."))
        return self._approve_verified()

    @step_up
    def _approve_verified(self):
        return self._governed_approve()

    def action_propose(self):
        """Not for changes: they are proposed as they are made."""
        self._check_governor()
        raise UserError(self.env._("It was rejected or withdrawn. Make the change again on the record."))

    def action_new_version(self):
        """Not for changes: another change is made on the record."""
        self._check_governor()
        raise UserError(self.env._("Make another change on the record."))

    def action_retire(self):
        """The same as to roll back."""
        return self.action_roll_back()

    def action_roll_back(self):
        """Propose what was before."""
        self.ensure_one()
        self._check_governor()
        if self.state != "active":
            raise UserError(self.env._("Only what is in force can be rolled back."))
        change = self._propose_items(
            self.env._("Roll back: %s", self.name),
            self.company_id,
            self.sudo()._reversed(),  # sudo: what the change touched is the matter of the approver
            "roll_back",
            **self._roll_back_values(),
        )
        return self._open(change)

    def _roll_back_values(self):
        """:return: further values of the change that rolls this one back; EXTENDS by modules"""
        return {"rolls_back_id": self.id}

    def _reversed(self):
        """:return: the items that undo this one, the last first"""
        return [{**item, "before": item["after"], "after": item["before"]} for item in reversed(self.items)]

    def _activate(self):
        self.ensure_one()
        change = self.sudo()  # sudo: protected fields and configuration in use; role and maker were checked
        change._check_current()
        change._carry_out()
        change.write({"state": "active", "approved_by_id": self.env.uid, "approved_at": self.env.cr.now()})
        if change.rolls_back_id.state == "active":
            change.rolls_back_id.write({"state": "retired"})
        self._log_change("approved", before=self._shown("before"), after=self._shown("after"))

    def _carry_out(self):
        for item in self.items:
            self._item_apply(item)

    def _item_apply(self, item):
        self.env[item["model"]].browse(item["id"])._apply_config(item["after"])
