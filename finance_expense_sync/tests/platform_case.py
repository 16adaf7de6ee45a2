"""What the tests of platforms share: a stand-in in a thread, a connection with it, mappings, a run."""

from sandbox.rest.base import Running

from ..const import CONFIRM, FETCH, RECEIPT, REPORT
from .common import ExpenseCase


class PlatformCase(ExpenseCase):
    """A company that books what one platform has approved."""

    #: class of the stand-in, technical name of the adapter, code of the employee
    stand_in = None
    adapter = None
    employee = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.running = Running(cls.stand_in())
        cls.addClassCleanup(cls.running.stop)
        cls.connection = cls.make_connection(
            cls.adapter,
            **{
                "name": "Platform",
                "http_base_url": cls.running.url,
                "http_networks": "127.0.0.0/8",
                "http_allow_plain": True,
                **cls.settings(),
            },
        )
        cls.map("employee", cls.employee, cls.ann)
        cls.fetching = cls.connection._expense_flow(FETCH)
        cls.reports_flow = cls.connection._expense_flow(REPORT)

    @classmethod
    def settings(cls):
        return {}

    def setUp(self):
        super().setUp()
        # each test has the platform for itself
        self.there = self.running._server.system = self.stand_in()
        self.running.calm()

    def ask(self):
        """Ask as the schedule does, with everything that follows"""
        self.fetching._enqueue_fetch(self.env.cr.now())
        self.drain()

    def later(self):
        """What waits for its time is due, and worked."""
        self.make_due(self.messages(FETCH, CONFIRM, RECEIPT).filtered(lambda one: one.state in ("queued", "retry")))
        self.drain()

    def messages(self, *handlers, **values):
        flows = self.connection.flow_ids.filtered(lambda flow: flow.handler in handlers)
        domain = [("flow_id", "in", flows.ids), *((name, "=", value) for name, value in values.items())]
        return self.env["finance.message"].search(domain, order="id")

    def claims(self):
        return self.messages(FETCH).filtered(lambda one: (one.sudo().data or {}).get("claim"))

    def of_platform(self, external_id):
        return self.records(external_id)
