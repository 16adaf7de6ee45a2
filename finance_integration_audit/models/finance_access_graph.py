from odoo import api, models
from odoo.tools import SQL, email_normalize

from ..duties.paths import Conflict, Duty, Graph, Login

#: whose members give groups to anybody
GRANTING = ("base.group_erp_manager", "base.group_system")
#: groups of Odoo whose holders are reviewed besides those of the suite
LEDGER = ("account.group_account_invoice", "account.group_account_user", "account.group_account_manager")


class FinanceAccessGraph(models.AbstractModel):
    """Reads from the database who has what, for the search of ``duties/paths.py``."""

    _name = "finance.access.graph"
    _description = "Who Has What"

    @api.model
    def _read(self):
        """:return: the graph of all users that can log in or have a key, whatever company they are in"""
        # sudo: reviewers are told about everybody of their company; what leaves here is bound to it
        env = self.sudo().env
        users = env["res.users"].search([("share", "=", False), ("active", "=", True)])
        users = users.filtered(lambda user: not user._is_superuser())
        keys, owners = self._keys(), self._owners()
        logins = {
            user.id: Login(
                number=user.id,
                name=user.name,
                identities=self._identities(user),
                groups=frozenset(user.group_ids.ids),
                companies=frozenset(user.company_ids.ids),
                keys=keys.get(user.id, 0),
                owners=frozenset(owners.get(user.id, ())) - {user.id},
            )
            for user in users
        }
        groups = env["res.groups"].search_fetch([("id", "!=", False)], ["implied_ids"])
        return Graph(
            logins,
            {group.id: group.implied_ids.ids for group in groups},
            self._ids_of(GRANTING),
            frozenset(env["res.company"].search([("active", "=", True)]).ids),
        )

    @api.model
    def _ids_of(self, names):
        found = (self.env.ref(name, raise_if_not_found=False) for name in names)
        return frozenset(group.id for group in found if group)

    @api.model
    def _identities(self, user):
        """:return: what tells that two users are the same human: partner, e-mail address, employee"""
        address = email_normalize(user.email or user.login)
        found = {("partner", str(user.partner_id.id)), ("address", address or "")}
        if "employee_ids" in user._fields:
            for employee in user.with_context(active_test=False).employee_ids:
                found |= {
                    ("partner", str(employee.work_contact_id.id or "")),
                    ("identification", employee.identification_id or ""),
                    ("address", email_normalize(employee.work_email or "") or ""),
                }
        return frozenset((kind, which) for kind, which in found if which)

    @api.model
    def _keys(self):
        """:return: user -> how many API keys are good"""
        self.env.cr.execute(
            SQL(
                "SELECT user_id, count(*) FROM res_users_apikeys"
                " WHERE expiration_date IS NULL OR expiration_date > now() AT TIME ZONE 'UTC' GROUP BY user_id"
            )
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _owners(self):
        """:return: user that a program acts as -> users who answer for the program"""
        owners = {}
        # sudo: as above
        for client in self.env["finance.api.client"].sudo().search([("active", "=", True)]):
            owners.setdefault(client.user_id.id, set()).add(client.owner_id.id)
        return owners

    @api.model
    def _findings(self, graph):
        """:return: what :meth:`Graph.findings` found for the conflicts that are watched"""
        conflicts = self.env["finance.duty.conflict"].search([("active", "=", True)])
        duties = conflicts.one_id | conflicts.other_id
        return graph.findings(
            {duty.code: Duty(code=duty.code, groups=frozenset(duty.group_ids.ids)) for duty in duties},
            [Conflict(code=one.code, one=one.one_id.code, other=one.other_id.code) for one in conflicts],
        )

    @api.model
    def _roles(self):
        """:return: groups whose holders are reviewed: id -> name"""
        groups = self.env["res.groups"].sudo()  # sudo: names of groups are no secret
        ids = set(groups._finance_roles()) | self._ids_of(LEDGER) | self._ids_of(GRANTING)
        return {group.id: group.full_name for group in groups.browse(sorted(ids)).exists()}

    @api.model
    def _words(self, graph, way):
        """:return: a way in words"""
        # sudo: names of groups are no secret
        names = {group.id: group.name for group in self.env["res.groups"].sudo().browse({*way.chain, way.target})}
        chain = " → ".join(names[group] for group in way.chain)
        who = graph.logins[way.login].name
        if way.kind == "grant":
            text = self.env._(
                "%(who)s can give the group %(target)s to anybody: %(chain)s",
                who=who,
                target=names[way.target],
                chain=chain,
            )
        elif way.kind == "program":
            text = self.env._("%(who)s, a program that the person answers for: %(chain)s", who=who, chain=chain)
        else:
            text = f"{who}: {chain}"
        return self.env._("%(text)s (API keys: %(count)s)", text=text, count=way.keys) if way.keys else text
