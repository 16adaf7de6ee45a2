"""What happens is told by the transaction in which it happens (B-19, B-26, S-26), and in an order without gaps."""

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..engine.states import HELD
from ..events import CATALOGUE
from .fake_case import FakeCase


class EventCase(FakeCase):
    """Somebody listens to everything of our company."""

    def listen(self, *types, company=None):
        listeners = {(company or self.company).id: frozenset(types or ["*"])}
        self.patch(type(self.env["finance.event"]), "_listeners", lambda model: listeners)

    def told(self, prefix="finance."):
        """:return: (type without its beginning, data) of the events, in order"""
        self.env.flush_all()
        self.env.invalidate_all()
        events = self.env["finance.event"].search([("type", "=like", f"{prefix}%")], order="id")
        return [(event.type.removeprefix(prefix), event.data) for event in events]

    def make_invoice(self, amount=100.0, **values):
        journal = self.env["account.journal"].create(
            {"name": "Sales", "code": "EVS", "type": "sale", "company_id": self.company.id}
        )
        account = self.env["account.account"].create(
            {"name": "Revenue", "code": "EV4000", "account_type": "income", "company_ids": self.company.ids}
        )
        receivable = self.env["account.account"].create(
            {
                "name": "Receivable",
                "code": "EV1200",
                "account_type": "asset_receivable",
                "reconcile": True,
                "company_ids": self.company.ids,
            }
        )
        partner = self.env["res.partner"].create({"name": "Alder", "property_account_receivable_id": receivable.id})
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "journal_id": journal.id,
                "partner_id": partner.id,
                "invoice_date": "2026-03-01",
                "invoice_line_ids": [
                    Command.create({"name": "a", "price_unit": amount, "account_id": account.id, "tax_ids": False})
                ],
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestEvent(EventCase):
    # -- in the transaction --------------------------------------------------------------------

    def test_b19_where_nobody_listens_nothing_is_written(self):
        self.enqueue(self.flow, {"key": "a"})
        self.drain()
        self.assertEqual(self.told(), [])
        self.listen("finance.invoice.paid")
        self.enqueue(self.flow, {"key": "b"})
        self.listen(company=self.other_company)
        self.enqueue(self.flow, {"key": "c"})
        self.drain()
        self.assertEqual(self.told(), [], "another type, another company")

    def test_b19_a_rollback_tells_nothing_and_neither_does_one_of_a_part(self):
        self.listen()
        with self.env.cr.savepoint() as savepoint:
            self.enqueue(self.flow, {"key": "a"})
            self.assertEqual(len(self.told()), 1)
            savepoint.rollback()
        self.enqueue(self.flow, {"key": "b"})
        self.assertEqual([name for name, _data in self.told()], ["message.accepted"])

    def test_b26_what_becomes_of_messages(self):
        self.listen()
        contents = ({"key": "a"}, {"do": "raise", "error": "RejectedError"})
        good, bad = self.enqueue(self.flow, *contents, business_key="DE89370400440532013000")
        self.drain()
        told = self.told("finance.message.")
        self.assertEqual([name for name, _data in told], ["accepted", "accepted", "done", "held"])
        names = self.env["finance.api"]._names()
        self.assertEqual([data["id"] for _name, data in told[2:]], [names.of("message", m.id) for m in good | bad])
        self.assertEqual(told[3][1]["state"], "needs_attention")
        self.assertNotIn("370400440532013", str(told), "no account number in clear")
        [opened] = self.told("finance.exception.")
        self.assertEqual(opened[0], "opened")
        self.assertEqual(opened[1]["message"], names.of("message", bad.id))
        self.assertEqual(opened[1]["reason"], bad.reason_code)
        events = self.env["finance.event"].search([("type", "=", "finance.exception.opened")])
        self.assertEqual(events.correlation_id, bad.correlation_id, "all of one business transaction")
        self.assertEqual(bad.state, HELD)
        self.as_user(bad, "operator")._discard("not needed")
        self.assertEqual([name for name, _data in self.told("finance.message.")][4:], ["ignored"])
        self.assertEqual(self.told("finance.exception.")[1][1]["resolution"], "discarded")

    def test_b26_the_life_of_an_invoice(self):
        self.listen()
        invoice = self.make_invoice()
        self.assertEqual(self.told("finance.invoice."), [], "a draft is nobody's business")
        invoice.action_post()
        [(name, data)] = self.told("finance.invoice.")
        self.assertEqual((name, data["state"], data["open_amount"]), ("posted", "open", "100.00"))
        names = self.env["finance.api"]._names()
        self.assertEqual(data["number"], invoice.name)
        self.assertEqual(data["counterparty"], names.of("counterparty", invoice.partner_id.id))
        reversal = invoice._reverse_moves([{"invoice_date": fields.Date.to_date("2026-03-02")}], cancel=True)
        told = dict(self.told("finance.invoice."))
        self.assertEqual(told["reversed"]["reversed_by"], names.of("invoice", reversal.id))
        self.assertEqual(told["posted"]["kind"], "customer_credit_note")

    def test_b26_an_invoice_is_paid(self):
        self.listen("finance.invoice.paid", "finance.invoice.in_payment")
        invoice = self.make_invoice()
        invoice.action_post()
        receivable = invoice.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        bank = self.env["account.account"].create(
            {"name": "Bank", "code": "EV1000", "account_type": "asset_cash", "company_ids": self.company.ids}
        )
        journal = self.env["account.journal"].create(
            {"name": "Misc", "code": "EVM", "type": "general", "company_id": self.company.id}
        )

        def pay(amount):
            entry = self.env["account.move"].create(
                {
                    "journal_id": journal.id,
                    "date": "2026-03-05",
                    "line_ids": [
                        Command.create({"account_id": bank.id, "debit": amount, "name": "p"}),
                        Command.create(
                            {
                                "account_id": receivable.account_id.id,
                                "credit": amount,
                                "name": "p",
                                "partner_id": invoice.partner_id.id,
                            }
                        ),
                    ],
                }
            )
            entry.action_post()
            (receivable | entry.line_ids.filtered("credit")).reconcile()

        pay(40.0)
        self.assertEqual(self.told(), [], "a part is open")
        pay(60.0)
        [(name, data)] = self.told("finance.invoice.")
        self.assertEqual((name, data["state"], data["open_amount"]), ("paid", "paid", "0.00"))

    def test_b26_a_connection_stops_working_and_works_again(self):
        self.listen()
        health = lambda: [(d["health"], d["cause"]) for _name, d in self.told("finance.connection.")]  # noqa: E731
        self.env["finance.connection"]._require_credentials(self.connection.id, "secret_missing")
        self.env["finance.connection"]._require_credentials(self.connection.id, "secret_missing")
        self.assertEqual(health(), [("down", "secret_missing")], "once")
        self.connection._mended("secret_missing")
        self.as_user(self.connection, "operator").action_pause()
        self.assertEqual(health()[1:], [("working", None), ("off", None)])

    def test_b32_a_change_of_master_data_is_told_without_its_values(self):
        partner = self.env["res.partner"].create({"name": "Birch", "customer_rank": 1})
        self.listen()
        partner.write({"name": "Birch Ltd", "color": 3})
        told = self.told("finance.master.")
        self.assertTrue(told)
        self.assertEqual(told[0][1]["action"], "changed")
        self.assertIn("name", told[0][1]["fields"])
        self.assertNotIn("Birch", str(told))

    def test_b33_what_does_not_keep_its_contract_stops_nobody_and_is_not_told(self):
        self.listen()
        event = self.env["finance.event"]
        name = event._subject_of("subscription", 1)
        fact = {"subject": name, "company_id": self.company.id, "data": {"id": "1,5", "note": "x"}}
        with mute_logger("odoo.addons.finance_connector_base.models.finance_event"):
            event._emit("finance.subscription.tested", [fact])
        [made] = event.search([("type", "=", "finance.subscription.tested")])
        self.assertFalse(made.data)
        self.assertIn("/id", made.fault, "the place is named")
        self.assertNotIn("1,5", made.fault)

    # -- the order -----------------------------------------------------------------------------

    def test_s26_events_are_read_in_their_places_and_none_is_missed(self):
        self.listen()
        event = self.env["finance.event"]
        self.enqueue(self.flow, *({"key": str(number)} for number in range(5)))
        self.assertEqual(event._after(0, self.company.ids)[0], event, "not placed yet: may still be rolled back")
        event._relay()
        first, place = event._after(0, self.company.ids, limit=3)
        self.enqueue(self.flow, {"key": "late"})
        event._relay()
        rest, end = event._after(place, self.company.ids)
        self.assertEqual([len(first), len(rest)], [3, 3])
        self.assertEqual((first | rest).mapped("position"), sorted((first | rest).mapped("position")))
        self.assertEqual(event._after(end, self.company.ids), (event, end))
        nothing, skipped = event._after(0, self.company.ids, ["finance.invoice.paid"])
        self.assertEqual((nothing, skipped), (event, end), "what is not wanted is passed")
        self.assertFalse(event._after(0, self.other_company.ids)[0], "of another company")

    def test_old_events_go_unless_somebody_needs_them(self):
        self.listen()
        event = self.env["finance.event"]
        self.enqueue(self.flow, {"key": "old"}, {"key": "waits"}, {"key": "new"})
        event._relay()
        old, waits, new = event.search([], order="id")
        self.enqueue(self.flow, {"key": "a"}, res_model="finance.event", res_id=waits.id)
        self.env.cr.execute(
            "UPDATE finance_event SET at = at - interval '31 days' WHERE id = ANY(%s)", ((old | waits).ids,)
        )
        event._gc_events()
        self.assertFalse(old.exists())
        self.assertTrue(waits.exists() and new.exists())


@tagged("post_install", "-at_install")
class TestEventDocuments(HttpCase):
    def test_b26_document_and_schemas_are_there_for_everybody(self):
        made = self.url_open("/finance/events/asyncapi.json").json()
        self.assertLessEqual(CATALOGUE.keys(), made["components"]["messages"].keys())
        for one in CATALOGUE.values():
            answer = self.url_open(f"/finance/events/schemas/{one.key}")
            self.assertEqual(answer.json()["title"], one.key)
        self.assertEqual(self.url_open("/finance/events/schemas/finance.invoice.paid/99").status_code, 404)
