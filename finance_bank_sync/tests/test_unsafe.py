"""Files that are cut, broken, hostile or nothing at all (faults 41, 50, 64; attacks 26, 27, 33, 37)."""

import io
import zipfile

from odoo.tests import HttpCase, tagged

from .camt_writer import Booking, camt053, zipped
from .common import ACCOUNTANT, AUDITOR, IBAN, OPERATOR, VIEWER, BankCase

BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>"""


class UnsafeCase(BankCase):
    def assertRefused(self, content, reason, name="file.xml"):
        """Held for a person, the bytes kept, nothing staged, nothing on the ledger."""
        message = self.receive(content, name)
        self.assertEqual((message.state, message.reason_code), ("held", reason), message.detail)
        self.assertEqual(self.open_exception(message).error_class, "data")
        self.assertTrue(message.detail)
        with message.payload_id._open() as stored:
            self.assertEqual(stored.read(), content)
        self.assertFalse(self.env["finance.bank.statement"].search([("company_id", "=", self.company.id)]))
        self.assertFalse(self.env["finance.bank.entry"].search([("company_id", "=", self.company.id)]))
        self.assertNothingOnLedger()
        return message

    def content(self, *bookings):
        return camt053(self.statement(*(bookings or (Booking("1.00", text="rent"), Booking("2.00", text="toll")))))


class TestUnsafe(UnsafeCase):
    # -- cut and broken --------------------------------------------------------------------

    def test_41_truncated_at_each_tenth(self):
        content = self.content()
        head = content.index(b"<Stmt>") + 6
        for tenth in range(1, 10):
            cut = content[: max(head, len(content) * tenth // 10)]
            with self.subTest(tenth=tenth), self.undone():
                message = self.assertRefused(cut, "bank_file_broken", f"{tenth}.xml")
                self.assertRegex(message.detail, r"line \d+")

    def test_41_truncated_in_the_second_statement_stages_nothing_of_the_first(self):
        content = camt053(
            self.statement(Booking("1.00"), identification="1"),
            self.statement(Booking("2.00"), opening="1.00", identification="2"),
        )
        self.assertRefused(content[: content.rindex(b"<Ntry>") + 30], "bank_file_broken")

    def test_41_the_place_is_named(self):
        message = self.assertRefused(self.content().replace(b'"EUR">2.00', b'"EUR">2.0.0'), "bank_file_broken")
        self.assertIn("Ntry[2]/Amt", message.detail)
        self.assertEqual(self.open_exception(message).params["place"].partition(", ")[2], "Stmt[1]/Ntry[2]/Amt")

    def test_41_the_right_file_comes_later(self):
        content = self.content()
        self.assertRefused(content[:-40], "bank_file_broken")
        self.receive(content, "complete.xml")
        self.assertEqual(self.amounts(), [1, 2])

    def test_not_my_format_and_my_format_but_broken_are_two_answers(self):
        self.assertRefused(b"Date;Amount\n2026-03-02;1.00\n", "bank_format_unknown", "day.csv")
        other = self.assertRefused(b"<?xml version='1.0'?><Invoice/>", "bank_format_unknown", "invoice.xml")
        self.assertIn("an XML file of another kind", other.detail)
        self.assertRefused(self.content()[:-40], "bank_file_broken", "day.xml")

    def test_empty_file(self):
        self.assertRefused(b"", "bank_file_empty")
        self.assertRefused(b"  \n ", "bank_file_empty", "blank.xml")

    # -- XML (attack 26) -------------------------------------------------------------------

    def with_doctype(self, doctype):
        return self.content().replace(b'<?xml version="1.0" encoding="UTF-8"?>\n', doctype, 1)

    def test_attack_26_external_entity(self):
        doctype = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        message = self.assertRefused(self.with_doctype(doctype).replace(b">rent<", b">&f;<"), "bank_file_broken")
        self.assertNotIn("root:", message.detail)

    def test_attack_26_entity_expansion(self):
        self.assertRefused(self.with_doctype(BOMB).replace(b">rent<", b">&d;<"), "bank_file_broken")

    def test_attack_26_any_doctype(self):
        self.assertRefused(self.with_doctype(b'<?xml version="1.0"?><!DOCTYPE Document>'), "bank_file_broken")

    def test_attack_26_external_dtd(self):
        doctype = b'<?xml version="1.0"?><!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd">'
        self.assertRefused(self.with_doctype(doctype), "bank_file_broken")

    def test_attack_26_deep_nesting(self):
        self.assertRefused(
            self.content().replace(b">rent<", b">" + 400 * b"<a>" + 400 * b"</a>" + b"<"), "bank_file_broken"
        )

    def test_attack_26_encoding_tricks(self):
        for encoding in ("utf-7", "utf-16"):
            content = self.content().decode().replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding)
            message = self.receive(content, f"{encoding}.xml")
            with self.subTest(encoding=encoding):
                # read exactly as meant, or refused: never something else
                self.assertIn(message.state, ("done", "held"))
                if message.state == "done":
                    self.assertEqual(self.amounts(), [1, 2])

    # -- archives (attack 27, fault 50) ----------------------------------------------------

    def test_attack_27_path_traversal(self):
        self.assertRefused(zipped({"../../etc/cron.d/x": self.content()}), "bank_file_unsafe", "a.zip")

    def test_attack_27_too_many_members(self):
        self.assertRefused(zipped({f"{n}.xml": b"x" for n in range(10_001)}), "bank_file_unsafe", "a.zip")

    def test_50_decompression_bomb(self):
        self.assertRefused(zipped({"day.xml": bytes(200 << 20)}), "bank_file_unsafe", "a.zip")

    def test_attack_27_encrypted_member(self):
        content = bytearray(zipped({"day.xml": self.content()}))
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(signature) + offset] |= 1
        self.assertRefused(bytes(content), "bank_file_unsafe", "a.zip")

    def test_attack_27_symbolic_link(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            link = zipfile.ZipInfo("day.xml")
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
        self.assertRefused(buffer.getvalue(), "bank_file_unsafe", "a.zip")

    def test_41_truncated_archive(self):
        self.assertRefused(zipped({"day.xml": self.content()})[:-30], "bank_file_broken", "a.zip")

    def test_archive_without_files(self):
        self.assertRefused(zipped({}), "bank_file_empty", "empty.zip")

    def test_27_one_bad_member_does_not_stop_the_others(self):
        message = self.receive(zipped({"bad.xml": self.content()[:-40], "good.xml": self.content()}), "a.zip")
        self.assertEqual(message.state, "done")
        states = {child.subject: child.state for child in message.child_ids}
        self.assertEqual(states, {"a.zip: bad.xml": "held", "a.zip: good.xml": "done"})
        self.assertEqual(self.amounts(), [1, 2])

    # -- evidence --------------------------------------------------------------------------

    def test_64_lost_bytes_are_missing_evidence_and_no_empty_import(self):
        [message] = self.env["finance.connection"]._bank_receive(self.company, [("day.xml", self.content())])
        self.env.cr.execute("DELETE FROM finance_payload_chunk WHERE payload_id = %s", [message.payload_id.id])
        self.drain()
        self.assertEqual(message.state, "held")
        self.assertIn("Evidence missing", message.detail)
        self.assertNothingOnLedger()

    def test_64_changed_bytes_are_found(self):
        [message] = self.env["finance.connection"]._bank_receive(self.company, [("day.xml", self.content())])
        self.env.cr.execute(
            "UPDATE finance_payload_chunk SET content = '\\x789c030000000001' WHERE payload_id = %s",
            [message.payload_id.id],
        )
        self.drain()
        self.assertEqual(message.state, "held")
        self.assertNothingOnLedger()

    # -- what is shown and logged (attack 33) ----------------------------------------------

    def test_attack_33_preview_and_details_are_masked(self):
        message = self.receive(self.content().replace(b"</Stmt>", b"<x></Stmt>"))
        self.assertNotIn(IBAN, message.payload_preview)
        self.assertIn("DE02…2051", message.payload_preview)
        self.assertNotIn(IBAN, message.detail)

    def test_attack_33_account_numbers_do_not_reach_the_log(self):
        with self.assertLogs("odoo", "DEBUG") as logs:
            self.receive(camt053(self.statement(Booking("1.00", name="N", iban="BE68539007547034"), account="XX00")))
            self.receive(self.content(Booking("1.00", name="N", iban="BE68539007547034")))
        told = "\n".join(line for line in logs.output if "odoo.sql_db" not in line)
        self.assertNotIn(IBAN, told)
        self.assertNotIn("BE68539007547034", told)


@tagged("post_install", "-at_install")
class TestDownload(UnsafeCase, HttpCase):
    def test_original_bytes_are_for_operators_and_auditors_of_the_company(self):
        """Attack 13: a broken file is kept as it came; who may look at it is decided by role and company."""
        content = self.content()[:-40]
        message = self.assertRefused(content, "bank_file_broken")
        url = f"/finance/message/{message.id}/payload"
        users = {
            "operator": (OPERATOR, self.company, 200),
            "auditor": (AUDITOR, self.company, 200),
            "viewer": (VIEWER, self.company, 404),
            "accountant": (ACCOUNTANT, self.company, 404),
            "stranger": (OPERATOR, self.other_company, 404),
        }
        for name, (group, company, status) in users.items():
            login = f"download_{name}"
            user = self.make_user(login, group, companies=company)
            if status == 200:
                mine = message.with_env(self.env(user=user, su=False))
                mine.env["finance.disclosure"]._disclose(mine, "the file is broken")
            self.authenticate(login, login)
            response = self.url_open(url, timeout=30)
            with self.subTest(user=name):
                self.assertEqual(response.status_code, status)
                if status == 200:
                    self.assertEqual(response.content, content)
                    self.assertIn("attachment", response.headers["Content-Disposition"])
        self.authenticate(None, None)
        response = self.url_open(url, timeout=30, allow_redirects=False)
        self.assertNotEqual(response.status_code, 200)
