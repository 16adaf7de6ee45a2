from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.finance_connector_base.tests.common import FinanceCase

PROVIDER = "cor-of-the-provider"


@tagged("post_install", "-at_install")
class TestTrace(FinanceCase):
    """From any record of a business transaction to all of it, and nothing that the reader may not see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.load_chart(cls.company)
        cls.connection = cls.make_connection(name="Provider")
        cls.flow = cls.make_flow(cls.connection, handler="finance.handler.received")
        cls.partner = cls.env["res.partner"].create({"name": "Heron"})
        cls.invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.partner.id,
                "invoice_date": "2026-01-15",
                "invoice_date_due": "2026-02-15",
                "payment_reference": "RF18TRACE",
                "invoice_line_ids": [Command.create({"name": "s", "price_unit": 100, "tax_ids": [Command.clear()]})],
            }
        )
        cls.invoice.action_post()
        cls.journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.trace = cls.env["finance.trace"]

    def pay(self):
        """:return: the payment of the invoice, booked on an account of payments that are under way"""
        account = self.env["account.account"].create(
            {
                "name": "Under way",
                "code": "101499",
                "account_type": "asset_current",
                "reconcile": True,
                "company_ids": [Command.set(self.company.ids)],
            }
        )
        method = self.journal.inbound_payment_method_line_ids[0]
        method.payment_account_id = account
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.journal.id, "payment_method_line_id": method.id})
        )
        return wizard._create_payments()

    def bank_line(self, amount=100, **values):
        return self.env["account.bank.statement.line"].create(
            {"journal_id": self.journal.id, "date": "2026-01-20", "payment_ref": "booked", "amount": amount, **values}
        )

    def reconcile(self, line, payment):
        """Book a line against the account of the payment, as the matching does."""
        entry = payment.move_id.line_ids.filtered(lambda one: one.account_id.code == "101499")
        _liquidity, suspense, _other = line._seek_for_lines()
        line.move_id.with_context(force_delete=True, skip_readonly_check=True).write(
            {
                "line_ids": [
                    Command.update(suspense.id, {"account_id": entry.account_id.id, "partner_id": self.partner.id})
                ]
            }
        )
        (suspense | entry).reconcile()

    def cash(self):
        """:return: message to the provider, message of it, payment, bank line: all of one transaction"""
        payment = self.pay()
        told = self.enqueue(
            self.flow, {"n": 1}, correlation_id=PROVIDER, res_model="account.move", res_id=self.invoice.id
        )
        captured = self.enqueue(
            self.flow, {"n": 2}, correlation_id=PROVIDER, res_model="account.payment", res_id=payment.id
        )
        line = self.bank_line()
        self.reconcile(line, payment)
        return told | captured, payment, line

    def keys(self, trace):
        return {node.key for node in trace.nodes}

    def test_x01_a18_one_correlation_id_from_invoice_to_reconciliation_and_the_same_from_any_node(self):
        """X-01, A-02, A-18: invoice, provider, payment, bank and reconciliation are one graph, from any node."""
        messages, payment, line = self.cash()
        trace = self.trace._build(PROVIDER)
        self.assertEqual(
            self.keys(trace),
            {("account.move", self.invoice.id), ("account.payment", payment.id), (line._name, line.id)}
            | {("finance.message", message.id) for message in messages},
        )
        for model, res_id in self.keys(trace):
            again = self.trace._build_from([(model, res_id)])
            self.assertEqual((self.keys(again), again.picture), (self.keys(trace), trace.picture), model)
        # entries stand for what they belong to
        for move in (payment.move_id, line.move_id):
            self.assertEqual(self.keys(self.trace._build_from([("account.move", move.id)])), self.keys(trace))
        titles = [step.hop.title for step in trace.steps]
        self.assertTrue(any("Reconciled" in title for title in titles))
        self.assertTrue(any("On the ledger" in title for title in titles))
        times = [step.hop.at for step in trace.steps if step.hop.at]
        self.assertEqual(times, sorted(times))
        self.assertEqual(trace.correlation_ids, (PROVIDER,))

    def test_a02_gaps_are_shown_as_gaps_and_what_is_late_says_so(self):
        """A-02: a payment that no statement has, an invoice that nobody pays, a message that nobody works."""
        [message] = self.enqueue(self.flow, {"n": 1}, res_model="account.move", res_id=self.invoice.id)
        gaps = {missing.gap.key: missing for missing in self.trace._build_from([message_key(message)]).missing}
        self.assertTrue(gaps["account.move", self.invoice.id].is_late)
        self.assertIn("Not paid", gaps["account.move", self.invoice.id].gap.title)
        self.assertFalse(gaps[message_key(message)].is_late)
        payment = self.pay()
        gaps = {missing.gap.key: missing for missing in self.trace._build_from([message_key(message)]).missing}
        self.assertIn("No booked entry", gaps["account.payment", payment.id].gap.title)
        line = self.bank_line()
        [alone] = self.trace._build_from([(line._name, line.id)]).missing
        self.assertIn("Not reconciled", alone.gap.title)
        self.assertTrue(alone.is_late)
        self.reconcile(line, payment)
        closed = {missing.gap.key for missing in self.trace._build_from([(line._name, line.id)]).missing}
        self.assertEqual(closed, {message_key(message)})

    def test_a04_a_message_shows_source_attempts_outcome_and_mappings(self):
        """A-04: where it came from, each try, what became of it."""
        [message] = self.enqueue(self.flow, {"n": 1})
        self.drain(self.flow)
        trace = self.trace._build_from([message_key(message)])
        self.assertEqual({step.hop.system for step in trace.steps}, {self.connection.display_name})
        self.assertEqual(len([s for s in trace.steps if s.hop.title.startswith("Received")]), 1)
        self.assertGreaterEqual(len(trace.steps), 3)

    def test_a02_what_the_reader_may_not_see_is_a_hidden_box_and_nothing_behind_it_is_told(self):
        """Rights, G-04: an operator reads no books; a person of another company reads nothing at all."""
        messages, _payment, line = self.cash()
        operator = self.as_user(self.trace, "operator")
        trace = operator._build_from([message_key(messages[0])])
        self.assertEqual({step.hop.key[0] for step in trace.steps}, {"finance.message"})
        hidden = [node for node in trace.nodes if node.is_hidden]
        self.assertTrue(hidden)
        self.assertNotIn((line._name, line.id), self.keys(trace), "nobody goes on behind what he may not see")
        told = repr((trace.steps, trace.missing, [node.title for node in trace.nodes]))
        for secret in (self.invoice.name, "RF18TRACE", "100.00"):
            self.assertNotIn(secret, told)
        stranger = self.as_user(self.trace, "operator", other_company=True)
        foreign = stranger._build(PROVIDER)
        self.assertFalse(foreign.steps)
        self.assertFalse(foreign.missing)
        self.assertTrue(all(node.is_hidden for node in foreign.nodes))
        self.assertFalse(stranger._search_reference(PROVIDER))
        with self.assertRaises(AccessError):
            stranger._action(messages[0].with_env(stranger.env))
        with self.assertRaises(AccessError):
            self.as_user(self.trace, "employee")._build(PROVIDER)

    def test_a02_search_by_any_reference_and_a_choice_of_several(self):
        """A-02: number, payment reference, correlation id, external id; one hit opens, several are listed."""
        messages, payment, _line = self.cash()
        search = self.trace._search_reference
        for text in (self.invoice.name, "RF18TRACE"):
            self.assertIn(self.invoice, search(f" {text} "), text)
        self.assertEqual({record.id for record in search(PROVIDER)}, set(messages.ids))
        self.env["finance.external.reference"]._link(self.connection, "invoice", "EXT-9", self.invoice)
        self.assertEqual(search("EXT-9"), [self.invoice])
        look = self.env["finance.trace.look"].create({"term": PROVIDER})
        look.action_search()
        self.assertEqual(set(look.hit_ids.mapped("res_id")), set(messages.ids))
        action = look.hit_ids[0].action_view_trace()
        opened = self.env["finance.trace.look"].browse(action["res_id"])
        self.assertIn(payment.name, opened.picture_html)
        self.assertIn("Reconciled", opened.steps_html)
        look.term = "nobody knows it"
        with self.assertRaises(UserError):
            look.action_search()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "finance_integration_audit.finance_trace_look_document", opened.ids
        )
        self.assertIn(payment.name.encode(), html)

    def test_a02_an_accountant_opens_it_from_a_bank_line(self):
        """A-02: the menu is there for whoever reads the books, and messages that he may not read stay hidden."""
        _messages, payment, line = self.cash()
        clerk = new_test_user(
            self.env,
            login="trace_clerk",
            groups="base.group_user,account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        mine = self.env(user=clerk, su=False, context={"allowed_company_ids": self.company.ids, "lang": "en_US"})
        bindings = mine["ir.actions.actions"].get_bindings(line._name)["action"]
        self.assertIn("Trace", [one["name"] for one in bindings])
        action = mine["finance.trace"]._action(line.with_env(mine))
        look = mine["finance.trace.look"].browse(action["res_id"])
        self.assertIn(payment.name, look.steps_html)
        self.assertIn("You may not see this", look.picture_html)
        self.assertNotIn("Provider", look.steps_html)


def message_key(message):
    return "finance.message", message.id
