from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

#: model -> field by which its records are called alike in every database
NATURAL_KEYS = {
    "account.account": "code",
    "account.analytic.account": "code",
    "account.journal": "code",
    "account.payment.term": "name",
    "account.tax": "name",
    "product.product": "default_code",
    "res.country": "code",
    "res.currency": "name",
    "res.partner": "ref",
}


class Scope(NamedTuple):
    """Where a configuration is put.

    :param company: ``res.company``
    :param environment: of the connections in it
    :param maker: ``res.users`` who proposed it
    """

    company: models.Model
    environment: str
    maker: models.Model


class FinancePortable(models.AbstractModel):
    """Configuration that can be carried to another environment or database (B-46).

    Its records are named by words, never by numbers, and their values too: ``_portable`` writes them down,
    ``_portable_find`` finds the record of the same name, ``_portable_put`` makes it so. Secrets, people and what
    belongs to one environment alone (user names, keys, networks) stay behind.
    """

    _name = "finance.portable"
    _description = "Configuration that Can Be Promoted"
    _inherit = ["finance.configurable"]

    #: fields whose value is carried as it is; EXTENDS by ``_portable_fields``
    _portable_plain = ()

    @api.model
    def _portable_fields(self):
        """:return: names of plain fields that are carried; EXTENDS by modules"""
        return list(self._portable_plain)

    def _portable_key(self):
        """:return: list of words that name the record in any database"""
        raise NotImplementedError(self._name)

    @api.model
    def _portable_find(self, key, scope):
        """:return: the record of this name in a scope, or an empty one"""
        raise NotImplementedError(self._name)

    def _portable(self):
        """:return: its values, JSON-able, without numbers of records; EXTENDS by references"""
        self.ensure_one()
        return {name: self._config_raw(name) or None for name in self._portable_fields()}

    def _portable_here(self, scope):
        """:return: its values as they are compared with those of a package for a scope; EXTENDS where they differ"""
        return self._portable()

    @api.model
    def _portable_values(self, values, scope):
        """:return: portable values as they are written; EXTENDS by references
        :raise UserError: what they name does not exist here
        """
        return {name: values[name] or False for name in self._portable_fields() if name in values}

    @api.model
    def _portable_problems(self, entry, scope, package):
        """:return: sentences that say what is missing here for an entry, each with the remedy; EXTENDS by heirs

        :param package: set of (kind, key) that come along
        """
        unknown = set(entry.values) - set(self._portable_names())
        return (
            [
                self.env._(
                    "%(name)s knows no %(fields)s here. Install the modules of the other database.",
                    name=" / ".join(entry.key),
                    fields=", ".join(sorted(unknown)),
                )
            ]
            if unknown
            else []
        )

    @api.model
    def _portable_names(self):
        """:return: names of all portable values; EXTENDS by references"""
        return list(self._portable_fields())

    def _portable_put(self, key, values, scope):
        """Make the record so, or make it.

        :param self: the record of this name, or an empty one
        :return: the record
        """
        written = self._portable_values(values, scope)
        if self:
            self._apply_config(written)
            return self
        return self.create({**written, **self._portable_new(key, values, scope)})

    @api.model
    def _portable_new(self, key, values, scope):
        """:return: further values of a record that is made"""
        return {}

    def _portable_remove(self):
        """Take the record out of use; what refers to it stays readable."""
        return self.write({"active": False})

    # -- references ------------------------------------------------------------------------

    @api.model
    def _stable_name(self, record):
        """:return: how a record is called in every database, or None where there is no such name"""
        if not record:
            return None
        found = (
            self.env["ir.model.data"]
            .sudo()
            .search(  # sudo: names of records are no secret
                [("model", "=", record._name), ("res_id", "=", record.id), ("module", "not like", r"\_\_%")], limit=1
            )
        )
        if found and found.module != "__export__" and found.module in self.env.registry._init_modules:
            return f"{found.module}.{found.name}"
        value = record[NATURAL_KEYS[record._name]] if record._name in NATURAL_KEYS else None
        return f"={value}" if value else None

    @api.model
    def _by_stable_name(self, model, name, company):
        """:return: the record of a stable name; empty when there is none, or several"""
        records = self.env[model].sudo().with_company(company)  # sudo: see above
        if not name or model not in self.env:
            return records
        if not name.startswith("="):
            found = self.env.ref(name, raise_if_not_found=False)
            return records.browse(found.id) if found and found._name == model else records
        domain = [(NATURAL_KEYS[model], "=", name[1:])] if model in NATURAL_KEYS else [("id", "=", 0)]
        if "company_ids" in records._fields:
            domain.append(("company_ids", "parent_of", company.ids))
        elif "company_id" in records._fields:
            domain.append(("company_id", "in", [company.id, False]))
        found = records.search(domain, limit=2)
        return found if len(found) == 1 else records

    @api.model
    def _portable_required(self, kind, key, scope):
        """:return: the record of this name
        :raise UserError: there is none
        """
        record = self.env[kind]._portable_find(key, scope)
        if not record:
            raise UserError(self.env._("There is no %s here.", " / ".join(key)))
        return record


class FinanceCalendar(models.Model):
    """Opening times by their name."""

    _name = "finance.calendar"
    _inherit = ["finance.portable", "finance.calendar"]
    _portable_plain = ("tz",)

    def _portable_key(self):
        return [self.with_context(lang="en_US").name]

    @api.model
    def _portable_find(self, key, scope):
        return self.with_context(lang="en_US").search(
            [("name", "=", key[0]), ("company_id", "in", [scope.company.id, False])], order="company_id", limit=1
        )

    @api.model
    def _portable_names(self):
        return [*super()._portable_names(), "windows", "holidays"]

    def _portable(self):
        windows = [[window.weekday, window.start, window.end, window.cutoff] for window in self.window_ids]
        holidays = [[fields.Date.to_string(holiday.date), holiday.name] for holiday in self.holiday_ids]
        return {**super()._portable(), "windows": sorted(windows), "holidays": sorted(holidays)}

    @api.model
    def _portable_values(self, values, scope):
        clear = fields.Command.clear()
        windows = [
            fields.Command.create({"weekday": day, "start": start, "end": end, "cutoff": cutoff})
            for day, start, end, cutoff in values.get("windows") or []
        ]
        holidays = [fields.Command.create({"date": on, "name": name}) for on, name in values.get("holidays") or []]
        return {
            **super()._portable_values(values, scope),
            "window_ids": [clear, *windows],
            "holiday_ids": [clear, *holidays],
        }

    @api.model
    def _portable_new(self, key, values, scope):
        return {"name": key[0], "company_id": scope.company.id}
