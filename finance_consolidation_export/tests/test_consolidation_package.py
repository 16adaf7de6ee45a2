import csv
import io
import json
from datetime import date
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const import CONTROLLER
from .common import LAST, ConsolidationCase


@tagged("post_install", "-at_install")
class TestConsolidationPackage(ConsolidationCase):
    """A package is prepared, reviewed and approved by three people, and is what was prepared (C-07, C-14, C-17)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.post(date(2026, 10, 5), ("bank", 300), ("sales", -300))

    def approved(self):
        preparer, reviewer, controller = self.three()
        package = self.package()
        package.with_user(preparer).action_prepare()
        package.with_user(reviewer).action_review()
        package.with_user(controller).action_approve()
        return package, preparer

    def test_three_people(self):
        preparer, reviewer, controller = self.three()
        package = self.package()
        package.with_user(preparer).action_prepare()
        self.assertEqual(package.state, "prepared")
        self.assertIn(reviewer, package.activity_ids.user_id)
        with self.assertRaisesRegex(UserError, "another person"):
            package.with_user(preparer).action_review()
        package.with_user(reviewer).action_review()
        with self.assertRaisesRegex(AccessError, "Group controller"):
            package.with_user(reviewer).action_approve()
        package.with_user(controller).action_approve()

        self.assertEqual(package.state, "approved")
        self.assertEqual(len(package.file_ids), 3)
        file = package.file_ids.filtered(lambda file: file.name.endswith("balance.csv"))
        content = content_of(file)
        table = list(csv.DictReader(io.StringIO(content)))
        self.assertEqual(
            [(row["account_code"], row["balance"]) for row in table], [("G100", "300.00"), ("G400", "-300.00")]
        )
        told = json.loads(file.manifest)
        self.assertEqual((told["sha256"], told["row_count"]), (file.sha256, file.rows))
        self.assertEqual(file.size, len(content.encode()))
        self.assertEqual(told["digest"], package.digest)
        self.assertEqual(told["approved_by"], controller.name)
        self.assertEqual(told["mapping"], "Local to group v1")

    def test_the_form_has_the_trial_balance(self):
        """Issue 8 point 8: the balances by account, without those of other cuts; they come to zero."""
        package = self.package()
        preparer = self.person("preparer")
        self.assertEqual(package.with_user(preparer).balance_ids, self.rows(package))
        self.assertTrue(package.balance_ids)
        self.assertFalse(sum(package.balance_ids.mapped("closing")))
        self.assertFalse(self.env["finance.consolidation.package"].new({}).balance_ids)

    def test_what_is_new_shows_its_first_step(self):
        """The button is there before the record is saved: pressing it saves, and nobody looks for the cloud."""
        boss = self.person("boss", CONTROLLER)
        for model, step in (
            ("finance.consolidation.package", "action_build"),
            ("finance.consolidation.comparison", "action_compare"),
            ("finance.close.period", "action_open"),
            ("finance.statutory.extract", "action_produce"),
        ):
            arch = etree.fromstring(self.env[model].with_user(boss).get_view(view_type="form")["arch"])
            [button] = arch.xpath(f"//header/button[@name='{step}'][contains(@class, 'btn-primary')]")
            with self.subTest(model):
                self.assertNotIn("not id", button.get("invisible"))

    def test_a_controller_does_not_approve_what_he_reviewed(self):
        preparer, _reviewer, controller = self.three()
        package = self.package()
        package.with_user(preparer).action_prepare()
        package.with_user(controller).action_review()
        with self.assertRaisesRegex(UserError, "another person"):
            package.with_user(controller).action_approve()

    def test_returned_with_a_reason(self):
        preparer, reviewer, _controller = self.three()
        package = self.package()
        package.with_user(preparer).action_prepare()
        dialog = package.with_user(reviewer).action_return()
        wizard = self.env["finance.reject.wizard"].with_user(reviewer).with_context(**dialog["context"])
        wizard.create({"reason": "The accrual of the rent is missing"}).action_confirm()

        self.assertEqual(package.state, "draft")
        self.assertFalse(package.prepared_by_id)
        self.assertTrue(any("The accrual of the rent is missing" in one.body for one in package.message_ids))

    def test_nothing_changes_what_was_prepared(self):
        preparer, _reviewer, _controller = self.three()
        package = self.package()
        package.with_user(preparer).action_prepare()
        mine = package.with_user(preparer)
        with self.assertRaises(AccessError):
            mine.write({"state": "approved"})
        with self.assertRaises(AccessError):
            mine.write({"approved_by_id": preparer.id})
        with self.assertRaisesRegex(UserError, "does not change"):
            mine.write({"date_to": date(2026, 9, 30)})
        with self.assertRaisesRegex(UserError, "evidence"):
            mine.unlink()
        for query in (
            "UPDATE finance_consolidation_row SET debit = 0 WHERE package_id = %s",
            "DELETE FROM finance_consolidation_row WHERE package_id = %s",
        ):
            with self.assertRaises(Exception) as caught, mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env.cr.execute(query, [package.id])
            self.assertIn("evidence", str(caught.exception))

    def test_a_context_does_not_write_what_steps_write(self):
        preparer, _reviewer, _controller = self.three()
        model = self.env["finance.consolidation.package"].with_user(preparer)
        values = {"scenario_id": self.scenario.id, "entity_id": self.entity.id, "date_from": date(2026, 9, 1)}
        package = model.with_context(default_state="approved", default_digest="x").create(
            {**values, "date_to": date(2026, 9, 30), "state": "approved", "approved_by_id": preparer.id}
        )
        self.assertEqual((package.state, package.digest, package.approved_by_id.id), ("draft", False, False))

    def test_a_late_entry_makes_a_new_version(self):
        package, preparer = self.approved()
        self.assertFalse(package._mark_stale())
        self.post(LAST, ("wages", 40), ("bank", -40))
        self.env["finance.consolidation.package"]._cron_compare()
        self.assertTrue(package.stale_since)
        self.assertIn("The ledger has changed since package", package.activity_ids.mapped("summary")[0])

        opened = package.with_user(preparer).action_new_version()
        following = self.env["finance.consolidation.package"].browse(opened["res_id"])
        self.assertEqual((following.version, following.previous_id, following.state), (2, package, "draft"))
        self.assertTrue(following.name.endswith("-v2"))
        # what has changed, and nothing else; together they are the whole
        self.assertTrue(following.is_delta)
        changes = {row.account_id: row.closing for row in self.rows(following)}
        self.assertEqual(changes, {self.books["wages"]: 40.0, self.books["bank"]: -40.0})
        self.assertEqual((package.total_debit, following.total_debit), (300.0, 340.0))
        self.assertFalse(following._differs_from_ledger())
        # asked again there is still one
        self.assertEqual(package.with_user(preparer).action_new_version()["res_id"], following.id)

        following.with_user(preparer).action_prepare()
        following.with_user(self.env["res.users"].search([("login", "=", "reviewer")])).action_review()
        following.with_user(self.env["res.users"].search([("login", "=", "controller")])).action_approve()
        self.assertEqual(package.state, "superseded")
        files = {file.name.rpartition("-v2-")[2]: content_of(file) for file in following.file_ids}
        self.assertEqual(len(files), 6)
        for name, expected in (
            ("balance.csv", {"G100": "260.00", "G400": "-300.00", "G600": "40.00"}),
            ("balance-changes.csv", {"G100": "-40.00", "G600": "40.00"}),
        ):
            table = csv.DictReader(io.StringIO(files[name]))
            self.assertEqual({row["account_code"]: row["balance"] for row in table}, expected)

    def test_changes_of_what_was_there_are_found_too(self):
        """An entry taken back, written differently, of a transaction that ended late: the chain is the ledger again."""
        package, preparer = self.approved()
        moves = self.env["account.move"].search([("journal_id", "=", self.journal.id)])
        moves.button_draft()
        moves.line_ids.filtered(lambda line: line.account_id == self.books["sales"]).account_id = self.books["services"]
        moves.action_post()
        self.post(date(2025, 4, 1), ("wages", 7, {"analytic_distribution": {str(self.c1.id): 100}}), ("bank", -7))
        following = self.env["finance.consolidation.package"].browse(
            package.with_user(preparer).action_new_version()["res_id"]
        )

        self.assertFalse(following.blocking_count, following.finding_ids.mapped("text"))
        whole = self.package(version=9, previous_id=False)
        for cut in whole._cuts():
            found = {}
            for row in self.env["finance.consolidation.row"].search(
                [("package_id", "in", following._chain()), ("cut_id", "=", cut.id)]
            ):
                key = (row.kind, row.account_id, row.members)
                found[key] = round(found.get(key, 0) + row.closing, 2)
            expected = {(row.kind, row.account_id, row.members): row.closing for row in self.rows(whole, cut)}
            self.assertEqual({key: amount for key, amount in found.items() if amount}, expected, cut.name)

    def test_late_items_alone_are_read(self):
        """Where entries were only added, the older ones are not read again."""
        package, preparer = self.approved()
        builder = self.env["finance.consolidation.builder"]
        # in a test all of it is one transaction: what was written before is made to look so
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET write_date = write_date - interval '1 day' WHERE company_id = %s",
            [self.company.id],
        )
        self.post(LAST, ("rent", 5), ("bank", -5))
        following = package.sudo().copy({"version": 2, "previous_id": package.id, "is_preliminary": True})
        following._build()
        scene = builder._scene(following)
        now, late = builder._late(scene)
        self.assertTrue(late)
        self.assertEqual(following._amounts(now), following._amounts(builder._control(scene)), "not read, and right")
        self.assertEqual(sorted(self.rows(following).mapped("closing")), [-5.0, 5.0])

        # what is written without a trace is seen when it is built again, what is deleted at once
        self.env.cr.execute("SAVEPOINT traceless")
        self.env.cr.execute(
            "UPDATE account_move_line SET balance = balance + 1, debit = debit + 1 WHERE company_id = %s AND debit > 0",
            [self.company.id],
        )
        self.assertTrue(builder._late(scene)[1])
        self.assertFalse(builder._late(scene, is_again=True)[1])
        self.assertTrue(following._differs_from_ledger(), "it would not be prepared")
        self.env.cr.execute("ROLLBACK TO SAVEPOINT traceless")
        self.env.cr.execute(
            "DELETE FROM account_move_line WHERE id = (SELECT min(id) FROM account_move_line WHERE company_id = %s)",
            [self.company.id],
        )
        self.assertFalse(builder._late(scene)[1])

    def test_items_that_were_added_up_are_not_counted_again(self):
        """Those of the package and of entries that are not posted are all there are on the accounts (C-17)."""
        self.post(date(2025, 4, 1), ("wages", 7), ("rent", 2), ("bank", -9))
        self.post(date(2026, 11, 3), ("wages", 8), ("bank", -8))
        for day in (date(2026, 10, 7), date(2026, 11, 7)):
            draft, cancelled = (self.post(day, ("rent", 4), ("bank", -4)) for _number in range(2))
            (draft | cancelled).button_draft()
            cancelled.button_cancel()
        builder = self.env["finance.consolidation.builder"]
        scene = builder._scene(self.package())
        control = builder._control(scene)
        self.assertFalse(builder._shares_accounts(scene))
        self.assertEqual(builder._count(scene), 9, "five posted, two of a draft, two cancelled")
        self.assertEqual(builder._count_all(scene, control), 9)

        # where others book on the same accounts, all are counted
        branch = self.env["res.company"].sudo().create({"name": "Branch", "parent_id": self.company.id})
        self.env["finance.consolidation.entity"].create({"code": "DE02", "company_id": branch.id, "name": "Branch"})
        scene = builder._scene(scene.package)
        self.assertTrue(builder._shares_accounts(scene))
        self.assertEqual(builder._count_all(scene, {}), 9)

    def test_changes_alone_are_proved(self):
        """What was proved is not read again, and what a later version lacks is found all the same (C-02, C-17)."""
        package, preparer = self.approved()
        shares = {str(self.c1.id): 50.0, str(self.c2.id): 50.0}
        self.post(LAST, ("wages", 100.01, {"analytic_distribution": shares}), ("bank", -100.01))
        following = self.env["finance.consolidation.package"].browse(
            package.with_user(preparer).action_new_version()["res_id"]
        )
        self.assertFalse(following.blocking_count, following.finding_ids.mapped("text"))
        with patch.object(type(self.env["finance.consolidation.builder"]), "_rounding", lambda *args: None):
            following._build()
        found = following.finding_ids.filtered(lambda finding: finding.severity == "blocking")
        self.assertEqual(sorted(found.mapped("code")), ["cut_differs", "unbalanced"])
        self.assertEqual(found.account_id, self.books["wages"])

    def test_what_changes_after_building_is_not_prepared(self):
        preparer, _reviewer, _controller = self.three()
        package = self.package()
        self.post(LAST, ("wages", 40), ("bank", -40))
        with self.assertRaisesRegex(UserError, "Build it again"):
            package.with_user(preparer).action_prepare()
        package.with_user(preparer).action_build()
        package.with_user(preparer).action_prepare()
        self.assertEqual(package.state, "prepared")

    def test_one_package_a_period(self):
        self.package()
        with self.assertRaises(Exception) as caught, mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.package()
        self.assertIn("finance_consolidation_package_version_once", str(caught.exception))

    def test_test_cases_of_a_mapping(self):
        draft = self.mapping.copy({"case_ids": [(0, 0, {"name": "Wages", "code": "6000", "expected": "G300"})]})
        draft.state = "draft"
        self.assertEqual(draft.failed_count, 1)
        with self.assertRaisesRegex(UserError, "Test case Wages fails: G600"):
            draft._governed_check()
        draft.case_ids.expected = "G600"
        draft._governed_check()


def content_of(file):
    """:return: what is in a file of a package"""
    with file.sudo().payload_id._open() as stream:
        return stream.read().decode()
