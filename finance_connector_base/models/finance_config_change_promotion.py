from odoo import fields, models
from odoo.exceptions import AccessError

from ..const import STEWARD
from .finance_connection import ENVIRONMENTS
from .finance_portable import Scope


class FinanceConfigChange(models.Model):
    """Items of a promotion: found by the names of their objects, made, changed or taken out of use (B-46).

    ``before`` or ``after`` is None where the object is not there, or not in use.
    """

    _inherit = "finance.config.change"

    environment = fields.Selection(ENVIRONMENTS, readonly=True)
    package_hash = fields.Char(string="Fingerprint", readonly=True, help="Compare it with the one of the export.")
    package_from = fields.Char(string="Package made by", readonly=True)

    def _scope(self):
        return Scope(self.company_id, self.environment, self.proposed_by_id)

    def _portable_item(self, item):
        """:return: the record of an item, and its values as they are now"""
        record = self.env[item["model"]]._portable_find(item["key"], self._scope())
        in_use = record and ("active" not in record._fields or record.active)
        return record, record._portable_here(self._scope()) if in_use else None

    def _item_shown(self, item, side):
        if "key" not in item:
            return super()._item_shown(item, side)
        model, values = self.env[item["model"]], item[side]
        what = f"{self.env['ir.model']._get(item['model']).name} {item['name']}"
        if item["before"] is None or item["after"] is None:
            shown = {what: self.env._("is there") if values is not None else None}
            if item["after"] is None:
                return shown
        else:
            shown = {}
        both = {**(item["before"] or {}), **(item["after"] or {})}
        return shown | {
            f"{what}: {model._config_label(name) if name in model._fields else name.capitalize()}": _plain(
                model, name, (values or {}).get(name)
            )
            for name in both
            if (item["before"] or {}).get(name) != (item["after"] or {}).get(name)
        }

    def _item_is_current(self, item):
        if "key" not in item:
            return super()._item_is_current(item)
        return self._portable_item(item)[1] == item["before"]

    def _item_apply(self, item):
        if "key" not in item:
            return super()._item_apply(item)
        record = self._portable_item(item)[0]
        if item["after"] is None:
            return record._portable_remove()
        return record._portable_put(item["key"], item["after"], self._scope())

    def _roll_back_values(self):
        return {**super()._roll_back_values(), "environment": self.environment, "package_hash": self.package_hash}

    def action_approve(self):
        """EXTENDS: mappings and routing tables that come along are a steward's matter too."""
        rules = self.env.registry.descendants(["finance.portable.rules"], "_inherit")
        if any(item["model"] in rules for change in self for item in change.items or []):
            if not self.env.user.has_group(STEWARD):
                raise AccessError(
                    self.env._(
                        "Mappings or routing tables change: this is approved by an administrator who is a mapping "
                        "steward too."
                    )
                )
        return super().action_approve()


def _plain(model, name, value):
    if isinstance(value, list):
        return [_one(part) for part in value]
    return model._config_shown(name, value) if name in model._fields and value is not None else value


def _one(value):
    return " / ".join(str(part) for part in value if part not in (None, "", [])) if isinstance(value, list) else value
