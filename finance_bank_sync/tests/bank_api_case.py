"""What the tests of banks' interfaces share: a bank over a socket, a connection with a consent, the queue."""

from datetime import date
from unittest.mock import patch

from sandbox.process import StandIn

from ..protocols.access import ConsentWish, Person
from .common import IBAN, BankCase

ADDRESS = "203.0.113.7"


class BankApiCase(BankCase):
    """A NextGenPSD2 bank with one account of ours. Today is what :attr:`today` says, here and there."""

    today = date(2026, 3, 10)
    stand_in = "sandbox.berlingroup"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = StandIn(cls.stand_in)
        cls.addClassCleanup(cls.bank.stop)

    def setUp(self):
        super().setUp()
        self.bank.control("POST", "/reset")
        self.configure(today=str(self.today))
        self.bank.control("POST", "/account", {"iban": IBAN, "opening": "1000.00"})
        self.connection = self.make_api_connection()
        today = patch.object(self.env.registry["finance.connection"], "_bank_today", lambda _connection: self.today)
        today.start()
        self.addCleanup(today.stop)
        # calls are counted in transactions of their own
        self.count_calls_apart()

    def count_calls_apart(self):
        mode = self.enter_registry_test_mode()
        mode.__enter__()
        self.addCleanup(mode.__exit__, None, None, None)

    # -- the bank --------------------------------------------------------------------------

    def configure(self, **values):
        return self.bank.control("PUT", "/settings", values)

    def book(self, amount, text="", day=None, **values):
        """Somebody pays; :return: the bank's reference"""
        told = {"iban": IBAN, "amount": str(amount), "text": text, "day": str(day or date(2026, 3, 9)), **values}
        return self.bank.control("POST", "/book", told)["reference"]

    def announce(self, amount, text=""):
        return self.bank.control(
            "POST", "/announce", {"iban": IBAN, "amount": str(amount), "day": str(self.today), "text": text}
        )

    def tomorrow(self, days=1):
        """A day passes, and at the bank and here calls without a person are free again."""
        self.today = date.fromordinal(self.today.toordinal() + days)
        self.configure(today=str(self.today))
        self.bank.control("POST", "/new-day")
        self.env.flush_all()
        self.env.cr.execute("UPDATE finance_bank_call SET used_at = used_at - interval '25 hours'")
        self.env.invalidate_all()

    def log(self, endpoint="transactions"):
        """:return: statuses of the calls that the bank has counted, with whether a person was there"""
        log = self.bank.control("GET", "/")["log"]
        return [(has_person, status) for _iban, asked, has_person, status in log if asked == endpoint]

    def camt(self, first, last):
        told = {"iban": IBAN, "from_day": str(first), "to_day": str(last)}
        return self.bank.control("POST", "/camt", told)["content"].encode()

    # -- here ------------------------------------------------------------------------------

    def address(self, kind="plain"):
        scheme = "http" if kind == "plain" else "https"
        return f"{scheme}://localhost:{self.bank.ready['ports'][kind]}"

    def make_api_connection(self, kind="plain", **values):
        return self.make_connection(
            "finance.bank.adapter.berlin.group",
            **{
                "name": "Open bank",
                "http_base_url": self.address(kind) + self.bank.ready["prefix"],
                "http_networks": "127.0.0.0/8, ::1",
                "http_allow_plain": kind == "plain",
                "http_authorities": self.bank.ready["authority"],
                "max_file_mb": 10,
                # the bank lives in days of its own, ends are watched by ours
                "bank_consent_days": 3650,
                **values,
            },
        )

    def give_consent(self, connection=None, **access):
        """A consent that a person has said yes to at the bank; :return: it"""
        connection = connection or self.connection
        adapter = connection._adapter()
        person = Person(address=ADDRESS)
        wish = ConsentWish(
            return_to="http://odoo.example/", refused_to="http://odoo.example/", until=connection._bank_until()
        )
        begun = adapter._consent_begin(connection.sudo()._as_authorising(), wish, person)
        self.bank.control("POST", "/consent", {"consent": begun.reference, "status": "valid"})
        consent = self.env["finance.bank.consent"].create(
            {"connection_id": connection.id, "reference": begun.reference, "valid_until": wish.until, "calls": 4}
        )
        consent._look(person)
        connection._bank_read_accounts(person)
        self.env.flush_all()
        return consent

    @property
    def account(self):
        return self.env["finance.bank.online.account"].search([("connection_id", "=", self.connection.id)])

    def fetch(self):
        """Run the scheduled question with everything that follows; :return: its last message"""
        flow = self.connection._bank_report_flow()
        flow._enqueue_fetch(self.env.cr.now())
        self.drain()
        return self.question()

    def question(self):
        flow = self.connection._bank_report_flow()
        return self.env["finance.message"].search(
            [("flow_id", "=", flow.id), ("kind", "=", "exchange")], order="id desc", limit=1
        )

    def ask_as_person(self):
        """Somebody at the screen asks; :return: the message"""
        self.env["finance.bank.handler.report"]._ask(self.account, person=Person(address=ADDRESS))
        self.drain()
        return self.question()

    def received(self, **match):
        domain = [("connection_id", "=", self.connection.id), *((name, "=", value) for name, value in match.items())]
        return self.env["finance.bank.statement"].search(domain, order="id")

    def provisional(self):
        return self.env["finance.bank.entry"].search([("state", "=", "provisional")])
