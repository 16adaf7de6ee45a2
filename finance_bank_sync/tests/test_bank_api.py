"""Accounts over a bank's interface: K-04, S-02, B-02; faults 45, 47, 48, 49; four calls a day without a person."""

from datetime import date

from odoo.tests import tagged

from odoo.addons.finance_connector_base.tests.adapter_contract import AdapterContract
from odoo.addons.finance_connector_base.transports.oauth2 import Tokens

from .bank_api_case import BankApiCase
from .common import IBAN


@tagged("post_install", "-at_install")
class TestBankApiContract(AdapterContract, BankApiCase):
    adapters = ("finance.bank.adapter.berlin.group",)
    handlers = ("finance.bank.handler.report",)


@tagged("post_install", "-at_install")
class TestBankApi(BankApiCase):
    def setUp(self):
        super().setUp()
        self.give_consent()

    # -- a good day ------------------------------------------------------------------------

    def test_s02_closed_days_are_posted_and_the_day_that_goes_on_is_shown(self):
        self.book("250.00", "INV 1")
        self.book("-9.50", "Fee", day=date(2026, 3, 8))
        self.book("42.00", "today", day=self.today)
        message = self.fetch()
        self.assertState(message, "done")
        self.assertEqual(message.result, {"pages": 1, "booked": 2, "so_far": 1, "files": 1, "new": True})
        self.assertEqual(self.amounts(), [-9.50, 250.00])
        self.assertEqual(self.provisional().mapped("amount"), [42.00])
        posted = self.received(state="posted")
        self.assertEqual((posted.closing, posted.to_date), (1240.50, date(2026, 3, 9)))
        self.tomorrow()
        self.fetch()
        self.assertEqual(self.amounts(), [-9.50, 250.00, 42.00])
        self.assertFalse(self.provisional())
        self.assertEqual(self.balance(), 282.50)

    def test_k05_the_first_list_proves_nothing_and_the_next_is_proved_by_the_balance_before(self):
        self.book("250.00")
        self.fetch()
        first = self.received(state="posted")
        self.assertEqual((first.proof, first.has_opening), ("unprovable", False))
        self.book("10.00", day=self.today)
        self.tomorrow()
        self.fetch()
        second = self.received(state="posted") - first
        self.assertEqual((second.proof, second.previous_id), ("proved", first))

    def test_a_booking_that_the_list_lacks_holds_the_statement(self):
        self.book("250.00")
        self.fetch()
        self.book("10.00", day=self.today)
        self.tomorrow()
        # the bank counts a booking that its list does not tell
        original = self.env.registry["finance.bank.online.account"]._collect

        def lacking(account, pages):
            return tuple(page.replace(b'"10.00"', b'"9.00"') for page in original(account, pages))

        self.patch(self.env.registry["finance.bank.online.account"], "_collect", lacking)
        self.fetch()
        self.assertHeld(self.received()[-1], "bank_gap")
        self.assertEqual(self.amounts(), [250.00])

    def test_without_balances_a_list_is_unprovable_and_posted(self):
        self.configure(balance_types=["expected"])
        self.book("250.00")
        self.fetch()
        posted = self.received(state="posted")
        self.assertEqual((posted.proof, posted.has_closing), ("unprovable", False))
        self.assertEqual(self.amounts(), [250.00])

    def test_k04_balances_are_kept_with_time_and_source(self):
        self.configure(
            balance_types=["openingBooked", "closingBooked", "interimAvailable", "forwardAvailable", "expected"]
        )
        self.bank.control(
            "PUT", "/settings", {"balance_types": ["openingBooked", "closingBooked", "interimBooked", "expected"]}
        )
        self.book("250.00")
        self.book("0.10", day=self.today)
        message = self.fetch()
        kept = {balance.kind: balance for balance in self.account.balance_ids}
        self.assertEqual({kind: balance.amount for kind, balance in kept.items()},
                         {"OPBD": 1250.0, "CLBD": 1250.0, "ITBD": 1250.1, "XPCD": 1250.1})  # fmt: skip
        self.assertEqual(kept["CLBD"].date, date(2026, 3, 9))
        self.assertEqual((kept["ITBD"].source, kept["ITBD"].message_id), ("api.berlin_group", message))
        self.assertEqual(kept["ITBD"].journal_id, self.journal)
        self.ask_as_person()
        self.assertEqual(len(self.account.balance_ids), 4, "the same balance is not kept twice")

    def test_nothing_new_is_kept_once(self):
        self.book("250.00")
        self.fetch()
        count = len(self.received())
        message = self.ask_as_person()
        self.assertFalse(message.result["new"])
        self.assertEqual(len(self.received()), count)

    def test_pending_becomes_booked_without_doubling(self):
        self.announce("-30.00", "Card")
        self.fetch()
        self.assertEqual(self.provisional().mapped("amount"), [-30.0])
        self.bank.control("POST", "/settle", {"iban": IBAN})
        self.ask_as_person()
        self.assertEqual(self.provisional().mapped("amount"), [-30.0], "booked today under another id")
        self.tomorrow()
        self.fetch()
        self.assertFalse(self.provisional())
        self.assertEqual(self.amounts(), [-30.0])

    def test_what_is_not_pending_any_more_leaves_the_list(self):
        self.announce("-30.00", "Card")
        self.book("1.00")
        self.fetch()
        self.bank.control("PUT", "/settings", {"pending": {}})
        self.ask_as_person()
        self.assertFalse(self.provisional())

    # -- several channels --------------------------------------------------------------------

    def test_k03_the_same_days_by_interface_and_by_file_add_nothing(self):
        for references in (True, False):
            with self.subTest(references=references), self.undone():
                self.configure(references=references)
                self.book("250.00", "INV 1", end_to_end=f"E2E-{references}")
                self.book("250.00", "INV 2")
                self.book("-5.00", "Fee")
                self.fetch()
                lines = len(self.lines())
                camt = self.camt(date(2026, 3, 1), date(2026, 3, 9))
                for name in ("first.xml", "again.xml"):
                    self.receive(camt + b"\n" * (name == "again.xml"), name)
                    self.assertEqual(len(self.lines()), lines, name)

    def test_k03_a_file_before_the_interface(self):
        self.configure(references=False)
        self.book("250.00")
        self.book("250.00")
        self.receive(self.camt(date(2026, 3, 1), date(2026, 3, 9)))
        self.assertEqual(self.amounts(), [250.0, 250.0])
        self.fetch()
        self.assertEqual(self.amounts(), [250.0, 250.0])

    def test_k03_a_third_one_of_the_same_amount_is_new(self):
        self.configure(references=False)
        self.book("250.00")
        self.book("250.00")
        self.fetch()
        self.tomorrow()
        self.book("250.00", "came late", day=date(2026, 3, 9))
        self.receive(self.camt(date(2026, 3, 1), date(2026, 3, 9)))
        self.assertEqual(self.amounts(), [250.0, 250.0, 250.0])

    def test_k03_a_bank_that_changes_its_ids_doubles_nothing(self):
        self.configure(ids="changing", references=False)
        self.book("250.00", "A")
        self.book("250.00", "A")
        self.fetch()
        self.book("1.00", day=self.today)
        self.tomorrow()
        self.fetch()
        self.assertEqual(self.amounts(), [250.0, 250.0, 1.0])

    def test_a_file_after_an_interface_without_balances_continues_the_ledger(self):
        self.receive(self.camt(date(2026, 3, 1), date(2026, 3, 7)))
        self.book("5.00", day=date(2026, 3, 7))
        self.receive(self.camt(date(2026, 3, 7), date(2026, 3, 7)))
        self.configure(balance_types=["expected"])
        self.book("250.00")
        self.fetch()
        self.receive(self.camt(date(2026, 3, 8), date(2026, 3, 9)))
        self.assertEqual(self.amounts(), [5.0, 250.0])
        held = self.env["finance.bank.statement"].search([("state", "=", "held")])
        self.assertFalse(held, held.mapped("message_id.detail"))

    # -- calls -------------------------------------------------------------------------------

    def test_four_calls_a_day_without_a_person_and_not_one_more(self):
        self.book("250.00")
        for _number in range(4):
            self.assertState(self.fetch(), "done")
        message = self.fetch()
        self.assertState(message, "ignored", "bank_calls_used_up")
        self.assertEqual(self.log(), [(False, 200)] * 4, "the bank was not even asked")
        self.assertEqual(self.account.calls_left, 0)
        self.assertTrue(self.account.next_call_at)

    def test_calls_with_a_person_count_apart(self):
        for _number in range(4):
            self.fetch()
        self.assertState(self.ask_as_person(), "done")
        self.assertEqual(self.log()[-1], (True, 200))
        attended = self.account.call_ids.filtered(lambda call: call.endpoint == "transactions" and not call.number)
        self.assertEqual(attended.total, 1)

    def test_somebody_who_has_gone_is_not_there(self):
        self.env["finance.bank.handler.report"]._ask(self.account)
        message = self.question()
        message.sudo().data = {
            "account_id": self.account.id,
            "person": {"address": "203.0.113.7", "agent": "", "until": 1},
        }
        self.drain()
        self.assertEqual(self.log(), [(False, 200)])

    def test_fault_47_the_bank_has_counted_more_than_we_have(self):
        self.configure(person_says="yes")
        for _number in range(4):
            self.fetch()
        self.env.cr.execute("UPDATE finance_bank_call SET used_at = NULL")
        self.env.invalidate_all()
        self.assertState(self.fetch(), "ignored", "bank_calls_used_up")
        self.assertEqual(self.log()[-1], (False, 429))
        self.assertState(self.fetch(), "ignored", "bank_calls_used_up")
        self.assertEqual(self.log().count((False, 429)), 1, "it is not asked again before it says so")

    def test_fault_47_too_fast_lets_the_connection_wait(self):
        self.bank.control(
            "PUT", "/chaos", [{"mode": "status", "status": 429, "headers": {"Retry-After": "120"}, "times": 1}]
        )
        self.assertState(self.fetch(), "retry", "throttled")
        self.assertTrue(self.connection.hold_until)

    def test_fault_48_a_bank_that_is_down_is_tried_again(self):
        self.bank.control("POST", "/refuse")
        message = self.fetch()
        self.assertState(message, "retry")
        self.bank.control("POST", "/accept")
        self.book("250.00")
        self.make_due(message)
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.amounts(), [250.0])

    # -- pages -------------------------------------------------------------------------------

    def test_many_pages_in_each_way_banks_link_them(self):
        for number in range(7):
            self.book(f"{number + 1}.00", f"No {number}")
        for links in ("absolute", "path"):
            with self.subTest(links=links), self.undone():
                self.configure(page=3, links=links)
                message = self.ask_as_person()
                self.assertEqual((message.state, message.result["pages"]), ("done", 3))
                self.assertEqual(sorted(self.amounts()), [float(n) for n in range(1, 8)])

    def test_a_page_of_another_host_is_not_asked_for(self):
        for number in range(4):
            self.book(f"{number + 1}.00")
        self.configure(page=3, links="foreign")
        self.assertState(self.ask_as_person(), "held", "http_address_refused")
        self.assertFalse(self.lines())

    def test_fault_49_pages_that_turn_in_a_circle_are_given_up(self):
        self.book("1.00")
        self.configure(page=1, links="circle")
        self.assertState(self.ask_as_person(), "held", "bank_cursor_refused")

    def test_fault_49_the_list_shifts_while_it_is_read(self):
        for number in range(6):
            self.book(f"{number + 1}.00")
        self.configure(page=3, shift_at_page=2)
        self.assertState(self.ask_as_person(), "done")
        self.assertEqual(sorted(self.amounts()), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "none is doubled, none lacks")

    def test_fault_45_a_token_ends_between_two_pages(self):
        self.connection = self.make_api_connection(
            name="With tokens",
            http_auth="authorization_code",
            oauth_address=self.address() + "/token",
            oauth_page=self.address() + "/authorize",
            oauth_client="odoo",
        )
        self.env["finance.secret"]._put(self.connection, "client_secret", "sandbox-secret")
        told = self.bank.control("POST", "/grant")
        given = Tokens(access=told["access_token"], refresh=told["refresh_token"], lifetime=told["expires_in"])
        self.env["finance.oauth2.request"]._kept(self.connection, self.env.user, given)
        self.configure(needs_token=True)
        self.give_consent(self.connection)
        for number in range(6):
            self.book(f"{number + 1}.00")
        self.configure(page=2, expire_at_page=2)
        self.assertState(self.fetch(), "done")
        self.assertEqual(sorted(self.amounts()), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        self.assertEqual(self.log(), [(False, 200)] * 3, "each page once")
        self.assertEqual(self.bank.control("GET", "/")["token_calls"], ["refresh_token"])

    # -- what else banks do --------------------------------------------------------------------

    def test_amounts_with_a_comma_or_without_a_sign(self):
        self.book("-1234.50")
        self.book("10.00")
        for amounts in ("comma", "unsigned"):
            with self.subTest(amounts=amounts), self.undone():
                self.configure(amounts=amounts)
                self.ask_as_person()
                self.assertEqual(sorted(self.amounts()), [-1234.50, 10.0])

    def test_days_that_are_too_long_ago_are_left_out(self):
        self.configure(history=89)
        self.book("5.00", day=date(2025, 6, 1))
        self.book("10.00")
        self.account.fetch_from = date(2025, 1, 1)
        self.assertState(self.fetch(), "done")
        self.assertEqual(self.amounts(), [10.0])
        self.assertEqual(len(self.log()), 2)

    def ask_what_is_new_first(self, delta):
        """A booking that is dated back further than the days read again."""
        self.connection.bank_delta = delta
        self.configure(delta=[delta])
        self.book("10.00", day=self.today)
        self.fetch()
        self.tomorrow(1)
        self.fetch()
        self.tomorrow(9)
        self.book("3.00", "dated back", day=date(2026, 3, 11))
        self.fetch()
        self.assertEqual(self.amounts(), [10.0, 3.0])

    def test_dated_back_found_after_the_last_entry(self):
        self.ask_what_is_new_first("reference")

    def test_dated_back_found_by_the_delta_list(self):
        self.ask_what_is_new_first("list")

    def test_a_broken_answer_is_kept_and_shown(self):
        self.book("10.00")
        self.patch(
            self.env.registry["finance.bank.online.account"],
            "_collect",
            lambda _account, pages: tuple(page.replace(b'"10.00"', b'"ten"') for page in pages),
        )
        self.fetch()
        file = self.env["finance.message"].search(
            [("flow_id.handler", "=", "finance.bank.handler.file")], order="id desc", limit=1
        )
        self.assertState(file, "held", "bank_file_broken")
        self.assertIn("page 1, booked[1].transactionAmount", file.detail)

    def test_mutual_tls_and_signed_requests(self):
        from odoo.addons.finance_connector_base.safe import certificates

        pem = self.bank.ready["client_certificate"].encode()
        certificate = certificates.read(pem, private_key=self.bank.ready["client_key"].encode())
        self.connection = self.make_api_connection("mutual", name="Strict", bank_is_signed=True)
        for kind in ("tls", "signing"):
            self.env["finance.credential"]._put(self.connection, kind, certificate=certificate)
        self.configure(needs_certificate=True, needs_signature=True)
        self.give_consent(self.connection)
        self.book("10.00")
        self.assertState(self.fetch(), "done")
        self.assertEqual(self.amounts(), [10.0])
        self.connection.bank_is_signed = False
        self.assertState(self.fetch(), "held")
