from sandbox.process import StandIn

from .fake_case import FakeCase


class SystemCase(FakeCase):
    """Connections of the fake adapter to the sandbox's REST system, over real sockets."""

    #: settings of every connection of the class, besides its address
    http_settings = {}
    #: port that connections use when a test names none
    http_kind = "plain"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = StandIn("sandbox.http")
        cls.addClassCleanup(cls.system.stop)

    def setUp(self):
        super().setUp()
        self.system.control("POST", "/reset")

    def address(self, kind="plain"):
        """:return: address of a port: ``plain``, or a kind of TLS of ``sandbox.http.certificates``"""
        return f"{'http' if kind == 'plain' else 'https'}://localhost:{self.system.ready['ports'][kind]}"

    def http_connection(self, kind=None, **values):
        kind = kind or self.http_kind
        return self.make_connection(
            "finance.adapter.test.http",
            **{
                "http_base_url": self.address(kind),
                "http_networks": "127.0.0.0/8, ::1",
                "http_allow_plain": kind == "plain",
                "http_authorities": self.system.ready["authority"],
                **self.http_settings,
                **values,
            },
        )

    def misbehave(self, **chaos):
        """Let the system misbehave; see ``sandbox.http.server.Chaos``."""
        self.system.control("PUT", "/chaos", [chaos])

    def behave(self):
        self.system.control("DELETE", "/chaos")
