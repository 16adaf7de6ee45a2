"""Services in front of banks: GoCardless Bank Account Data, Ponto Connect, Plaid (B-02; faults 45, 47, 49)."""

from datetime import date
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from odoo.tests import tagged

from odoo.addons.finance_connector_base.tests.adapter_contract import AdapterContract
from odoo.addons.finance_connector_base.transports.oauth2 import Tokens

from ..protocols import ponto
from ..protocols.access import ConsentWish, Person
from .bank_api_case import ADDRESS, BankApiCase


class Stay(HTTPRedirectHandler):
    """A browser that looks where it is sent and does not go."""

    def redirect_request(self, request, file, code, message, headers, url):
        return None


class AggregatorCase(BankApiCase):
    """As with a bank, with another stand-in in front of its books."""

    adapter = None

    def make_api_connection(self, kind="plain", **values):
        return self.make_connection(
            self.adapter,
            **{
                "name": "Service",
                "http_base_url": self.address(kind) + self.bank.ready["prefix"],
                "http_networks": "127.0.0.0/8, ::1",
                "http_allow_plain": kind == "plain",
                "http_authorities": self.bank.ready["authority"],
                "max_file_mb": 10,
                "bank_consent_days": 3650,
                **values,
            },
        )

    def secret(self, key, value):
        self.env["finance.secret"]._put(self.connection, key, value)

    def tomorrow(self, days=1):
        self.today = date.fromordinal(self.today.toordinal() + days)
        self.configure(today=str(self.today))
        self.env.flush_all()
        self.env.cr.execute("UPDATE finance_bank_call SET used_at = used_at - interval '25 hours'")
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestGoCardless(AdapterContract, AggregatorCase):
    stand_in = "sandbox.gocardless"
    adapter = "finance.bank.adapter.gocardless"
    adapters = ("finance.bank.adapter.gocardless",)
    handlers = ("finance.bank.handler.report",)

    def setUp(self):
        super().setUp()
        self.connection.write({"bank_client": "id-1", "bank_institution": "SANDBOXFINANCE_SFIN0000"})
        self.connection.check_ok = True
        self.secret("client_secret", "key-1")

    def give_consent(self, says="yes"):
        self.configure(person_says=says)
        connection, person = self.connection, Person(address=ADDRESS)
        wish = ConsentWish(
            return_to="http://odoo.example/finance/bank/consent/return?state=s1",
            refused_to="http://odoo.example/",
            until=connection._bank_until(),
            state=f"s{self.env['finance.bank.consent'].search_count([])}",
        )
        begun = connection._adapter()._consent_begin(connection._as_authorising(), wish, person)
        try:
            build_opener(Stay()).open(begun.page)
        except Exception as error:
            back = urlsplit(error.headers["Location"])
        self.assertEqual(parse_qs(back.query)["ref"], [wish.state], "what comes back is what was sent")
        consent = self.env["finance.bank.consent"].create(
            {"connection_id": connection.id, "reference": begun.reference, "valid_until": wish.until, "calls": 4}
        )
        consent._look(person)
        if consent.state == "valid":
            connection._bank_read_accounts(person)
        self.env.flush_all()
        return consent

    def test_s02_from_the_requisition_to_the_ledger(self):
        consent = self.give_consent()
        self.assertEqual(consent.state, "valid")
        self.assertEqual((consent.valid_until - self.today).days, 3650)
        self.book("250.00", "INV 1")
        self.book("-9.50", "Fee")
        self.announce("-30.00")
        self.assertState(self.fetch(), "done")
        self.assertEqual(sorted(self.amounts()), [-9.5, 250.0])
        self.assertEqual(self.provisional().mapped("amount"), [-30.0])
        self.assertEqual(self.account.balance_ids.mapped("kind"), ["XPCD", "CLBD"])
        self.as_user(self.connection, "admin").action_test()
        self.assertTrue(self.connection.check_ok, self.connection.check_result)

    def test_refused_at_the_bank(self):
        self.assertEqual(self.give_consent("no").state, "refused")

    def test_four_calls_also_with_a_person(self):
        self.give_consent()
        self.book("250.00")
        for _number in range(4):
            self.assertState(self.ask_as_person(), "done")
        self.assertState(self.ask_as_person(), "ignored", "bank_calls_used_up")
        log = self.bank.control("GET", "/")["log"]
        self.assertNotIn(["transactions", 429], log)

    def test_fault_47_the_service_says_for_how_long(self):
        self.give_consent()
        for _number in range(4):
            self.fetch()
        self.env.cr.execute("UPDATE finance_bank_call SET used_at = NULL")
        self.env.invalidate_all()
        self.assertState(self.fetch(), "ignored", "bank_calls_used_up")
        left = self.account.next_call_at - self.env.cr.now()
        self.assertLessEqual(abs(left.total_seconds() - 3600), 300)

    def test_fault_45_tokens_are_renewed_by_the_refresh_token(self):
        self.give_consent()
        before = len(self.bank.control("GET", "/")["token_calls"])
        self.bank.control("PUT", "/chaos", [{"mode": "status", "status": 401, "path": "/api/v2/accounts", "times": 1}])
        self.assertState(self.fetch(), "done")
        self.assertEqual(self.bank.control("GET", "/")["token_calls"][before:], ["new", "refresh"])

    def test_a_wrong_secret_stops_the_connection(self):
        self.give_consent()
        self.secret("client_secret", "another")
        self.assertState(self.fetch(), "held", "auth_needed")

    def test_a_consent_that_is_over(self):
        consent = self.give_consent()
        self.bank.control("POST", "/end-consents", {"status": "EX"})
        message = self.fetch()
        self.assertState(message, "held", "bank_consent_needed")
        self.assertEqual(consent.state, "expired")
        self.book("1.00")
        self.give_consent()
        self.assertEqual(len(self.account), 1, "the same account under a new id")
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.amounts(), [1.0])

    def test_an_account_that_is_being_prepared_is_tried_again(self):
        self.give_consent()
        self.configure(account_status="PROCESSING")
        self.assertState(self.fetch(), "retry")


