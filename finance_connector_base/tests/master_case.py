from unittest import SkipTest

from .common import FinanceCase


class MasterCase(FinanceCase):
    """Two systems that exchange master data with our company: ``erp`` and ``crm``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "finance.adapter.test.master" not in cls.env:
            raise SkipTest("test_finance_connector is not installed")
        cls.adapter = cls.env["finance.adapter.test.master"]
        cls.adapter._forget()
        cls.erp = cls.make_connection("finance.adapter.test.master", name="ERP")
        cls.crm = cls.make_connection("finance.adapter.test.master", name="CRM")
        cls.approver = cls.user("steward")
        cls.register = {}

    @classmethod
    def answer_for(cls, domain, company=None):
        """:return: the row of the ownership register, made when missing"""
        company = company or cls.company
        rows = cls.env["finance.ownership.register"]
        people = {True: cls.user("steward"), False: cls.user("steward", other_company=True)}[company == cls.company]
        return rows._row(domain, company) or rows.create(
            {
                "domain": domain,
                "company_id": company.id,
                "owner_id": people.id,
                "support_id": people.id,
                "approver_ids": [(4, people.id)],
                "reprocessor_id": people.id,
            }
        )

    @classmethod
    def synchronise(cls, connection, domain, *, receive=True, send=False, **values):
        """:return: the row that says how a domain is exchanged"""
        cls.answer_for(domain, connection.company_id)
        return cls.env["finance.master.sync"].create(
            {"connection_id": connection.id, "domain": domain, "receive": receive, "send": send, **values}
        )

    @classmethod
    def own(cls, domain, owner, on_foreign, field=None):
        """:return: a policy in force: the owner is a connection, or None for Odoo"""
        return cls.env["finance.ownership.policy"].create(
            {
                "domain": domain,
                "field_name": f"{domain}.{field}" if field else False,
                "owner_kind": "connection" if owner else "odoo",
                "connection_id": owner.id if owner else False,
                "company_id": cls.company.id,
                "on_foreign": on_foreign,
                "state": "active",
            }
        )

    def receive(self, connection, domain, external_id, *, drained=True, **said):
        """Let a system say something; :return: the message, worked"""
        sync = self.env["finance.master.sync"]._row(connection, domain)
        data = {"domain": domain, "version": 1, "external_id": external_id, **said}
        flow = (
            sync._flow("receive")
            if sync
            else self.env["finance.flow"].search(
                [("connection_id", "=", connection.id), ("handler", "=", "finance.handler.master.in")]
            )
        )
        [message] = self.enqueue(flow, data, order_key=f"master:{domain}:{external_id}")
        if drained:
            self.drain()
        return message

    def record(self, connection, domain, external_id):
        """:return: the record an external id stands for"""
        found = self.env["finance.master"]._of(domain)._find(external_id, connection)
        return found.with_env(self.env)

    def sent(self, connection):
        """Send what waits; :return: what a system has been told since last asked"""
        self.env["finance.master.sync"].search([("connection_id", "=", connection.id)]).action_send_now()
        self.drain()
        return self.adapter._sent(connection)
