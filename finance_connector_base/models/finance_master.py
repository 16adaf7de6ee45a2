from collections import defaultdict
from decimal import Decimal

from odoo import api, models, tools
from odoo.fields import Command

from ..canonical import ABSENT
from ..canonical.kinds import Number, Reference, References, plain
from ..engine.errors import MalformedError, RejectedError
from ..safe.masking import mask_text

BASE = "finance.master"


class FinanceMaster(models.AbstractModel):
    """One domain of master data: how a canonical object and an Odoo record stand for each other.

    A domain is one file: the AbstractModel below this one, and the line that puts the records
    of its model under the ownership policies (see ``finance_master_guard.py``).
    ``docs/adding-a-master-data-domain.md`` shows a whole one.
    """

    _name = "finance.master"
    _description = "Master Data Domain"

    #: class of the canonical object; its ``domain`` is the code of this one
    _canonical = None
    #: model of the records
    _records = None
    #: canonical field -> Odoo field, or (many2one, key on the other model) for codes such as a country's
    _pairs = {}
    #: fields whose change leaves at once instead of waiting for the batch
    _urgent = frozenset()
    #: canonical field that names a record without any reference (ISO code of a currency)
    _natural_key = None
    #: what arrives or is edited counts only after another person has approved it
    _needs_trust = False

    # -- which domains there are ---------------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _domains(self):
        """:return: dict code -> name of the AbstractModel"""
        found = {}
        for name in self.env.registry.descendants([BASE], "_inherit") - {BASE}:
            canonical = self.env[name]._canonical
            if canonical is not None:
                found[canonical.domain] = name
        return dict(sorted(found.items()))

    @api.model
    def _of(self, domain):
        """:return: the AbstractModel of a domain
        :raise MalformedError: when no installed module brings it
        """
        name = self._domains().get(domain)
        if name is None:
            raise MalformedError(
                self.env._("No installed module knows the master data domain %s.", domain), reason="master_unknown"
            )
        return self.env[name]

    @api.model
    def _selection(self):
        """:return: choices of the domain fields"""
        return [(code, self.env[name]._description) for code, name in self._domains().items()]

    @api.model
    def _code(self):
        return self._canonical.domain

    # -- fields --------------------------------------------------------------------------------

    @api.model
    def _odoo_fields(self):
        """:return: dict Odoo field -> canonical field of what this domain speaks of"""
        found = {"active": "active"} if "active" in self.env[self._records]._fields else {}
        for name, pair in self._pairs.items():
            found[pair if isinstance(pair, str) else pair[0]] = name
        return found

    @api.model
    def _label(self, name):
        """:return: what people call a canonical field"""
        pair = self._pairs.get(name, name)
        field = pair if isinstance(pair, str) else pair[0]
        model = self.env[self._records]
        if field not in model._fields:
            return name
        return model._fields[field]._description_string(self.env) or name

    @api.model
    def _called(self, record):
        """:return: what a record is called in lists and in the audit trail, without account numbers. EXTENDS"""
        return mask_text(record.display_name or "")

    @api.model
    def _subject(self, record):
        """:return: what a record is called where everybody reads who may see messages. EXTENDS"""
        return self._called(record)

    @api.model
    def _scope(self, records):
        """:return: those of the records that are master data of this domain; EXTENDS"""
        return records

    @api.model
    def _company_of(self, record):
        """:return: the one company the record belongs to, or an empty recordset when it is shared"""
        return record.company_id if "company_id" in record._fields else self.env["res.company"]

    @api.model
    def _belongs(self, records, company):
        """:return: those of the records that are of a company, or shared. EXTENDS"""
        if {"company_id", "company_ids"} & records._fields.keys():
            return records.filtered_domain(records._check_company_domain(company))
        return records

    # -- Odoo to canonical ---------------------------------------------------------------------

    @api.model
    def _export(self, records, connection):
        """Give records as the canonical objects a connection understands.

        A link to a record that the other side does not know yet is written as
        ``odoo:<model>:<id>``, and filled in when it is sent.

        :return: dict record id -> canonical object
        """
        # sudo: what is exported is decided by the synchronisation, not by whoever made the change
        records = records.sudo().with_company(connection.company_id).with_context(active_test=False, lang=None)
        spoken = {record.id: self._spoken(record, connection) for record in records}
        kinds = self._canonical.kinds()
        wanted = defaultdict(set)
        for values in spoken.values():
            for name, value in values.items():
                if isinstance(value, models.BaseModel):
                    wanted[kinds[name].domain].update(value.ids)
        known = {
            domain: self.env["finance.external.reference"]._external_ids(
                connection, domain, self._of(domain)._records, ids
            )
            for domain, ids in wanted.items()
            if domain in self._domains()
        }
        own = self.env["finance.external.reference"]._external_ids(connection, self._code(), self._records, records.ids)
        objects = {}
        for record_id, values in spoken.items():
            for name, value in values.items():
                if isinstance(value, models.BaseModel):
                    values[name] = self._name_links(kinds[name], value, known, connection)
            objects[record_id] = self._canonical(
                external_id=own.get(record_id), source_id=f"odoo:{self._records}:{record_id}", **values
            )
        return objects

    @api.model
    def _name_links(self, kind, records, known, connection):
        if kind.domain not in known:
            return ABSENT
        names = [known[kind.domain].get(record.id) or f"odoo:{record._name}:{record.id}" for record in records]
        if any(name.startswith("odoo:") for name in names) and not self.env["finance.master.sync"]._row(
            connection, kind.domain
        ):
            # nobody would ever give it a name over there
            return ABSENT
        if isinstance(kind, References):
            return tuple(sorted(names))
        return names[0] if names else None

    @api.model
    def _spoken(self, record, connection):
        """:return: dict canonical field -> value; links as recordsets. EXTENDS for fields without a pair"""
        kinds = self._canonical.kinds()
        values = {}
        if "active" in record._fields:
            values["active"] = bool(record.active)
        for name, pair in self._pairs.items():
            if not isinstance(pair, str):
                values[name] = record[pair[0]][pair[1]] or None
            elif isinstance(kinds[name], Reference):
                values[name] = record[pair]
            else:
                values[name] = self._plain(kinds[name], record[pair], record._fields[pair])
        return values

    @api.model
    def _plain(self, kind, value, field):
        if isinstance(kind, Number):
            return plain(round(Decimal(str(value or 0)), 12))
        if field.type == "boolean":
            return bool(value)
        if field.type == "html":
            value = tools.html2plaintext(value or "").strip()
        if isinstance(value, str):
            value = value.strip()
        return value or None

    # -- canonical to Odoo ---------------------------------------------------------------------

    @api.model
    def _values(self, obj, connection, names):
        """Give what to write for some fields of an object.

        :param names: canonical fields
        :return: dict canonical field -> dict of Odoo values
        :raise MalformedError: when a link is not known (yet)
        """
        kinds = self._canonical.kinds()
        found = {}
        for name in names:
            value = getattr(obj, name)
            if name == "active":
                if "active" not in self.env[self._records]._fields:
                    continue
                found[name] = {"active": value}
            elif name in self._pairs:
                found[name] = self._value_of(name, kinds[name], value, connection)
        return found

    @api.model
    def _value_of(self, name, kind, value, connection):
        pair = self._pairs[name]
        if not isinstance(pair, str):
            return {pair[0]: self._by_code(name, *pair, value)}
        if isinstance(kind, References):
            ids = [self._linked(kind.domain, item, connection).id for item in value or ()]
            return {pair: [Command.set(sorted(ids))]}
        if isinstance(kind, Reference):
            return {pair: self._linked(kind.domain, value, connection).id if value else False}
        if isinstance(kind, Number):
            return {pair: float(value or 0)}
        field = self.env[self._records]._fields[pair]
        if field.type == "selection" and value not in field.get_values(self.env):
            raise RejectedError(
                self.env._("%(field)s cannot be %(value)s.", field=self._label(name), value=value),
                reason="master_refused",
            )
        return {pair: value if value is not None else False}

    @api.model
    def _by_code(self, name, field, key, value):
        if value is None:
            return False
        comodel = self.env[self.env[self._records]._fields[field].comodel_name].with_context(active_test=False)
        record = comodel.search([(key, "=", value)], limit=1)
        if not record:
            raise RejectedError(
                self.env._("%(field)s: Odoo does not know %(value)s.", field=self._label(name), value=value),
                reason="master_refused",
            )
        return record.id

    @api.model
    def _linked(self, domain, external_id, connection):
        """:return: the record an external id of another domain stands for
        :raise MalformedError: when it has not arrived; the message goes on once it has
        """
        record = self._of(domain)._find(external_id, connection)
        if record:
            return record
        raise MalformedError(
            self.env._(
                "%(kind)s %(code)s of %(connection)s has not arrived yet.",
                kind=self._of(domain)._description,
                code=external_id,
                connection=connection.name,
            ),
            reason="master_reference_unknown",
            params={"domain": domain, "external_id": external_id, "connection_id": connection.id},
            waiting_key=self._waiting_key(connection, domain, external_id),
        )

    @api.model
    def _waiting_key(self, connection, domain, external_id):
        return f"master:{connection.id}:{domain}:{external_id}"

    @api.model
    def _find(self, external_id, connection):
        """:return: the record behind an external id, also when it is archived; else an empty recordset"""
        # sudo: looked up by the engine for one connection; the company is checked below
        records = self.env[self._records].sudo().with_company(connection.company_id).with_context(active_test=False)
        found = self.env["finance.external.reference"]._find(connection, self._code(), [external_id]).get(external_id)
        record = records.browse(found[1]).exists() if found else self._find_natural(records, external_id, connection)
        return self._belongs(record, connection.company_id)

    @api.model
    def _find_natural(self, records, external_id, connection):
        if not self._natural_key:
            return records
        pair = self._pairs[self._natural_key]
        return self._belongs(records.search([(pair, "=", external_id)]), connection.company_id)[:1]

    @api.model
    def _match(self, obj, connection):
        """:return: a record that is certainly the object although nothing links them yet. EXTENDS

        Certain is what Odoo itself keeps unique (a currency's code, an account's code); what
        is only alike becomes a merge proposal instead.
        """
        value = getattr(obj, self._natural_key) if self._natural_key else None
        if value in (None, ABSENT):
            return self.env[self._records]
        # sudo: see _find
        records = self.env[self._records].sudo().with_company(connection.company_id).with_context(active_test=False)
        return self._find_natural(records, value, connection)

    @api.model
    def _defaults(self, obj, connection):
        """:return: Odoo values of a new record that no field speaks of. EXTENDS"""
        if "company_id" in self.env[self._records]._fields:
            return {"company_id": connection.company_id.id}
        return {}
