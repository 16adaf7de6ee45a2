from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN
from ..engine import package as packages
from .finance_portable import Scope

#: in the order in which what they refer to is there
KINDS = (
    "finance.calendar",
    "finance.connector.definition",
    "finance.connection",
    "finance.flow",
    "finance.duplicate.rule",
    "finance.mapping",
    "finance.routing",
)


class FinancePromotion(models.AbstractModel):
    """Carries the configuration of connections to another environment, here or in another database (B-46)."""

    _name = "finance.promotion"
    _description = "Promotion of Configuration"

    # -- out -------------------------------------------------------------------------------

    @api.model
    def _export(self, connections, routings, target):
        """Write the configuration of connections of one environment down.

        :param str target: environment it is for
        :return: a :class:`~..engine.package.Package`
        """
        self.env["finance.message"]._check_role(ADMIN)
        for records in (connections, routings):
            records.check_access("read")
        source = set(connections.mapped("environment"))
        if len(source) != 1 or len(connections.company_id) != 1:
            raise UserError(self.env._("Choose connections of one company and one environment."))
        [source] = source
        if not packages.may_go(source or "", target or ""):
            raise UserError(self.env._("Configuration goes from sandbox to test to production, never back."))
        if routings.filtered(lambda table: table.state != "active"):
            raise UserError(self.env._("Only routing tables in use are promoted."))
        flows = connections.flow_ids
        calendars = connections.calendar_id | flows.calendar_id
        definitions = self.env["finance.connector.definition"]
        for definition in connections.definition_id:
            definitions |= definition._current()
        # sudo: rules are read by whoever promotes the connection they belong to
        mappings = (
            self.env["finance.mapping"]
            .sudo()
            .search([("connection_id", "in", connections.ids), ("state", "=", "active")])
        )
        rules = self.env["finance.duplicate.rule"].search([("flow_id", "in", flows.ids)])
        entries = [
            packages.Entry(kind=record._name, key=tuple(record._portable_key()), values=record._portable())
            for record in (*calendars, *definitions, *connections, *flows, *rules, *mappings, *routings)
        ]
        hosts = self.env["finance.host"].search([("environment", "=", source), ("system", "!=", False)])
        reached = {host for connection in connections for host in connection._hosts()}
        return packages.Package(
            source=source,
            target=target,
            origin=self.env._(
                "%(who)s, %(when)s UTC, database %(database)s",
                who=self.env.user.login,
                when=fields.Datetime.to_string(self.env.cr.now()),
                # sudo: who we are is no secret
                database=self.env["ir.config_parameter"].sudo().get_param("database.uuid"),
            ),
            systems={host.name: host.system for host in hosts if host.name in reached},
            entries=tuple(entries),
        )

    # -- in --------------------------------------------------------------------------------

    @api.model
    def _propose(self, data, environment, company):
        """Propose what a file says; it means nothing until another administrator has approved it.

        :param bytes data: the file
        :param str environment: where it is to be imported
        :return: the ``finance.config.change``
        :raise UserError: all that is missing here, each with the remedy
        """
        self.env["finance.message"]._check_role(ADMIN)
        self._check_company(company)
        package = self._read(data)
        if package.target != environment:
            labels = dict(self.env["finance.connection"]._fields["environment"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "This package is for %(target)s, not for %(here)s.",
                    target=labels[package.target],
                    here=labels.get(environment, "-"),
                )
            )
        scope = Scope(company, environment, self.env.user)
        items = self.sudo()._items(package, scope)  # sudo: rules and hosts are compared whoever proposes
        if not items:
            raise UserError(self.env._("Nothing would change: everything is here as the package says."))
        names = [entry.key[0] for entry in package.entries if entry.kind == "finance.connection"]
        return self.env["finance.config.change"]._propose_items(
            self.env._("Promotion to %(environment)s: %(names)s", environment=environment, names=", ".join(names)),
            company,
            items,
            "promotion",
            environment=environment,
            package_hash=package.sha256,
            package_from=f"{package.source}: {package.origin}",
        )

    @api.model
    def _check_company(self, company):
        if company not in self.env.companies:
            raise UserError(self.env._("Choose one of your companies."))

    @api.model
    def _read(self, data):
        words = {
            "unreadable": self.env._("This file cannot be read. Choose the file as it was downloaded."),
            "format": self.env._("This file is no package of configuration, or one of another version of the suite."),
            "touched": self.env._("The file does not fit its fingerprint: somebody has edited the file. Export again."),
            "direction": self.env._("Configuration goes from sandbox to test to production, never back."),
            "twice": self.env._("An object occurs twice in the file. Export again."),
        }
        try:
            return packages.read(data)
        except packages.PackageError as error:
            raise UserError(words[str(error)]) from error

    @api.model
    def _items(self, package, scope):
        """:return: what differs here, as items of a change; what is not in the package any more is taken out of use"""
        unknown = [entry for entry in package.entries if entry.kind not in KINDS or entry.kind not in self.env]
        problems = [self.env._("%s is not known here.", entry.kind) for entry in unknown]
        known = {(entry.kind, entry.key) for entry in package.entries}
        wished = {}
        here = [entry for entry in package.entries if entry not in unknown]
        for entry in sorted(here, key=lambda entry: KINDS.index(entry.kind)):
            model = self.env[entry.kind]
            values = dict(entry.values)
            if entry.kind == "finance.connection":
                values = model._portable_moved(values, package.systems, scope)
            try:
                moved = packages.Entry(kind=entry.kind, key=entry.key, values=values)
                problems += model._portable_problems(moved, scope, known)
            except (TypeError, ValueError, KeyError, AttributeError) as error:
                raise UserError(self.env._("%s cannot be read. Export again.", " / ".join(entry.key))) from error
            wished[entry.kind, entry.key] = values
        if problems:
            raise UserError(self.env._("This cannot be promoted yet:\n%s", "\n".join(f"- {line}" for line in problems)))
        items = []
        for (kind, key), values in wished.items():
            record = self.env[kind]._portable_find(list(key), scope)
            in_use = record and ("active" not in record._fields or record.active)
            before = record._portable_here(scope) if in_use else None
            if before != values:
                items.append(_item(kind, key, before, values))
        return items + self._left_over(wished, scope)

    @api.model
    def _left_over(self, wished, scope):
        """:return: items for flows and mappings of promoted connections that the package does not have"""
        items = []
        connections = self.env["finance.connection"].browse()
        for kind, key in wished:
            if kind == "finance.connection":
                connections |= connections._portable_find(list(key), scope)
        mappings = self.env["finance.mapping"].search(
            [("connection_id", "in", connections.ids), ("state", "=", "active")]
        )
        rules = self.env["finance.duplicate.rule"].search([("flow_id", "in", connections.flow_ids.ids)])
        for record in (*mappings, *rules, *connections.flow_ids):
            key = tuple(record._portable_key())
            if (record._name, key) not in wished:
                items.append(_item(record._name, key, record._portable_here(scope), None))
        return items


def _item(kind, key, before, after):
    return {"model": kind, "id": False, "key": list(key), "name": " / ".join(key), "before": before, "after": after}
