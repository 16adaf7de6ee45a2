"""Companies whose books are elsewhere: files, and other databases of the suite (C-16, C-19)."""

import base64
import io
import json
from decimal import Decimal
from types import SimpleNamespace
from unittest.mock import patch

import requests

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.models.finance_payload import PayloadLocked

from ..balances import neutral
from ..balances.neutral_reader import read
from ..wizards import finance_consolidation_load_wizard
from .common import FIRST, LAST, ConsolidationCase

NAMES = ["Ada", "Ben", "Cleo"]


@tagged("post_install", "-at_install")
class TestConsolidationReceived(HttpCase, ConsolidationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["finance.consolidation.entity"].create(
            {"code": "US01", "name": "Other Inc.", "keeper_id": cls.company.id, "currency_id": cls.usd.id}
        )
        cls.receiver = cls.env["finance.consolidation.receiver"]

    def file(self, *rows, **head):
        """:return: CSV and manifest of rows (account, closing, in euro, partner, member)"""
        values = {
            "batch": "X", "entity": "US01", "lei": "", "scenario": "T-ACTUAL", "fiscal_year": 2026, "period": 10,
            "first": FIRST, "last": LAST, "currency": "USD", "group_currency": "EUR", "source": "other",
            "generated": "2026-11-03T08:00:00+00:00", **head,
        }  # fmt: skip
        balances = []
        for account, closing, euro, *more in rows:
            debit, credit = (closing, 0) if closing > 0 else (0, -closing)
            balances.append(
                neutral.Balance(
                    account=account,
                    name=account,
                    kind="asset",
                    opening=Decimal(0),
                    debit=Decimal(debit),
                    credit=Decimal(credit),
                    period_debit=Decimal(debit),
                    period_credit=Decimal(credit),
                    amount_group=Decimal(euro),
                    period_group=Decimal(euro),
                    partner=more[0] if more else "",
                    members=tuple(more[1:]),
                )  # fmt: skip
            )
        stream = io.BytesIO()
        written = neutral.write(neutral.Head(**values), balances, {}, stream)
        return stream.getvalue(), written.manifest

    def receive(self, *rows, digest="d1", **values):
        content, manifest = self.file(*rows)
        told = {"approved_by": NAMES, "source_digest": digest, "source": "Boston, T-ACTUAL-2026-10-US01-v1", **values}
        return self.receiver._receive([("balance", [], io.BytesIO(content), json.loads(manifest))], **told)

    def balances(self, package):
        rows = self.env["finance.consolidation.row"].search([("package_id", "=", package.id)])
        return {row.group_account_id.code: (row.closing, row.closing_group) for row in rows}

    def test_c16_a_package_of_another_database(self):
        self.other.is_approved_there = True
        package = self.receive(("G100", 110, 100), ("G400", -110, -100))
        self.assertEqual((package.state, package.currency_id, package.version), ("approved", self.usd, 1))
        self.assertEqual(self.balances(package), {"G100": (110, 100), "G400": (-110, -100)})
        self.assertIn("Ada, Ben, Cleo", "".join(package.message_ids.mapped("body")))
        self.assertFalse(package._differs_from_ledger(), "whose books they are compares them")
        with self.assertRaisesRegex(UserError, "journal items are where the books are"):
            self.env["finance.consolidation.row"].search([("package_id", "=", package.id)], limit=1).action_view_items()
        # the same once more is the same, something else is the next version
        self.assertEqual(self.receive(("G100", 110, 100), ("G400", -110, -100)), package)
        later = self.receive(("G100", 220, 200), ("G400", -220, -200), digest="d2")
        self.assertEqual((later.version, later.previous_id, package.state), (2, package, "superseded"))
        self.assertFalse(later.is_delta, "what is received is a whole")

    def test_c16_what_is_not_known_here_blocks_with_its_name(self):
        self.other.is_approved_there = True
        package = self.receive(("G100", 110, 100), ("G999", -100, -90), ("G150", -10, -10, "XX77"))
        self.assertEqual(package.state, "draft")
        found = {one.code: one.text for one in package.finding_ids.filtered(lambda one: one.severity == "blocking")}
        self.assertIn("G999", found["unknown_account"])
        self.assertIn("XX77", found["unknown_company"])
        # mended here and sent again, the draft is filled anew
        self.group["G999"] = self.env["finance.consolidation.account"].create(
            {"chart_id": self.chart.id, "code": "G999", "name": "New", "kind": "income"}
        )
        self.env["finance.consolidation.entity"].create({"code": "XX77", "name": "Seven"})
        again = self.receive(("G100", 110, 100), ("G999", -100, -90), ("G150", -10, -10, "XX77"), digest="d1b")
        self.assertEqual((again, again.state), (package, "approved"))

    def test_c19_a_file_of_a_company_outside_goes_the_three_steps(self):
        preparer, reviewer, controller = self.three()
        package = self.env["finance.consolidation.package"].create(
            {
                "scenario_id": self.scenario.id,
                "entity_id": self.other.id,
                "date_from": FIRST,
                "date_to": LAST,
                "is_preliminary": True,
            }
        )
        with self.assertRaisesRegex(UserError, "kept elsewhere"):
            package.with_user(preparer).action_build()
        wrong, _manifest = self.file(("G100", 1, 1), entity="FR01")
        content, manifest = self.file(("G100", 110, 100), ("G150", -110, -100, "DE01"))
        action = package.with_user(preparer).action_load()
        wizard = self.env[action["res_model"]].with_user(preparer).browse(action["res_id"])
        self.assertEqual(wizard.line_ids.cut_id, self.scenario.cut_ids)
        line = wizard.line_ids[0]
        with self.assertRaisesRegex(UserError, "Choose the file"):
            wizard.action_load()
        line.file_name = "nothing.csv"
        self.assertFalse(line.file_name, "files come by their own way")
        with patch.object(finance_consolidation_load_wizard, "LARGEST", 10):
            with self.assertRaisesRegex(UserError, "fr.csv has 0 MB, and at most 0 MB"):
                line._take("file_name", "fr.csv", io.BytesIO(wrong))
        line._take("file_name", "fr.csv", io.BytesIO(wrong))
        with self.assertRaisesRegex(UserError, "fr.csv is of FR01 .*, and the package of US01"):
            wizard.action_load()
        replaced = line.sudo().file_id
        line._take("file_name", "us.csv", io.BytesIO(b"\xff"))
        self.assertFalse(replaced.exists())
        with self.assertRaisesRegex(UserError, "us.csv: line 1: the file is not UTF-8"):
            wizard.action_load()
        line._take("file_name", "us.csv", io.BytesIO(content))
        line._take("manifest_name", "us.json", io.BytesIO(manifest))
        payloads = line.sudo().file_id | line.sudo().manifest_id
        opened = wizard.action_load()
        self.assertFalse(payloads.exists(), "what was loaded is in the package")
        self.assertEqual(opened["type"], "ir.actions.act_window_close")
        self.assertTrue(package.is_preliminary, "a file does not say whether figures are final")
        self.assertFalse(package.blocking_count, package.finding_ids.mapped("text"))
        package.with_user(preparer).action_prepare()
        package.with_user(reviewer).action_review()
        package.with_user(controller).action_approve()
        self.assertEqual((package.state, len(package.file_ids)), ("approved", 1))
        # what goes out is what came in
        with package._whole_files().payload_id._open() as out:
            self.assertEqual(neutral_rows(out.read()), neutral_rows(content))

    def dialog(self, preparer):
        """:return: the line of the dialog that a preparer has opened, as that person"""
        package = self.env["finance.consolidation.package"].create(
            {"scenario_id": self.scenario.id, "entity_id": self.other.id, "date_from": FIRST, "date_to": LAST}
        )
        action = package.with_user(preparer).action_load()
        return self.env[action["res_model"]].with_user(preparer).browse(action["res_id"]).line_ids[0]

    def sent(self, line, what="file_name", content=b"x", token=True):
        self.env.flush_all()
        data = {"csrf_token": Request.csrf_token(self)} if token else {}
        return self.url_open(
            f"/finance/group/load/{line.id}/{what}",
            data=data,
            files={"ufile": ("us.csv", content, "text/csv")},
            allow_redirects=False,
        )

    def test_c19_a_file_that_is_sent_over_http_is_staged(self):
        preparer = self.person("preparer")
        line = self.dialog(preparer)
        content, _manifest = self.file(("G100", 110, 100), ("G150", -110, -100, "DE01"))
        self.authenticate("preparer", "preparer")
        answer = self.sent(line, content=content)
        self.assertEqual((answer.status_code, answer.json()), (200, {"name": "us.csv"}))
        self.env.invalidate_all()
        self.assertEqual(line.file_name, "us.csv")
        payload = line.sudo().file_id
        self.assertEqual(payload.company_id, self.company)
        with payload._open() as stream:
            self.assertEqual(stream.read(), content)
        with patch.object(finance_consolidation_load_wizard, "LARGEST", 10):
            answer = self.sent(line, content=b"y" * 11)
        self.assertIn("us.csv has 0 MB, and at most 0 MB are taken", answer.json()["problem"])
        self.env.invalidate_all()
        self.assertEqual(line.sudo().file_id, payload, "what was there stays")

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_c19_who_may_not_send_a_file_is_told_so(self):
        preparer = self.person("preparer")
        line = self.dialog(preparer)
        self.authenticate(None, None)
        answer = self.sent(line)
        self.assertEqual(answer.status_code, 303, "nobody is logged in")
        self.assertIn("/web/login", answer.headers["Location"])
        for login in (self.person("colleague").login, self.user("employee").login):
            self.authenticate(login, login)
            self.assertEqual(self.sent(line).status_code, 404, f"{login}: the dialog is another person's")
        self.authenticate("preparer", "preparer")
        with self.subTest("without the token of the form"):
            self.assertEqual(self.sent(line, token=False).status_code, 400)
        with self.subTest("a field that has no file"):
            self.assertEqual(self.sent(line, "cut_id").status_code, 404)
        with self.subTest("larger than anything that is taken"):
            address = f"{self.base_url()}/finance/group/load/{line.id}/file_name"
            with self.allow_requests():
                asked = self.opener.prepare_request(requests.Request("POST", address, data={"a": "b"}))
                # told and not sent: it is refused before it is read
                asked.headers["Content-Length"] = str(1 << 40)
                answer = self.opener.send(asked, timeout=30)
            self.assertEqual(answer.status_code, 413)
        self.env.invalidate_all()
        # the person has lost the role, and then the company, while the dialog was open
        preparer.write({"company_id": self.other_company.id, "company_ids": [Command.set(self.other_company.ids)]})
        answer = self.sent(line)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("problem", answer.json())
        preparer.write({"group_ids": [Command.set(self.env.ref("base.group_user").ids)]})
        self.assertEqual(self.sent(line).status_code, 404)
        self.env.invalidate_all()
        self.assertFalse(line.sudo().file_name or line.sudo().file_id)

    def test_c19_what_was_received_is_compared_with_the_books_here(self):
        self.scenario.pair_ids = [(0, 0, {"name": "Balances", "account_ids": [(6, 0, self.group["G150"].ids)]})]
        self.other.partner_ids = self.env["res.partner"].create({"name": "Other Inc."})
        partner = {"partner_id": self.other.partner_ids.id}
        move = self.post(LAST, ("intercompany", 100, partner), ("sales", -100))
        self.package()
        self.receive(("G100", 99, 90), ("G150", -99, -90, "DE01"))
        comparison = self.env["finance.consolidation.comparison"].create(
            {"scenario_id": self.scenario.id, "date_to": LAST}
        )
        comparison.action_compare()
        [line] = comparison.line_ids
        self.assertEqual({line.amount_one, line.amount_other}, {100, -90})
        self.assertEqual((abs(line.difference), line.verdict), (10, "differs"))
        # of this side the items are named; those of the other are where its books are
        self.assertEqual(line.item_ids.move_id, move)

    def told(self, content, manifest):
        """:return: what another database tells of a package of one file"""
        return {
            "name": "T-v1",
            "digest": "d9",
            "approved_by": NAMES,
            "is_preliminary": False,
            "files": [
                {
                    "cut": "balance",
                    "dimensions": [],
                    "size": len(content),
                    "sha256": json.loads(manifest)["sha256"],
                    "manifest": manifest.decode(),
                }
            ],
        }

    def test_c16_what_fails_in_the_middle_leaves_nothing_half(self):
        self.other.is_approved_there = True
        content, manifest = self.file(("G100", 110, 100), ("G400", -110, -100))
        told = self.told(content, manifest)
        handler = self.env["finance.consolidation.handler.collect"]
        message = self.env["finance.message"].new({"company_id": self.company.id})
        packages = self.env["finance.consolidation.package"]
        place = [("entity_id", "=", self.other.id)]

        def settle():
            return handler._settle_package(message, {"package": told}, [(told["files"][0], io.BytesIO(content))])

        with patch.object(type(packages), "_attach_files", side_effect=UserError("no room")):
            outcome = settle()
        self.assertEqual((outcome.detail, packages.search_count(place)), ("no room", 0))
        with patch.object(type(packages), "_attach_files", side_effect=PayloadLocked("locked")):
            with self.assertRaises(PayloadLocked), self.env.cr.savepoint():
                settle()
        self.assertEqual(settle().result, {"package": packages.search(place).name, "blocking": 0})

    def test_c16_files_come_part_by_part_and_no_larger_than_was_said(self):
        content, manifest = self.file(("G100", 110, 100), ("G400", -110, -100))
        [file] = self.told(content, manifest)["files"]
        adapter = self.env["finance.adapter.peer"]
        connection = self.env["finance.connection"].new({"name": "Boston", "max_file_mb": 1})

        class Client:
            """The other side: 100 bytes an answer."""

            def __enter__(self):
                return self

            def __exit__(self, *_error):
                return None

            def get(self, _path, query):
                part = content[query["after"] : query["after"] + 100]
                end = query["after"] + len(part)
                said = {"content": base64.b64encode(part), "next": end if end < len(content) else None}
                return SimpleNamespace(json=lambda: said)

        with patch.object(type(adapter), "_client", lambda *_self: Client()):
            with adapter._package_content(connection, "p", file) as stream:
                stream.seek(0)
                self.assertEqual(stream.read(), content)
            with self.assertRaisesRegex(MalformedError, "not as large as"):
                adapter._package_content(connection, "p", {**file, "size": 150})
            with self.assertRaisesRegex(MalformedError, "accepts 1 MB"):
                adapter._package_content(connection, "p", {**file, "size": (1 << 20) + 1})

    def test_members_of_dimensions_keep_their_codes(self):
        content, _manifest = self.file(("G100", 110, 100, "", "NY", "P9"), ("G400", -110, -100, "", "", ""))
        base, _manifest = self.file(("G100", 110, 100), ("G400", -110, -100))
        package = self.receiver._receive(
            [("balance", [], io.BytesIO(base), None), ("both", ["center", "project"], io.BytesIO(content), None)],
            source="file",
        )
        rows = self.env["finance.consolidation.row"].search(
            [("package_id", "=", package.id), ("cut_id", "=", self.by_both.id)]
        )
        self.assertIn("Center: NY, Project: P9", rows.mapped("members"))
        self.assertFalse(package.finding_ids.filtered(lambda one: one.code == "cut_differs"))

    def test_who_keeps_its_own_books_is_not_received(self):
        content, _manifest = self.file(("G100", 1, 1), entity="DE01")
        with self.assertRaisesRegex(UserError, "DE01 is no company of the group whose packages are received"):
            self.receiver._receive([("balance", [], io.BytesIO(content), None)], source="file")
        with self.assertRaises(ValidationError):
            self.entity.keeper_id = self.company
        with self.assertRaisesRegex(UserError, "received by"):
            self.receive(("G100", 1, 1), company=self.other_company)
        with self.assertRaises(AccessError):
            self.env["finance.consolidation.load.wizard"].with_user(self.user_without_roles()).create({})

    def user_without_roles(self):
        return self.env["res.users"].create(
            {"name": "Nobody", "login": "nobody-here", "group_ids": [(6, 0, self.env.ref("base.group_user").ids)]}
        )


def neutral_rows(content):
    """:return: what a file says, without what names the sender"""
    with read(io.BytesIO(content)) as reading:
        return [(row.account, row.closing, row.amount_group, row.partner, row.period) for row in reading.balances()]
