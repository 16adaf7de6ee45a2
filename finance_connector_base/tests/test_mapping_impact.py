"""What a change of mappings would do, looked at before it is approved (B-07, B-39; mapping impact lab)."""

from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import finance_mapping_impact_look
from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestMappingImpact(MappingCase):
    def message(self, code="V1", flow=None, **facts):
        return self.enqueue(
            flow or self.flow,
            {"do": "map", "domain": "test.vendor", "code": code, **({"facts": facts} if facts else {})},
        )

    def next_version(self, mapping, **values):
        draft = self.mine(mapping.browse(self.mine(mapping).action_new_version()["res_id"]))
        draft.write(values)
        return draft

    def look(self, change):
        change.action_preview_impact()
        return change.impact_id

    def counts(self, look):
        return look.sudo().found["flows"], look.sudo().found["waiting"]

    def test_the_impact_is_found_and_kept_before_approval(self):
        first = self.active()
        done = self.message() | self.message()
        self.drain()
        self.assertState(done, "done")
        draft = self.next_version(first)
        draft.action_preview_impact()
        self.assertIn("No message", str(draft.impact), "the same record: nothing changes")
        draft.res_id = self.partners[1]
        draft.action_refresh_impact()
        self.assertTrue(draft.is_impact_outdated)
        look = self.look(draft)
        self.assertEqual((look.state, look.message_count, look.seen, look.progress), ("done", 2, 2, 100.0))
        self.assertEqual(self.counts(look), ({str(self.flow.id): 2}, {}))
        draft.action_propose()
        self.look(draft)
        self.assertEqual((draft.state, draft.is_impact_outdated), ("proposed", False), "looking changes nothing")
        self.assertIn("Test flow", str(draft.impact))
        for forge in (
            lambda: draft.impact_id.write({"message_count": 0}),
            lambda: self.mine(self.env["finance.mapping.impact"]).create({"mapping_id": draft.id}),
        ):
            with self.assertRaises(AccessError):
                forge()
        self.theirs(draft).action_approve()
        self.assertEqual(self.theirs(draft).impact_id.message_count, 2, "the evidence stays")
        with self.assertRaises(UserError):
            draft.action_preview_impact()

    def test_what_was_known_of_each_case_decides(self):
        self.active()
        german, french = self.message(country="DE"), self.message(country="FR")
        self.drain()
        self.assertEqual(self.look(self.draft(partner=1, qualifier="country = DE")).message_count, 1)
        self.assertEqual(self.look(self.draft(partner=1, qualifier="country = IT")).message_count, 0)
        # of messages from before questions were kept nothing is known: all that could be are counted
        self.env.cr.execute(
            "UPDATE finance_message SET mapping_asked = NULL WHERE id = ANY(%s)", ((german | french).ids,)
        )
        self.env.invalidate_all()
        self.assertEqual(self.look(self.draft(partner=1, qualifier="country = IT")).message_count, 2)
        self.assertEqual(self.look(self.draft("V", partner=1, operation="prefix")).message_count, 0, "farther away")

    def test_a_version_that_begins_later_is_shown_as_if_it_had_counted(self):
        first = self.active()
        self.message()
        self.drain()
        look = self.look(self.next_version(first, res_id=self.partners[1].id, valid_from=date(2099, 1, 1)))
        self.assertEqual(look.message_count, 1)
        ended = self.look(self.next_version(first, valid_to=date(2000, 1, 1)))
        self.assertEqual(ended.message_count, 1)

    def test_messages_that_wait_are_counted_and_replays_are_not(self):
        self.message("V5")
        self.message("V6")
        self.drain()
        self.assertEqual(self.counts(self.look(self.draft("V5"))), ({}, {str(self.flow.id): 1}))
        self.assertEqual(self.counts(self.look(self.draft("V", operation="prefix"))), ({}, {str(self.flow.id): 2}))
        first = self.active("V1")
        original = self.message("V1")
        self.drain()
        original._replay("again")
        self.drain()
        self.assertEqual(self.look(self.next_version(first, res_id=self.partners[1].id)).message_count, 1)

    def account(self, name, code):
        return self.env["account.account"].create({"name": name, "code": code, "account_type": "expense"})

    def booked(self, message, account, amount, partner=None):
        journal = self.env["account.journal"].search([("code", "=", "FINM")]) or self.env["account.journal"].create(
            {"name": "Misc", "code": "FINM", "type": "general"}
        )
        line = {"partner_id": (partner or self.partners[0]).id}
        lines = [
            {**line, "account_id": account.id, "debit": amount},
            {**line, "account_id": self.bank.id, "credit": amount},
        ]
        move = self.env["account.move"].create({"journal_id": journal.id, "line_ids": [(0, 0, vals) for vals in lines]})
        self.env["finance.dispatcher"]._link_documents(message.id, [("account.move", move.id)])
        return move

    def test_the_difference_on_the_ledger_by_account(self):
        travel, meals, self.bank = (
            self.account("Travel", "FIN600"),
            self.account("Meals", "FIN610"),
            self.account("B", "FIN1"),
        )
        kind = self.env["finance.mapping.domain"].create(
            {"name": "Accounts", "code": "test.account", "res_model": "account.account"}
        )
        first = self.active("T", domain_id=kind.id, res_id=travel.id)
        vendor = self.active("V1")
        messages = self.enqueue(
            self.flow, *({"do": "map", "domain": "test.account", "code": "T"} for _number in range(3))
        )
        other = self.message("V1")
        self.drain()
        for message, amount in zip(messages, (70, 30, 5.5), strict=True):
            self.booked(message, travel, amount)
        # the same entry by two messages counts once
        self.env["finance.dispatcher"]._link_documents(
            messages[2].id, [("account.move", messages[0].document_ids.res_id)]
        )
        move = self.booked(other, meals, 12)
        change = self.mine(self.env["finance.mapping.set"]).create({"name": "Both"})
        for line in (
            self.next_version(first, res_id=meals.id),
            self.next_version(vendor, res_id=self.partners[1].id),
        ):
            line.set_id = change
        look = self.look(change)
        self.assertEqual(look.message_count, 4)
        ledger = look.sudo().found["ledger"]
        currency = self.company.currency_id.id
        self.assertEqual(ledger[f"account.account,{travel.id},{meals.id},{travel.id},{currency}"], [105.5, 3])
        partners = f"res.partner,{self.partners[0].id},{self.partners[1].id}"
        self.assertEqual(ledger[f"{partners},{meals.id},{currency}"], [12.0, 1])
        shown = str(look.result)
        for text in ("FIN600", "-105.50", "FIN610", "+", "One \u2192 Two", move.display_name):
            self.assertIn(text, shown)

    # -- in the background -----------------------------------------------------------------------

    def many(self):
        first = self.active()
        self.enqueue(self.flow, *({"do": "map", "domain": "test.vendor", "code": "V1"} for _number in range(7)))
        self.drain()
        return self.next_version(first, res_id=self.partners[1].id)

    def test_many_messages_are_looked_at_in_pages_with_progress(self):
        draft = self.many()
        with patch.object(finance_mapping_impact_look, "PAGE", 2):
            look = self.look(draft)
            self.assertEqual((look.state, look.seen, look.total, look.message_count), ("running", 2, 7, 2))
            self.assertAlmostEqual(draft.impact_progress, 100 * 2 / 7, places=2)
            self.assertIn("2 of 7", str(draft.impact))
            cron = self.env.ref("finance_connector_base.ir_cron_mapping_impact")
            self.assertTrue(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]))
            look.sudo()._look()
            self.assertEqual((look.seen, look.message_count), (4, 4))
            # what arrives meanwhile is another look's
            self.message()
            self.drain()
            self.env["finance.mapping.impact"]._cron_look()
        self.assertEqual((look.state, look.seen, look.message_count, look.progress), ("done", 7, 7, 100.0))
        self.assertTrue(look.finished_at)

    def test_a_look_can_be_cancelled_and_begun_again(self):
        draft = self.many()
        with patch.object(finance_mapping_impact_look, "PAGE", 2):
            look = self.look(draft)
            with self.assertRaises(AccessError):
                self.as_user(draft, "operator").action_cancel_impact()
            draft.action_cancel_impact()
            self.env["finance.mapping.impact"]._cron_look()
            self.assertEqual((look.state, look.seen), ("cancelled", 2))
            self.assertIn("Cancelled after 2 of 7", str(look.result))
            again, third = self.look(draft), self.look(draft)
            self.assertEqual((again.state, third.state), ("cancelled", "running"), "one look at a time")
            draft.action_propose()
            self.theirs(draft).action_approve()
            self.env["finance.mapping.impact"]._cron_look()
            self.assertEqual(third.state, "cancelled", "decided meanwhile")

    @mute_logger("odoo.addons.finance_connector_base.models.finance_mapping_impact")
    def test_a_look_that_fails_stops_no_other(self):
        draft = self.many()
        other = self.draft("V7")
        model = type(self.env["finance.mapping.impact"])
        with patch.object(finance_mapping_impact_look, "PAGE", 2):
            look = self.look(draft)
            second = self.look(other)
            original = model._find_changes

            def broken(self, messages, change):
                if self == look.sudo():
                    raise KeyError("bug")
                return original(self, messages, change)

            with patch.object(model, "_find_changes", broken):
                self.env["finance.mapping.impact"]._cron_look()
        self.assertEqual((look.state, second.state), ("failed", "done"))
        self.assertIn("failed after 2", str(look.result))

    def test_b53_what_was_found_is_for_who_has_all_its_companies(self):
        foreign = self.make_flow(self.make_connection("finance.adapter.test", company_id=self.other_company.id))
        shared = self.active(connection_id=False)
        self.message()
        self.message(flow=foreign)
        self.drain()
        draft = self.next_version(shared, res_id=self.partners[1].id)
        self.assertEqual(self.look(draft).message_count, 1, "of the companies of who asks")
        both = draft.with_user(self.env.user).with_context(allowed_company_ids=[self.company.id, self.other_company.id])
        self.assertEqual(self.look(both.sudo()).message_count, 2)
        draft.invalidate_recordset()
        self.assertEqual(draft.impact_id.message_count, 1, "the later one is not for this steward")
