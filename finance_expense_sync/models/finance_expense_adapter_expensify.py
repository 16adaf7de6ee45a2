import mimetypes
from contextlib import contextmanager

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError

from ..platforms import expensify_reader
from ..platforms.calling import Nobody
from ..platforms.expensify import Credentials, ExpensifyClient

#: secret with the partner user secret
SECRET = "password"


class FinanceExpenseAdapterExpensify(models.AbstractModel):
    """Expense reports of Expensify, by its Integration Server.

    It has no webhooks, and takes no word of what was posted or refused: the label says that a report is here, and
    reports that were paid are set to reimbursed.
    """

    _name = "finance.expense.adapter.expensify"
    _inherit = "finance.expense.adapter._lists"
    _description = "Expensify"

    _supports = frozenset({"check", "expenses", "master"})
    _uses_http = True
    _expense_told = frozenset({"paid"})
    _lists_out = frozenset({"account", "analytic_account", "analytic_plan", "employee"})

    @api.model
    @contextmanager
    def _calling(self, connection):
        settings = connection.sudo()  # sudo: engine code runs for any role; it is no secret
        if not settings.expensify_user:
            raise RejectedError(
                self.env._("Enter the partner user ID on the connection."), reason="connection_incomplete"
            )
        credentials = Credentials(user=settings.expensify_user, secret=connection._secret(SECRET))
        with connection._http(authorization=Nobody()) as client:
            yield ExpensifyClient(
                client,
                credentials,
                label=settings.expensify_label or "Odoo",
                policies=self._workspaces(connection),
                fields=connection._expense_fields(),
                today=self.env.cr.now().date(),
            )

    @api.model
    def _workspaces(self, connection):
        # sudo: engine code runs for any role; it is no secret
        return (connection.sudo().expensify_workspaces or "").replace(",", " ").split()

    @api.model
    def _check(self, connection):
        with self._calling(connection) as service:
            found = service.workspaces()
        connection._expense_asks()
        return self.env._("Expensify answers; %s workspace(s) are open to us.", len(found))

    # -- reports -------------------------------------------------------------------------------

    @api.model
    def _expense_batch(self, connection, flow, position):
        with self._calling(connection) as service:
            return service.batch(position)

    @api.model
    def _expense_claim(self, connection, handed):
        with self._calling(connection) as service:
            return service.mark([one.external_id for one in handed])

    @api.model
    def _expense_read(self, connection, content):
        return expensify_reader.read(content, connection._expense_fields())

    @api.model
    def _expense_receipt(self, connection, receipt):
        with self._calling(connection) as service:
            kind, content = service.receipt(receipt.url)
        name = receipt.name or f"receipt-{receipt.external_id or ''}{mimetypes.guess_extension(kind) or ''}"
        return name, kind, content

    @api.model
    def _expense_confirm(self, connection, outcome):
        with self._calling(connection) as service:
            return service.reimbursed(outcome)

    # -- lists ---------------------------------------------------------------------------------

    @api.model
    def _list_keep(self, connection, obj, name, is_listed):
        workspaces = self._workspaces(connection)
        if not workspaces:
            raise RejectedError(
                self.env._("Enter the workspaces whose categories and people are kept on the connection."),
                reason="expense_list_refused",
            )
        if obj.domain == "employee":
            person = self._person(connection, obj, name, workspaces, is_listed)
            with self._calling(connection) as service:
                service.keep_employee(person)
            return
        if obj.domain != "account":
            self._keep_tags(connection, obj, workspaces)
            return
        with self._calling(connection) as service:
            for workspace in workspaces:
                service.keep_category(workspace, name, f"{obj.code} {obj.name}", is_listed=is_listed)

    @api.model
    def _keep_tags(self, connection, obj, workspaces):
        """Tags are replaced as a whole: what is not named is deleted over there. A level is a plan, by its name."""
        if obj.domain == "analytic_plan":
            # it is there with its first account
            return
        plan = self._plan_of(obj)
        listed = [one for one in self._all_listed(connection, "analytic_account") if one.plan == plan]
        tags = [
            {"name": self._tag(one), "glCode": one.external_id or one.source_id.removeprefix("odoo:"), "enabled": True}
            for one in listed
        ]
        with self._calling(connection) as service:
            for workspace in workspaces:
                service.set_tags(workspace, self._level(plan), tags)

    @api.model
    def _tag(self, obj):
        # a colon divides levels
        return (f"{obj.code} {obj.name}" if obj.code else obj.name).replace(":", " ")

    @api.model
    def _level(self, plan):
        """:param plan: what the platform was told that it is called
        :return: name of the level
        """
        number = plan.rpartition(":")[2]
        # sudo: the engine
        return self.env["account.analytic.plan"].sudo().browse(int(number)).name if number.isdecimal() else plan

    @api.model
    def _tag_rows(self, connection, domain):
        levels = {}
        with self._calling(connection) as service:
            for workspace in self._workspaces(connection)[:1]:
                levels = service.tags(workspace)
        # sudo: as above
        plans = self.env["account.analytic.plan"].sudo()
        if domain == "analytic_plan":
            # one without tags is no level yet, and is not missed
            return {f"{plan._name}:{plan.id}": {} for plan in plans.search([])}
        return {code: {"active": True} for tags in levels.values() for code in tags}

    @api.model
    def _person(self, connection, obj, name, workspaces, is_listed):
        """:return: a person as the employee updater wants to be told
        :raise RejectedError: who is to approve has no address, or the person has none
        """
        # sudo: what a platform is told is decided by the synchronisation
        employee = self._record_of(obj).sudo()
        approver = employee.parent_id.work_email or connection.sudo().expensify_approver
        if not employee.work_email or not approver:
            raise RejectedError(
                self.env._(
                    "Employee %s needs a work email, and a manager with one. Without a manager the approver on the "
                    "connection counts.",
                    name,
                ),
                reason="expense_list_refused",
            )
        first, _blank, last = (employee.name or "").strip().rpartition(" ")
        return {
            "employeeID": name,
            "employeeEmail": employee.work_email,
            "managerEmail": approver,
            "policyID": workspaces[0],
            **({"additionalPolicyIDs": workspaces[1:]} if workspaces[1:] else {}),
            **({"firstName": first, "lastName": last} if first else {"firstName": last}),
            "isTerminated": not is_listed,
        }

    @api.model
    def _list_rows(self, connection, domain):
        if domain == "employee":
            people = {}
            with self._calling(connection) as service:
                for workspace in self._workspaces(connection)[:1]:
                    people = service.employees(workspace)
            return {name: {"email": email, "active": True} for name, email in people.items()}
        if domain != "account":
            return self._tag_rows(connection, domain)
        with self._calling(connection) as service:
            found = [service.categories(workspace) for workspace in self._workspaces(connection)]
        # what is not in all of them is missing
        return {name: {"active": True} for name in (set.intersection(*found) if found else ())}


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.expense.adapter.expensify", "Expensify")],
        ondelete={"finance.expense.adapter.expensify": "cascade"},
    )
    expensify_user = fields.Char(string="Partner user ID", tracking=True)
    expensify_label = fields.Char(
        string="Label",
        tracking=True,
        help="Put on reports once they are stored here; reports that carry it are not read again. Empty: Odoo.",
    )
    expensify_approver = fields.Char(
        string="Approver without manager",
        tracking=True,
        help="Email of who approves reports of employees without manager in Odoo; Expensify wants to know somebody.",
    )
    expensify_workspaces = fields.Char(
        string="Workspaces",
        tracking=True,
        help="IDs of policies, separated by blanks. Empty: all that the user may see.",
    )
