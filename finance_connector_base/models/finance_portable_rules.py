from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..engine.difference import fingerprint


class FinancePortableRules(models.AbstractModel):
    """Governed rules that are promoted: what comes is a new version, approved with the promotion."""

    _name = "finance.portable.rules"
    _description = "Rules that Can Be Promoted"
    _inherit = ["finance.portable"]

    def _portable_put(self, key, values, scope):
        written = self._portable_values(values, scope)
        if self:
            number = max(self._versions().mapped("version")) + 1
            draft = self.copy({"replaces_id": self.id, "origin_id": (self.origin_id or self).id, "version": number})
            draft.write(written)
        else:
            draft = self.create({**written, **self._portable_new(key, values, scope)})
        draft.write(
            {
                "author_id": scope.maker.id,
                "proposed_by_id": scope.maker.id,
                "proposed_at": self.env.cr.now(),
                "proposed_hash": fingerprint(draft._facts()),
                "state": "proposed",
            }
        )
        draft._governed_lock()
        draft._governed_check()
        draft._activate()
        return draft

    def _portable_remove(self):
        self._log_change("retired", before=self._facts())
        self.write({"state": "retired"})

    @api.model
    def _portable_dates(self, values):
        return {name: values.get(name) or False for name in ("valid_from", "valid_to")}

    def _portable(self):
        return {
            **super()._portable(),
            **{name: fields.Date.to_string(self[name]) or None for name in ("valid_from", "valid_to")},
        }

    @api.model
    def _portable_names(self):
        return [*super()._portable_names(), "valid_from", "valid_to"]


class FinanceMapping(models.Model):
    """A mapping of a connection, with the Odoo record by its stable name."""

    _name = "finance.mapping"
    _inherit = ["finance.portable.rules", "finance.mapping"]
    _portable_plain = ("label",)

    def _portable_key(self):
        connection = self.connection_id._portable_key()[0]
        return [connection, self.domain_id.code, self.operation, self.code, self.qualifier or ""]

    @api.model
    def _portable_find(self, key, scope):
        connection = self.env["finance.connection"]._portable_find(key[:1], scope)
        code, operation, codes, qualifier = key[1:]
        found = self.search(
            [
                ("connection_id", "in", connection.ids),
                ("domain_id.code", "=", code),
                ("operation", "=", operation),
                ("code", "=", codes),
                ("qualifier", "in", [qualifier] if qualifier else [False, ""]),
                ("state", "=", "active"),
            ],
            order="version desc",
        )
        return found[:1]

    @api.model
    def _portable_names(self):
        return [*super()._portable_names(), "record"]

    def _portable(self):
        record = self.env[self.res_model].browse(self.res_id).exists() if self.res_model in self.env else None
        name = self._stable_name(record)
        if not name:
            raise UserError(
                self.env._(
                    "%(kind)s %(code)s stands for a record that is called differently in every database. Give it a "
                    "code or reference.",
                    kind=self.domain_id.name,
                    code=self.code,
                )
            )
        return {**super()._portable(), "record": [self.res_model, name]}

    @api.model
    def _portable_values(self, values, scope):
        model, name = values["record"]
        record = self._by_stable_name(model, name, scope.company)
        if not record:
            raise UserError(self.env._("There is no record %s here.", name.lstrip("=")))
        return {**super()._portable_values(values, scope), **self._portable_dates(values), "res_id": record.id}

    @api.model
    def _portable_new(self, key, values, scope):
        domain = self.env["finance.mapping.domain"].search([("code", "=", key[1])])
        return {
            "connection_id": self._portable_required("finance.connection", key[:1], scope).id,
            "domain_id": domain.id,
            "operation": key[2],
            "code": key[3],
            "qualifier": key[4] or False,
        }

    @api.model
    def _portable_problems(self, entry, scope, package):
        problems = super()._portable_problems(entry, scope, package)
        domain = self.env["finance.mapping.domain"].search([("code", "=", entry.key[1])])
        if not domain:
            return [*problems, self.env._("The kind of mapping %s is missing. Create it.", entry.key[1])]
        model, name = entry.values.get("record") or ("", "")
        if model != domain.res_model or not self._by_stable_name(model, name, scope.company):
            problems.append(
                self.env._(
                    "%(kind)s %(code)s stands for %(record)s, which does not exist (or twice) in %(company)s. "
                    "Create it.",
                    kind=domain.name,
                    code=entry.key[3],
                    record=name.lstrip("="),
                    company=scope.company.name,
                )
            )
        return problems


