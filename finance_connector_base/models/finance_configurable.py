import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class FinanceConfigurable(models.AbstractModel):
    """Configuration that runs: once in use, what matters of it changes after another person's approval (B-56).

    An heir names those fields in ``_inert_fields`` and says in ``_is_in_use`` from when on they are inert. A
    write of a person then becomes a ``finance.config.change``; all other fields are written at once. Where it names a
    ``_config_switch``, what is added begins after approval, and what is deleted ends with it. The suite itself
    (``sudo``) is not held up. Put this mixin before the model: ``_inherit = ["finance.configurable", "..."]``.
    """

    _name = "finance.configurable"
    _description = "Configuration that Is Approved"

    #: boolean field that takes a record out of use without deleting it
    _config_switch = None

    pending_change_id = fields.Many2one(
        "finance.config.change", string="Waits for approval", compute="_compute_pending_change_id"
    )

    @api.model
    def _inert_fields(self):
        """:return: names of the fields that change after approval only; EXTENDS by modules"""
        return set()

    def _is_in_use(self):
        """:return: whether a change would have an effect at once"""
        self.ensure_one()
        return True

    def _compute_pending_change_id(self):
        # sudo: that something waits is told to everybody who sees the record
        changes = self.env["finance.config.change"].sudo()._pending_of(self)
        for record in self:
            record.pending_change_id = changes.get(record.id, False)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        switch = self._config_switch
        if self.env.su or not switch:
            return records
        for record in records.filtered(lambda record: record[switch] and record._is_in_use()):
            # sudo: the right to create was checked; in the same transaction, so it was never in use
            record.sudo()[switch] = False
            record._propose_change({**{name: record._config_raw(name) for name in self._inert_fields()}, switch: True})
        return records

    def unlink(self):
        switch = self._config_switch
        held = self.browse()
        if switch and not self.env.su:
            held = self.filtered(lambda record: record[switch] and record._is_in_use())
        if not held:
            return super().unlink()
        self.check_access("unlink")
        for record in held:
            record._propose_change({switch: False})
        return super(FinanceConfigurable, self - held).unlink() if self - held else True

    def write(self, vals):
        inert = self._inert_fields() & vals.keys()
        held = self.browse() if self.env.su or not inert else self.filtered(lambda record: record._is_in_use())
        if not held:
            return super().write(vals)
        self.check_access("write")
        for record in held:
            after = {name: record._config_meant(name, vals[name]) for name in inert}
            after = {name: value for name, value in after.items() if record._config_differs(name, value)}
            if after:
                record._propose_change(after)
        at_once = {name: value for name, value in vals.items() if name not in inert}
        result = super(FinanceConfigurable, held).write(at_once) if at_once else True
        return super(FinanceConfigurable, self - held).write(vals) if self - held else result

    def _config_raw(self, name):
        """:return: the value of a field as it is written, JSON-able"""
        self.ensure_one()
        if self._fields[name].type == "many2many":
            return [[Command.SET, 0, sorted(self[name].ids)]]
        return json.loads(json.dumps(self._fields[name].convert_to_write(self[name], self), default=str))

    def _config_meant(self, name, value):
        """:return: what a written value comes to; of a list of records the whole list, whatever was done to it"""
        if self._fields[name].type != "many2many":
            return value
        ids = set(self[name].ids)
        for command in value or []:
            match command:
                case [Command.SET, _, many]:
                    ids = set(many)
                case [Command.CLEAR, *_]:
                    ids = set()
                case [Command.LINK, one, *_]:
                    ids.add(one)
                case [Command.UNLINK, one, *_]:
                    ids.discard(one)
                case _:
                    # records are made and changed on their own, not by the way
                    raise UserError(self.env._("%s: choose from the list.", self._config_label(name)))
        return [[Command.SET, 0, sorted(ids)]]

    def _config_shown(self, name, value):
        """:return: a raw value as people read it"""
        field = self._fields[name]
        if field.type == "many2many":
            ids = value[0][2] if value else []
            # sudo: the names of what is chosen are shown to whoever decides
            return ", ".join(sorted(self.env[field.comodel_name].sudo().browse(ids).exists().mapped("display_name")))
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "many2one" and value:
            # sudo: the name of what is chosen is shown to whoever decides
            return self.env[field.comodel_name].sudo().browse(value).exists().display_name or str(value)
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        return value

    def _config_label(self, name):
        return self._fields[name]._description_string(self.env) or name

    def _config_differs(self, name, value):
        return (self._config_raw(name) or False) != (value or False)

    def _propose_change(self, after):
        self.ensure_one()
        changes = self.env["finance.config.change"]
        if self.pending_change_id:
            raise UserError(
                self.env._(
                    "A change of %s waits for approval already. Let it be approved, rejected or withdrawn first.",
                    self.display_name,
                )
            )
        self._try_config(after)
        changes._propose_edit(self, after)
        self.invalidate_recordset(["pending_change_id"])

    def _try_config(self, after):
        """Let what cannot be meant fail now, and not when it is approved.

        :raise ValidationError, UserError: as the write would
        """
        with self.env.cr.savepoint() as savepoint:
            # sudo: the right to write was checked; nothing of it stays
            self.sudo().with_context(tracking_disable=True).write(after)
            self.env.flush_all()
            savepoint.rollback()
        self.env.invalidate_all(flush=False)

    def _apply_config(self, after):
        """Put approved values into force; EXTENDS by what has to follow.

        :param dict after: values as for ``write``
        """
        self.ensure_one()
        return self.write(after)
