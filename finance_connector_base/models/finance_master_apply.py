from odoo import api, models
from odoo.exceptions import UserError

from ..canonical import ABSENT
from ..canonical.kinds import Reference
from ..engine.errors import MalformedError
from ..engine.outcome import Done, Ignored


class FinanceMaster(models.AbstractModel):
    """What another system says, judged by the ownership policies and written by its immutable external id."""

    _inherit = "finance.master"

    @api.model
    def _normalise(self, obj):
        """:return: the object as Odoo would write it (an account number without blanks). EXTENDS"""
        return obj

    @api.model
    def _apply(self, obj, connection, message=None, *, only=None):
        """Make, change or archive the record an object stands for.

        :param only: of a record that is here already, consider these canonical fields; None: all that are said
        :return: an :data:`~..engine.outcome.Outcome`
        :raise FinanceError: when it cannot be understood, or a link has not arrived yet
        """
        if not obj.external_id:
            raise MalformedError(
                self.env._("The other system does not say what it calls the record (external_id)."),
                reason="master_incomplete",
            )
        obj = self._normalise(obj)
        record = self._find(obj.external_id, connection)
        if not record:
            record = self._match(obj, connection)
        if not record:
            return self._make(obj, connection, message)
        self._link_once(obj.external_id, record, connection, message)
        differences = self._export(record, connection)[record.id].differences(obj)
        names = [name for name in differences if only is None or name in only]
        return self._change(record, obj, names, connection, message)

    @api.model
    def _link_once(self, external_id, record, connection, message):
        references = self.env["finance.external.reference"]
        if not references._find(connection, self._code(), [external_id]):
            references._link(connection, self._code(), external_id, record, message)
            self.env["finance.message"]._resume_waiting(self._waiting_key(connection, self._code(), external_id))

    # -- an existing record --------------------------------------------------------------------

    @api.model
    def _change(self, record, obj, names, connection, message):
        document = (self._records, record.id)
        values = self._values(obj, connection, names)
        if not values:
            return Done(result={"unchanged": True}, documents=(document,))
        linking = self.env["finance.external.reference"]._linking(self._records, record.ids)[record.id]
        decisions = self._decisions(record, values, linking, connection, connection.company_id)
        self.env["finance.ownership.decision"]._log(
            self,
            record,
            decisions,
            self._company_of(record) or connection.company_id,
            connection=connection,
            message=message,
            external_id=obj.external_id,
        )
        sorted_out = self._sort_out(values, decisions)
        written = self._write_accepted(record, sorted_out["accept"], connection, message)
        self._propose_from(record, sorted_out["propose"], decisions, connection, message, obj.external_id)
        result = {
            "written": sorted(sorted_out["accept"]) if written else [],
            "proposed": sorted(sorted_out["propose"]) + ([] if written else sorted(sorted_out["accept"])),
            "refused": sorted(sorted_out["reject"]),
        }
        if not result["written"] and not result["proposed"]:
            return self._refused(self._subject(record), decisions, (document,))
        return Done(result=result, documents=(document,))

    @api.model
    def _sort_out(self, values, decisions):
        found = {"accept": {}, "propose": {}, "reject": {}}
        for name, vals in values.items():
            found[decisions[name][0]][name] = vals
        return found

    @api.model
    def _write_accepted(self, record, values, connection, message):
        """Write what the other system may write. EXTENDS

        :return: whether it was written; False when it waits for approval
        """
        if values:
            vals = {field: value for part in values.values() for field, value in part.items()}
            self._engine(record, connection).write(vals)
        return True

    @api.model
    def _engine(self, records, connection):
        """:return: the records with the rights and the name of the engine, in the company of the connection"""
        # sudo: what is written was decided by policy or by an approver
        return records.sudo().with_company(connection.company_id)._as_engine(connection.id)

    @api.model
    def _propose_from(self, record, values, decisions, connection, message, external_id):
        if values:
            self.env["finance.master.proposal"]._propose(
                self,
                record.with_company(connection.company_id),
                values,
                self._company_of(record) or connection.company_id,
                connection=connection,
                message=message,
                external_id=external_id,
                policy_id=next(policy for name, (_decision, policy) in decisions.items() if name in values),
            )

    @api.model
    def _refused(self, name, decisions, documents):
        policy_id = next(policy for _decision, policy in decisions.values() if policy)
        # sudo: the name of the authority is written into the message
        owner = self.env["finance.ownership.policy"].sudo().browse(policy_id)._owner_name()
        return Ignored(
            reason="master_not_owner",
            detail=self.env._("%(record)s: the authority is %(owner)s. Nothing was changed.", record=name, owner=owner),
            documents=documents,
        )

    # -- a new one -----------------------------------------------------------------------------

    @api.model
    def _make(self, obj, connection, message):
        missing = obj.missing()
        if missing:
            raise MalformedError(
                self.env._(
                    "%(kind)s %(code)s is new here and lacks: %(fields)s.",
                    kind=self._description,
                    code=obj.external_id,
                    fields=", ".join(self._label(name) for name in missing),
                ),
                reason="master_incomplete",
                params={"missing": missing},
            )
        policies = self.env["finance.ownership.policy"]
        company = connection.company_id
        new = policies._decide(self._code(), None, company.ids, connection.id)
        decisions = {None: new}
        values = self._values(obj, connection, [n for n, v in obj.spoken().items() if v is not None])
        if new[0] != "reject":
            decisions |= {
                name: policies._decide(self._code(), name, company.ids, connection.id)
                if name not in obj.required
                else new
                for name in values
            }
        self.env["finance.ownership.decision"]._log(
            self,
            self.env[self._records],
            {None: new},
            company,
            connection=connection,
            message=message,
            external_id=obj.external_id,
        )
        if new[0] == "reject":
            return self._refused(obj.external_id, decisions, ())
        if new[0] == "propose":
            return self._propose_new(obj, values, connection, message, new[1])
        sorted_out = self._sort_out(values, decisions)
        vals = {field: value for part in sorted_out["accept"].values() for field, value in part.items()}
        record = self._create_record({**self._defaults(obj, connection), **vals}, connection)
        self._link_once(obj.external_id, record, connection, message)
        self._propose_from(record, sorted_out["propose"], decisions, connection, message, obj.external_id)
        self._arrived(record, connection, message)
        return Done(
            result={
                "created": True,
                "written": sorted(sorted_out["accept"]),
                "proposed": sorted(sorted_out["propose"]),
                "refused": sorted(sorted_out["reject"]),
            },
            documents=((self._records, record.id),),
        )

    @api.model
    def _create_record(self, vals, connection):
        record = self._engine(self.env[self._records], connection).create(vals)
        # the name of the engine stays with the change it made
        return self.env[self._records].sudo().browse(record.id)  # sudo: see _engine

    @api.model
    def _arrived(self, record, connection, message):
        """Called once a record has been made for another system. EXTENDS

        :return: the record
        """
        return record

    @api.model
    def _propose_new(self, obj, values, connection, message, policy_id):
        waiting = (
            self.env["finance.master.proposal"]
            .sudo()
            .search(  # sudo: see _propose
                [
                    ("connection_id", "=", connection.id),
                    ("domain", "=", self._code()),
                    ("external_id", "=", obj.external_id),
                    ("state", "=", "open"),
                    ("kind", "=", "create"),
                ]
            )
        )
        waiting.write({"state": "superseded", "decided_at": self.env.cr.now()})
        self.env["finance.master.proposal"]._propose(
            self,
            self.env[self._records],
            {**values, "": self._defaults(obj, connection)} if self._defaults(obj, connection) else values,
            connection.company_id,
            kind="create",
            connection=connection,
            message=message,
            external_id=obj.external_id,
            policy_id=policy_id,
        )
        return Done(result={"proposed": sorted(values)})

    # -- proposals -----------------------------------------------------------------------------

    @api.model
    def _difference(self, record, name, vals):
        """:return: dict with what a field says and would say, in words"""
        return {
            "field": name,
            "label": self._label(name) if name else "",
            "before": ", ".join(self._words(field, record[field]) for field in vals) if record else "",
            "after": ", ".join(
                self._words(field, self._value_after(record, field, value)) for field, value in vals.items()
            ),
        }

    @api.model
    def _value_after(self, record, name, value):
        field = self.env[self._records]._fields[name]
        if not field.relational and field.type != "many2one_reference":
            return value
        if field.type == "many2one":
            return self.env[field.comodel_name].browse(value or ())
        return (record or self.env[self._records]).new({name: value}, origin=record or None)[name]

    @api.model
    def _words(self, name, value):
        field = self.env[self._records]._fields[name]
        if isinstance(value, models.BaseModel):
            return ", ".join(value.sudo().mapped("display_name"))  # sudo: names of what the approver decides about
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value) or ""
        return "" if value in (False, None) else str(value)

    @api.model
    def _carry_out(self, proposal, record, vals):
        """Do what an approver has decided. EXTENDS

        :param record: what it is about; empty for a new record
        """
        connection = proposal.connection_id
        if not record:
            record = self._create_record(vals, connection)
            proposal.write({"res_id": record.id, "record_name": self._called(record)})
            self._link_once(proposal.external_id, record, connection, proposal.message_id)
            self._arrived(record, connection, proposal.message_id)
            return
        record = record.with_company(proposal.company_id)
        self._check_unchanged(proposal, record)
        record._as_engine(connection.id if connection else None).write(vals)

    @api.model
    def _check_unchanged(self, proposal, record):
        """What the approver saw is what is changed."""
        for line in proposal.content:
            now = self._difference(record, line["field"], proposal.values.get(line["field"], {}))
            if now["before"] != line["before"]:
                raise UserError(
                    self.env._(
                        "%(field)s of %(record)s has changed since the proposal was made. Refuse it, and ask again.",
                        field=line["label"],
                        record=record.display_name,
                    )
                )

    # -- outbound links ------------------------------------------------------------------------

    @api.model
    def _fill_links(self, obj, connection):
        """Give the object with the names the other side has given its links meanwhile.

        :raise MalformedError: when one has none yet; the message goes on once it has
        """
        changes = {}
        source = (obj.source_id or "").split(":")
        if obj.external_id is None and len(source) == 3 and source[0] == "odoo":
            names = self.env["finance.external.reference"]._external_ids(
                connection, self._code(), source[1], [int(source[2])]
            )
            changes["external_id"] = names.get(int(source[2]))
        for name, kind in obj.kinds().items():
            value = getattr(obj, name)
            if not isinstance(kind, Reference) or value in (None, ABSENT):
                continue
            items = value if isinstance(value, tuple) else (value,)
            filled = tuple(self._filled(kind.domain, item, connection) for item in items)
            changes[name] = tuple(sorted(filled)) if isinstance(value, tuple) else filled[0]
        return changes

    @api.model
    def _filled(self, domain, item, connection):
        if not item.startswith("odoo:"):
            return item
        _odoo, model, res_id = item.split(":")
        names = self.env["finance.external.reference"]._external_ids(connection, domain, model, [int(res_id)])
        if names:
            return names[int(res_id)]
        raise MalformedError(
            self.env._(
                "%(kind)s %(name)s has no number at %(connection)s yet.",
                kind=self._of(domain)._description,
                name=self._of(domain)._subject(self.env[model].browse(int(res_id))),
                connection=connection.name,
            ),
            reason="master_reference_unknown",
            params={"domain": domain, "external_id": item, "connection_id": connection.id},
            waiting_key=self._waiting_key(connection, domain, item),
        )

    @api.model
    def _named(self, connection, external_id, res_model, res_id, message=None):
        """Keep what the other side calls a record, and let go on what waited for that."""
        record = self.env[res_model].browse(res_id).exists()
        if record:
            self._link_once(external_id, record, connection, message)
        self.env["finance.message"]._resume_waiting(
            self._waiting_key(connection, self._code(), f"odoo:{res_model}:{res_id}")
        )