@tagged("post_install", "-at_install")
class TestPonto(AdapterContract, AggregatorCase):
    stand_in = "sandbox.ponto"
    adapter = "finance.bank.adapter.ponto"
    adapters = ("finance.bank.adapter.ponto",)

    def setUp(self):
        super().setUp()
        sleep = patch.object(ponto.time, "sleep")
        sleep.start()
        self.addCleanup(sleep.stop)

    def authorise(self, kind="plain", **values):
        address = self.address(kind) + self.bank.ready["prefix"]
        self.connection = self.make_api_connection(
            kind,
            http_auth="authorization_code",
            oauth_address=f"{address}/oauth2/token",
            oauth_page=f"{address}/authorize",
            oauth_client="odoo",
            oauth_scope="ai offline_access",
            **values,
        )
        self.secret("client_secret", "sandbox-secret")
        told = self.bank.control("POST", "/grant")
        given = Tokens(access=told["access_token"], refresh=told["refresh_token"], lifetime=told["expires_in"])
        self.env["finance.oauth2.request"]._kept(self.connection, self.env.user, given)
        self.configure(needs_token=True)
        self.env.flush_all()

    def test_connection(self):
        self.as_user(self.connection, "admin").action_test()
        self.assertTrue(self.connection.check_ok, self.connection.check_result)

    def test_s02_from_the_authorisation_to_the_ledger(self):
        self.authorise()
        self.test_connection()
        self.assertEqual(self.account.journal_id, self.journal)
        watched = self.connection.credential_ids
        self.assertEqual(watched.expires_at.date(), date(2027, 1, 1), "when Ponto has to be authorised again")
        self.book("250.00", "INV 1")
        self.book("-9.50", "Fee")
        self.announce("-30.00")
        self.assertState(self.fetch(), "done")
        self.assertEqual(sorted(self.amounts()), [-9.5, 250.0])
        self.assertEqual(self.provisional().mapped("amount"), [-30.0])
        self.assertEqual(set(self.account.balance_ids.mapped("kind")), {"ITBD", "ITAV"})

    def test_fault_45_a_token_ends_between_pages_that_walk_to_older_ones(self):
        self.authorise()
        self.test_connection()
        for number in range(25):
            self.book(f"{number + 1}.00", day=date(2026, 3, 1 + number % 8))
        self.book("99.00", day=date(2026, 1, 2))
        self.account.fetch_from = date(2026, 2, 1)
        self.configure(expire_at_page=2)
        message = self.fetch()
        self.assertState(message, "done")
        self.assertEqual(sorted(self.amounts()), [float(number) for number in range(1, 26)])
        self.assertEqual(self.bank.control("GET", "/")["token_calls"], ["refresh_token"])

    def test_a_list_is_not_read_further_than_needed(self):
        self.test_connection()
        self.configure(page=2)
        for day in range(1, 10):
            self.book(f"{day}.00", day=date(2026, 2, day))
        self.book("50.00")
        self.account.fetch_from = date(2026, 2, 8)
        message = self.fetch()
        self.assertEqual(message.result["pages"], 4, "two with days wanted, one that is older, one of what is pending")
        self.assertEqual(self.amounts(), [8.0, 9.0, 50.0])

    def test_a_person_has_the_bank_asked_at_once(self):
        self.test_connection()
        self.bank.control("POST", "/fall-behind")
        self.book("250.00")
        self.configure(looks=3)
        self.fetch()
        self.assertFalse(self.lines())
        self.assertState(self.ask_as_person(), "done")
        self.assertEqual(self.amounts(), [250.0])
        [synchronisation] = self.bank.control("GET", "/")["synchronisations"]
        self.assertEqual(synchronisation["address"], ADDRESS)

    def test_mutual_tls_and_signed_requests(self):
        from odoo.addons.finance_connector_base.safe import certificates

        self.authorise("mutual", bank_is_signed=True, bank_key_id="cert-1")
        pem, key = self.bank.ready["client_certificate"].encode(), self.bank.ready["client_key"].encode()
        self.env["finance.credential"]._put(self.connection, "tls", certificate=certificates.read(pem, private_key=key))
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        text = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.configure(needs_certificate=True, signing_public_key=public.decode())
        self.patch(
            self.env.registry["finance.credential"],
            "_private_key",
            lambda one: text if one.kind == "signing" else key.decode(),
        )
        self.env["finance.credential"]._put(
            self.connection, "signing", certificate=certificates.read(pem, private_key=key)
        )
        self.test_connection()
        self.book("1.00")
        self.assertState(self.ask_as_person(), "done")
        self.assertEqual(self.amounts(), [1.0])
        self.connection.bank_is_signed = False
        self.as_user(self.connection, "admin").action_test()
        self.assertIn("invalidSignature", self.connection.check_result)


