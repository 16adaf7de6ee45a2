from collections import defaultdict

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError


class FinanceMaster(models.AbstractModel):
    """What people change in Odoo, judged by the ownership policies before it is written."""

    _inherit = "finance.master"

    @api.model
    def _is_watched(self):
        """:return: whether anybody owns this domain or is told of its changes"""
        return bool(
            self.env["finance.ownership.policy"]._rules(self._code())
            or self._code() in self.env["finance.master.sync"]._sending()
        )

    @api.model
    def _changed(self, records, vals, touched):
        """:return: dict record id -> set of canonical fields that really change"""
        if not self._is_watched():
            return {}
        names = self._odoo_fields()
        found = {}
        for record in self._scope(records):
            changed = {names[field] for field in touched if self._differs(record, field, vals[field])}
            if changed:
                found[record.id] = changed
        return found

    @api.model
    def _differs(self, record, name, value):
        field = record._fields[name]
        if field.type == "one2many":
            return bool(value)
        if field.type == "many2many":
            new = record.new({name: value}, origin=record)[name]
            return set(new._origin.ids) != set(record[name].ids) or len(new) != len(record[name])
        given = field.convert_to_record(field.convert_to_cache(value, record, validate=False), record)
        return record[name] != given

    @api.model
    def _companies_of(self, record, linking, company):
        """:return: ids of the companies whose policies count for a record"""
        own = self._company_of(record)
        return own.ids or sorted({company.id, *(company_id for _connection_id, company_id in linking)})

    @api.model
    def _judge(self, records, vals, changed):
        """Decide about a write by a person.

        What becomes a proposal is taken out of ``changed``.

        :return: list of (records, values to write)
        :raise UserError: naming who owns what must not be changed here
        """
        if not changed or not self.env["finance.ownership.policy"]._rules(self._code()):
            return [(records, vals)]
        linking = self.env["finance.external.reference"]._linking(self._records, list(changed))
        names = self._odoo_fields()
        groups = defaultdict(list)
        for record in records:
            dropped = frozenset()
            if record.id in changed:
                decisions = self._decisions(record, changed[record.id], linking[record.id], None, self.env.company)
                self._refuse_if_needed(record, decisions)
                proposed = {name for name, (decision, _policy) in decisions.items() if decision == "propose"}
                dropped = frozenset(field for field in vals if names.get(field) in proposed)
                self._propose_and_log(record, vals, dropped, decisions)
                changed[record.id] -= proposed
            groups[dropped].append(record.id)
        return [
            (records.browse(ids), {name: value for name, value in vals.items() if name not in dropped})
            for dropped, ids in groups.items()
        ]

    @api.model
    def _decisions(self, record, names, linking, connection, company):
        """:return: dict canonical field -> (decision, policy id)"""
        policies = self.env["finance.ownership.policy"]
        company_ids = self._companies_of(record, linking, company)
        linked = {connection_id for connection_id, _company_id in linking}
        connection_id = connection.id if connection else None
        return {
            name: policies._decide(self._code(), name, company_ids, connection_id, linked=linked)
            for name in sorted(names)
        }

    @api.model
    def _refuse_if_needed(self, record, decisions):
        refused = {name: policy for name, (decision, policy) in decisions.items() if decision == "reject"}
        if not refused:
            return
        self._log_after_refusal(record, {name: ("reject", policy) for name, policy in refused.items()})
        # sudo: the name of the authority is told to whoever is refused
        policy = self.env["finance.ownership.policy"].sudo().browse(next(iter(refused.values())))
        raise UserError(
            self.env._(
                "%(fields)s of %(record)s: the authority is %(owner)s. Change it there, and it will arrive here.",
                fields=", ".join(self._label(name) for name in refused),
                record=record.display_name,
                owner=policy._owner_name(),
            )
        )

    @api.model
    def _log_after_refusal(self, record, decisions):
        """Keep the refusal although the change it belongs to is rolled back."""
        registry, uid, name = self.env.registry, self.env.uid, self._name
        record_id, company_id = record.id, self.env.company.id
        pending = [True]

        def log():
            if not pending:
                return
            pending.clear()
            with registry.cursor() as cr:
                env = api.Environment(cr, uid or SUPERUSER_ID, {}, su=True)
                master = env[name]
                kept = env[master._records].browse(record_id).exists() if record_id else env[master._records]
                env["finance.ownership.decision"]._log(master, kept, decisions, env["res.company"].browse(company_id))

        # a change that is undone to a savepoint only ends with a commit
        self.env.cr.postrollback.add(log)
        self.env.cr.postcommit.add(log)

    @api.model
    def _propose_and_log(self, record, vals, dropped, decisions):
        company = self._company_of(record) or self.env.company
        self.env["finance.ownership.decision"]._log(self, record, decisions, company)
        if not dropped:
            return
        names = self._odoo_fields()
        values = defaultdict(dict)
        for field in sorted(dropped):
            values[names[field]][field] = vals[field]
        proposal = self.env["finance.master.proposal"]._propose(
            self,
            record,
            dict(values),
            company,
            policy_id=next(policy for decision, policy in decisions.values() if decision == "propose"),
        )
        proposal._tell_proposer()

    # -- new and deleted records ---------------------------------------------------------------

    @api.model
    def _may_create(self, records):
        """:return: (decision, policy id) about new records made by people
        :raise UserError: naming where they are made
        """
        return self.env["finance.ownership.policy"]._decide(self._code(), None, self.env.company.ids, None)

    @api.model
    def _speaks_of_new(self, vals, env):
        """:return: whether values of a new record make it master data of this domain. EXTENDS with ``_scope``"""
        return True

    @api.model
    def _refuse_new(self, policy_id):
        self._log_after_refusal(self.env[self._records], {None: ("reject", policy_id)})
        # sudo: the name of the authority is told to whoever is refused
        owner = self.env["finance.ownership.policy"].sudo().browse(policy_id)._owner_name()
        raise UserError(
            self.env._(
                "%(kind)s: the authority is %(owner)s. Make the new record there, and it will arrive here.",
                kind=self._description,
                owner=owner,
            )
        )

    @api.model
    def _created(self, records, decision, policy_id):
        """Note new records made by people where another system is the authority.

        :return: those that count only once they are approved
        """
        for record in records:
            company = self._company_of(record) or self.env.company
            self.env["finance.ownership.decision"]._log(self, record, {None: (decision, policy_id)}, company)
        if decision != "propose":
            return records.browse()
        for record in records:
            company = self._company_of(record) or self.env.company
            self.env["finance.master.proposal"]._propose(
                self, record, {"active": {"active": True}}, company, policy_id=policy_id
            )._tell_proposer()
        return records

    @api.model
    def _after_create(self, records, origin):
        if self._code() in self.env["finance.master.sync"]._sending():
            self.env["finance.master.change"]._emit(self, records, urgent=bool(self._urgent), origin=origin)

    @api.model
    def _after_write(self, records, changed, origin):
        """Tell of what changed: at once where it cannot wait."""
        if not changed or self._code() not in self.env["finance.master.sync"]._sending():
            return
        for urgent in (True, False):
            ids = [record_id for record_id, names in changed.items() if names and bool(names & self._urgent) == urgent]
            if ids:
                self.env["finance.master.change"]._emit(self, records.browse(ids), urgent=urgent, origin=origin)

    @api.model
    def _check_unlink(self, records):
        """What another system knows is archived, never deleted."""
        linking = self.env["finance.external.reference"]._linking(self._records, records.ids)
        known = records.filtered(lambda record: linking.get(record.id))
        if known:
            # sudo: the names of the systems are told to whoever is refused
            connections = (
                self.env["finance.connection"]
                .sudo()
                .browse({connection_id for record in known for connection_id, _company_id in linking[record.id]})
            )
            raise UserError(
                self.env._(
                    "%(records)s cannot be deleted: %(systems)s knows it. Archive it instead.",
                    records=", ".join(known.mapped("display_name")),
                    systems=", ".join(connections.mapped("name")),
                )
            )
