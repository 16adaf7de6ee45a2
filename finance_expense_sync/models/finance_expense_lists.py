from odoo import api, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.canonical import ABSENT, DOMAINS, Change, Page, Told
from odoo.addons.finance_connector_base.engine.errors import RejectedError

#: beginnings of kinds of accounts that expenses are coded to, and kinds among them that they never are
CODED = ("asset_", "equity", "expense", "income", "liability_")
NOT_CODED = frozenset(
    {"asset_cash", "asset_receivable", "equity_unaffected", "liability_credit_card", "liability_payable"}
)
#: domain of mappings of expenses -> domain of master data that its codes come from
CODES_OF = {
    "expense_category": "account",
    "expense_tax": "tax",
    "cost_center": "analytic_account",
    "department": "analytic_account",
    "project": "analytic_account",
}
#: characters of a digest that tell two states of a record apart
MARK = 12


class FinanceExpenseLists(models.AbstractModel):
    """Keeps the lists from which people choose on a platform as they are in Odoo (E-14, E-15, B-30).

    What is in a list is known on the platform by a name of ours, such as ``account.account:12``: it stays when the
    record is renamed, and comes back with what was chosen. What is archived, or cannot be chosen for an expense, is
    not in the list. People and departments are read the other way.
    """

    _name = "finance.expense.adapter._lists"
    _inherit = "finance.adapter"
    _description = "Lists of an Expense Platform"

    #: domains that the platform is told
    _lists_out = frozenset()

    @api.model
    def _list_keep(self, connection, obj, name, is_listed):
        """Have a record be in its list, or not; said again it changes nothing.

        :param obj: canonical object
        :param name: what it is called over there
        """
        raise NotImplementedError(self._name)

    @api.model
    def _list_rows(self, connection, domain):
        """:return: dict name over there -> dict of fields of the canonical object, of everything that is there"""
        raise NotImplementedError(self._name)

    # -- told ----------------------------------------------------------------------------------

    @api.model
    def _send_master(self, connection, obj, *, key, revision=None):
        if obj.domain not in self._lists_out:
            raise RejectedError(
                self.env._(
                    "%(connection)s is not told of this kind of master data (%(kind)s): receive it instead.",
                    connection=connection.name,
                    kind=obj.domain,
                ),
                reason="expense_list_refused",
            )
        name = obj.external_id or (obj.source_id or "").removeprefix("odoo:")
        self._list_keep(connection, obj, name, obj.active is not False and self._is_listed(obj))
        return Told(external_id=name)

    @api.model
    def _is_listed(self, obj):
        """:return: whether people choose it for an expense. EXTENDS"""
        if obj.domain == "account":
            kind = obj.account_type
            return isinstance(kind, str) and kind.startswith(CODED) and kind not in NOT_CODED
        if obj.domain == "tax":
            return obj.use == "purchase" and obj.amount_type == "percent"
        if obj.domain == "partner":
            partner = self._record_of(obj)
            return bool(partner) and partner.supplier_rank > 0
        return True

    @api.model
    def _record_of(self, obj):
        _odoo, _colon, place = (obj.source_id or "").partition(":")
        model, _colon, number = place.partition(":")
        if model not in self.env or not number.isdecimal():
            return None
        # sudo: what a platform is told is decided by the synchronisation
        return self.env[model].sudo().with_context(active_test=False).browse(int(number)).exists()

    @api.model
    def _plan_of(self, obj):
        """:return: what the plan of an analytic account is called over there"""
        if obj.plan is ABSENT or not obj.plan:
            raise RejectedError(
                self.env._(
                    "%s cannot be listed before its plan is: synchronise analytic plans with the platform, too.",
                    obj.name,
                ),
                reason="expense_list_refused",
            )
        return obj.plan

    @api.model
    def _all_listed(self, connection, domain):
        """Give a whole list as it should be, one worker at a time.

        :return: list of canonical objects
        """
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", connection.id, f"expense:{domain}"))
        master = self.env["finance.master"]._of(domain)
        model = self.env[master._records].sudo()  # sudo: as above
        company = connection.company_id
        records = master._scope(model.with_company(company).search(model._check_company_domain(company)))
        return [obj for obj in master._export(records, connection).values() if self._is_listed(obj)]

    # -- compared ------------------------------------------------------------------------------

    @api.model
    def _master_digests(self, connection, domain, after, limit):
        # what cannot be chosen is not there, and is no difference
        names = dict.fromkeys(self._list_rows(connection, domain)) | self._unlisted(connection, domain)
        page = self._told_of(connection, domain, sorted(name for name in names if after is None or name > after))
        return [(name, names[name]) for name in page[:limit]], len(page) <= limit

    @api.model
    def _told_of(self, connection, domain, names):
        """A list that is replaced brings along what the platform was not told of by itself: nobody misses that here."""
        model = self.env["finance.master"]._of(domain)._records
        known = self.env["finance.external.reference"]._find(connection, domain, names)
        return [name for name in names if name in known or not name.startswith(f"{model}:")]

    @api.model
    def _unlisted(self, connection, domain):
        """:return: dict name -> digest of what the platform was told of and does not list"""
        if domain not in self._lists_out:
            return {}
        master = self.env["finance.master"]._of(domain)
        # sudo: as above
        references = self.env["finance.external.reference"].sudo()
        found = references.search([("connection_id", "=", connection.id), ("object_type", "=", domain)])
        records = self.env[master._records].with_context(active_test=False).browse(found.mapped("res_id")).exists()
        objects = master._export(records, connection).values()
        return {obj.external_id: obj.digest() for obj in objects if obj.external_id and not self._is_listed(obj)}

    @api.model
    def _master_objects(self, connection, domain, external_ids):
        rows = self._list_rows(connection, domain)
        return [self._listed_object(domain, name, rows[name]) for name in external_ids if name in rows]

    @api.model
    def _listed_object(self, domain, name, said):
        known = DOMAINS[domain].kinds()
        values = {field: value for field, value in said.items() if field in known}
        return DOMAINS[domain](external_id=name, **values).to_dict()

    # -- read ----------------------------------------------------------------------------------

    @api.model
    def _master_changes(self, connection, domain, position, limit):
        """Platforms do not say what has changed: what there is, is compared with what there was."""
        before = dict((position or {}).get("marks") or {})
        rows = self._list_rows(connection, domain)
        now = {name: self._listed_object(domain, name, said) for name, said in rows.items()}
        gone = {name: self._listed_object(domain, name, {"active": False}) for name in before if name not in now}
        marks = {name: self._mark(domain, data) for name, data in now.items()}
        changed = sorted([name for name, mark in marks.items() if before.get(name) != mark] + list(gone))
        taken = changed[:limit]
        for name in taken:
            before.pop(name, None)
            if name in marks:
                before[name] = marks[name]
        changes = tuple(
            Change(external_id=name, revision=None, key=None, data=now.get(name) or gone[name]) for name in taken
        )
        return Page(changes=changes, position={"marks": before}, more=len(changed) > limit)

    @api.model
    def _mark(self, domain, data):
        return DOMAINS[domain].from_dict(data).digest()[:MARK]

    # -- what was chosen -----------------------------------------------------------------------

    @api.model
    def _expense_known(self, connection, company, domain, codes):
        """OVERRIDE: what was chosen out of a list of ours is known without a mapping."""
        object_type = CODES_OF.get(domain)
        if object_type not in self._lists_out:
            return {}
        found = self.env["finance.external.reference"]._find(connection, object_type, codes)
        return {
            code: self.env[model].sudo().with_context(active_test=False).browse(res_id).exists()  # sudo: the engine
            for code, (model, res_id) in found.items()
        }


class FinanceAdapter(models.AbstractModel):
    _inherit = "finance.adapter"

    @api.model
    def _expense_known(self, connection, company, domain, codes):
        """Say which codes the platform has from us; a mapping counts before that.

        :return: dict code -> record, archived ones too
        """
        return {}


class FinanceExpenseCodes(models.AbstractModel):
    _inherit = "finance.expense.codes"

    @api.model
    def _mapped(self, connection, company, domain, codes, *, day, facts, labels=None):
        """EXTENDS: what nobody has mapped may be something that the platform was told by us."""
        codes = list(dict.fromkeys(codes))
        known = connection._adapter()._expense_known(connection, company, domain, codes) if codes else {}
        known = {code: record for code, record in known.items() if record}
        if known:
            mapped = self.env["finance.mapping"]._lookup(connection, domain, list(known), date=day, qualifiers=facts)
            known = {code: record for code, record in known.items() if code not in mapped}
        for code, record in known.items():
            self._check_active(record, code)
        rest = [code for code in codes if code not in known]
        found = super()._mapped(connection, company, domain, rest, day=day, facts=facts, labels=labels)
        return found | {code: record.with_company(company) for code, record in known.items()}