@tagged("post_install", "-at_install")
class TestPlaid(AdapterContract, AggregatorCase):
    stand_in = "sandbox.plaid"
    adapter = "finance.bank.adapter.plaid"
    adapters = ("finance.bank.adapter.plaid",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dollars = cls.make_bank_journal(cls.company, "PERSISTENT-1", currency=cls.usd)

    def configure(self, **values):
        values.pop("today", None)
        return super().configure(**values) if values else None

    def setUp(self):
        super().setUp()
        self.connection.bank_client = "client-1"
        self.connection.check_ok = True
        self.secret("client_secret", "secret-1")
        self.secret("token", "access-1")
        self.as_user(self.connection, "admin").action_test()
        self.assertTrue(self.connection.check_ok, self.connection.check_result)

    def add(self, amount, day="2026-03-09", **more):
        return self.bank.control("POST", "/add", {"amount": amount, "day": day, **more})["id"]

    def posted(self):
        return self.amounts(self.dollars)

    def cursors(self):
        return [call["cursor"] for call in self.bank.control("GET", "/")["log"]]

    def test_what_goes_out_is_positive_there_and_negative_here(self):
        self.add("12.50", text="Coffee")
        self.add("-250.00", text="Salary")
        self.add("3.00", day="2026-03-10")
        self.assertState(self.fetch(), "done")
        self.assertEqual(self.posted(), [-12.5, 250.0])
        self.assertEqual(self.provisional().mapped("amount"), [-3.0])
        kinds = {balance.kind: balance.amount for balance in self.account.balance_ids}
        self.assertEqual(kinds, {"ITBD": 1000.0, "ITAV": 990.0})

    def test_only_changes_are_asked_for(self):
        self.add("1.00")
        self.fetch()
        self.add("2.00", day="2026-03-10")
        self.tomorrow()
        self.fetch()
        self.assertEqual(self.posted(), [-1.0, -2.0])
        self.assertEqual(self.cursors(), ["", "1-1"])

    def test_a_pending_one_is_replaced_by_the_posted_one(self):
        pending = self.add("30.00", day="2026-03-10", pending=True)
        self.fetch()
        self.assertEqual(self.provisional().mapped("amount"), [-30.0])
        self.add("31.00", day="2026-03-10", replaces=pending)
        self.fetch()
        self.assertEqual(self.provisional().mapped("amount"), [-31.0], "with the tip")
        self.tomorrow()
        self.fetch()
        self.assertEqual((self.posted(), len(self.provisional())), ([-31.0], 0))

    def test_fault_49_the_data_change_between_two_pages(self):
        for number in range(5):
            self.add(f"{number + 1}.00")
        self.configure(page=2, mutate_at_page=2, mutations=1)
        self.assertState(self.fetch(), "done")
        self.assertEqual(len(self.posted()), 5)
        self.assertEqual(self.cursors(), ["", "1-2", "", "1-2", "1-4"], "begun again from the first page")

    def test_data_that_never_stop_to_change_are_given_up(self):
        for number in range(5):
            self.add(f"{number + 1}.00")
        self.configure(page=2, mutate_at_page=2, mutations=100)
        self.assertState(self.fetch(), "held", "bank_cursor_refused")
        self.assertFalse(self.account.sudo().position, "the cursor has not moved")

    def test_a_cursor_that_is_forgotten_begins_from_the_start(self):
        self.add("1.00")
        self.fetch()
        self.configure(generation=2)
        self.add("2.00")
        self.assertState(self.ask_as_person(), "done")
        self.assertEqual(sorted(self.posted()), [-2.0, -1.0])
        self.assertEqual(self.account.sudo().position, "2-2")

    def test_changed_after_it_was_read_is_for_a_person(self):
        identity = self.add("1.00")
        self.fetch()
        self.bank.control("POST", "/modify", {"identity": identity, "name": "Another name"})
        self.assertState(self.fetch(), "done")
        self.bank.control("POST", "/modify", {"identity": identity, "amount": 5.0})
        self.assertState(self.fetch(), "held", "bank_changed_late")

    def test_removed_after_it_was_read_is_for_a_person(self):
        identity = self.add("1.00")
        self.fetch()
        self.bank.control("POST", "/remove", {"identity": identity})
        self.assertState(self.fetch(), "held", "bank_changed_late")
        self.assertEqual(self.posted(), [-1.0], "nothing on the ledger is taken back by itself")

    def test_not_ready_yet(self):
        self.configure(ready=False)
        self.assertState(self.fetch(), "done")
        self.assertFalse(self.account.sudo().position)
        self.configure(ready=True)
        self.add("1.00")
        self.fetch()
        self.assertEqual(self.posted(), [-1.0])

    def test_refusals(self):
        for code, kind, state, reason in (
            ("ITEM_LOGIN_REQUIRED", "ITEM_ERROR", "held", "auth_needed"),
            ("TRANSACTIONS_SYNC_LIMIT", "RATE_LIMIT_EXCEEDED", "retry", "throttled"),
            ("INSTITUTION_DOWN", "INSTITUTION_ERROR", "retry", "http_server_error"),
        ):
            with self.subTest(code), self.undone():
                self.configure(error_code=code, error_type=kind)
                self.assertState(self.fetch(), state, reason)
