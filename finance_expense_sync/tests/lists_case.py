"""What the tests of lists on platforms share: rows of the register and of synchronisations, a batch that is sent."""

from .platform_case import PlatformCase


class ListsCase(PlatformCase):
    """Master data that a platform is told."""

    #: path of the stand-in's interface
    prefix = ""
    secret_key = "token"
    secret_value = ""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.http_base_url = cls.running.url + cls.prefix
        cls.env["finance.secret"]._put(cls.connection, cls.secret_key, cls.secret_value)
        cls.plan = cls.env["account.analytic.plan"].create({"name": "Cost centres"})

    @classmethod
    def synchronise(cls, *domains, **values):
        steward = cls.user("steward")
        for domain in domains:
            if not cls.env["finance.ownership.register"]._row(domain, cls.company):
                cls.env["finance.ownership.register"].create(
                    {
                        "domain": domain,
                        "company_id": cls.company.id,
                        "owner_id": steward.id,
                        "support_id": steward.id,
                        "approver_ids": [(4, steward.id)],
                        "reprocessor_id": steward.id,
                    }
                )
            cls.env["finance.master.sync"].create(
                {"connection_id": cls.connection.id, "domain": domain, "send": True, **values}
            )

    def wait_over(self):
        """The pause that the platform asked for is over."""
        self.connection.hold_until = False
        self.connection.limit_ids.write({"next_at": False, "ramp_at": False})
        self.later()

    def send(self):
        """Send what was collected; :return: the messages"""
        self.env["finance.master.sync"].search([("connection_id", "=", self.connection.id)]).action_send_now()
        self.drain()
        return self.messages("finance.handler.master.out")

    def compare(self, domain):
        """Compare both sides; :return: the open differences"""
        self.env["finance.master.sync"]._row(self.connection, domain)._begin_comparison()
        self.drain()
        return self.env["finance.master.drift"].search(
            [("connection_id", "=", self.connection.id), ("domain", "=", domain), ("state", "=", "open")]
        )