class FinanceRouting(models.Model):
    """A routing table by its code; the flows and connections of its rows by their names in packages."""

    _name = "finance.routing"
    _inherit = ["finance.portable.rules", "finance.routing"]
    _portable_plain = ("name", "description")

    def _portable_key(self):
        return [self.code]

    @api.model
    def _portable_find(self, key, scope):
        return self.search(
            [("code", "=", key[0]), ("company_id", "=", scope.company.id), ("state", "=", "active")],
            order="version desc",
            limit=1,
        )

    @api.model
    def _portable_names(self):
        return [*super()._portable_names(), "rows", "cases"]

    def _portable(self):
        rows = [
            [
                row.name,
                row.condition or "",
                row.flow_id._portable_key() if row.flow_id else [],
                row.connection_id._portable_key() if row.connection_id else [],
                row.value or "",
            ]
            for row in self.row_ids.sorted(lambda row: (row.sequence, row.id))
        ]
        cases = [[case.name, case.facts, case.row_name] for case in self.case_ids.sorted("id")]
        return {**super()._portable(), "rows": rows, "cases": cases}

    def _portable_here(self, scope):
        """EXTENDS: a table of this database may lead to another environment, where things have the same names."""
        values = self._portable()
        for row, told in zip(self.row_ids.sorted(lambda row: (row.sequence, row.id)), values["rows"], strict=True):
            for place, connection in ((2, row.flow_id.connection_id), (3, row.connection_id)):
                if connection and connection.environment != scope.environment:
                    told[place] = [*told[place], f"@{connection.environment}"]
        return values

    @api.model
    def _row_target(self, kind, key, scope):
        if key and key[-1].startswith("@"):
            key, scope = key[:-1], scope._replace(environment=key[-1][1:])
        return self._portable_required(kind, key, scope) if key else self.env[kind]

    @api.model
    def _portable_values(self, values, scope):
        rows = [
            Command.create(
                {
                    "sequence": 10 * (number + 1),
                    "name": name,
                    "condition": condition or False,
                    "flow_id": self._row_target("finance.flow", flow, scope).id,
                    "connection_id": self._row_target("finance.connection", connection, scope).id,
                    "value": value or False,
                }
            )
            for number, (name, condition, flow, connection, value) in enumerate(values.get("rows") or [])
        ]
        cases = [
            Command.create({"name": name, "facts": facts, "row_name": row})
            for name, facts, row in values.get("cases") or []
        ]
        return {
            **super()._portable_values(values, scope),
            **self._portable_dates(values),
            "row_ids": [Command.clear(), *rows],
            "case_ids": [Command.clear(), *cases],
        }

    @api.model
    def _portable_new(self, key, values, scope):
        return {"code": key[0], "company_id": scope.company.id}

    @api.model
    def _portable_problems(self, entry, scope, package):
        problems = super()._portable_problems(entry, scope, package)
        for name, _condition, flow, connection, _value in entry.values.get("rows") or []:
            for kind, key in (("finance.flow", flow), ("finance.connection", connection)):
                if key and (kind, tuple(key)) not in package and not self.env[kind]._portable_find(key, scope):
                    problems.append(
                        self.env._(
                            "Row %(row)s of %(table)s leads to %(target)s, which is missing. Promote it too, or give "
                            "the connection here the same name in packages.",
                            row=name,
                            table=entry.key[0],
                            target=" / ".join(key),
                        )
                    )
        return problems
