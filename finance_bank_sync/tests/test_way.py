"""The whole way: every way in, to lines in the bank journal and reconciled invoices (K-01, S-03)."""

import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError

from odoo.addons.finance_connector_base.engine.envelope import Envelope

from .camt_writer import Booking, camt053, days, zipped
from .common import ACCOUNTANT, IBAN, OPERATOR, BankCase


class TestWay(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = cls.make_user("way_operator", OPERATOR)

    def attach(self, *files, user=None):
        return (
            self.env["ir.attachment"]
            .with_user(user or self.operator)
            .create([{"name": name, "raw": content} for name, content in files])
        )

    def upload(self, *files, user=None):
        """Upload through the wizard as an operator does; :return: the messages the wizard shows."""
        user = user or self.operator
        wizard = (
            self.env["finance.bank.upload.wizard"]
            .with_user(user)
            .create({"company_id": self.company.id, "attachment_ids": self.attach(*files, user=user).ids})
        )
        action = wizard.action_upload()
        self.drain()
        return self.env["finance.message"].search(action["domain"])

    def two_days(self):
        return days(IBAN, "0.00", [[Booking("1.00")], [Booking("2.00")]])

    # -- from the file to the ledger -------------------------------------------------------

    def test_k01_file_to_reconciled_invoice(self):
        invoice = self.make_invoice(100)
        message = self.receive(camt053(self.statement(Booking("100.00", text=f"Payment {invoice.name}"))), "day.xml")
        statement = self.statements_of(message)
        self.assertPosted(statement)
        line = self.lines()
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("paid", 0))
        self.assertTrue(line.is_reconciled)
        self.assertEqual(line.move_id.state, "posted")
        self.assertEqual(self.balance(), 100)

    def test_k01_one_correlation_id_from_the_file_to_the_bank_line(self):
        message = self.receive(camt053(self.statement(Booking("1.00"))))
        statement = self.statements_of(message)
        self.assertTrue(message.correlation_id)
        self.assertEqual(statement.correlation_id, message.correlation_id)
        self.assertEqual(statement.message_id.correlation_id, message.correlation_id)
        self.assertEqual(self.lines().finance_correlation_id, message.correlation_id)
        self.assertEqual(statement.message_id.parent_id, message)

    def test_k01_documents_and_counts_are_on_the_messages(self):
        invoice = self.make_invoice(7)
        bookings = Booking("7.00", text=invoice.name), Booking("-2.00", text="fee"), Booking("9.00", status="PDNG")
        message = self.receive(camt053(self.statement(*bookings)))
        statement = self.statements_of(message)
        self.assertEqual((message.result["format"], message.result["statements"]), ("camt.053", 1))
        self.assertEqual(message.document_ids.mapped("res_model"), ["finance.bank.statement"])
        self.assertEqual(
            statement.message_id.result, {"lines": 2, "known_already": 0, "reconciled": 1, "left_for_a_person": 1}
        )
        documents = {(d.res_model, d.res_id) for d in statement.message_id.document_ids}
        self.assertEqual(
            documents,
            {("finance.bank.statement", statement.id), ("account.bank.statement", statement.statement_id.id)},
        )
        self.assertEqual(
            (statement.entry_count, statement.posted_count, statement.duplicate_count, statement.reconciled_count),
            (3, 2, 0, 1),
        )

    def test_k01_what_is_not_booked_never_reaches_the_ledger(self):
        bookings = Booking("1.00", text="x", status="PDNG"), Booking("2.00", status="INFO"), Booking("1.00", text="x")
        statement = self.receive_statement(self.statement(*bookings))
        self.assertPosted(statement)
        self.assertEqual(self.amounts(), [1])
        self.assertEqual(statement.entry_ids.mapped("state"), ["not_booked", "not_booked", "posted"])

    def test_k01_pending_today_booked_tomorrow(self):
        pending, booked = days(IBAN, "0.00", [[Booking("1.00", text="x", status="PDNG")], [Booking("1.00", text="x")]])
        self.receive_statement(pending, name="1.xml")
        self.assertPosted(self.receive_statement(booked, name="2.xml"))
        self.assertEqual(self.amounts(), [1])

    def test_k01_buttons_of_the_statement_lead_to_its_parts(self):
        statement = self.receive_statement(self.statement(Booking("1.00")))
        entries, lines, message = (
            statement.action_view_entries(),
            statement.action_view_lines(),
            statement.action_view_message(),
        )
        self.assertEqual(self.env[entries["res_model"]].search(entries["domain"]), statement.entry_ids)
        self.assertEqual(self.env[lines["res_model"]].search(lines["domain"]), self.lines())
        self.assertEqual(message["res_id"], statement.message_id.id)
        self.assertEqual(self.lines().action_finance_open_entry()["res_id"], statement.entry_ids.id)

    def test_k01_every_version_arrives(self):
        for number, version in enumerate(("02", "03", "04", "06", "08", "10", "13"), 1):
            [statement] = days(IBAN, f"{number - 1}.00", [[Booking("1.00", text=f"v{version}", name="N", iban=IBAN)]])
            content = camt053(statement, version=version).replace(b"2026-03-02", b"2026-03-%02d" % number)
            with self.subTest(version=version):
                received = self.statements_of(self.receive(content, f"{version}.xml"))
                self.assertPosted(received)
                self.assertEqual(received.format, f"camt.053.001.{version}")

    # -- upload ----------------------------------------------------------------------------

    def test_upload_one_file(self):
        messages = self.upload(("day.xml", camt053(self.two_days()[0])))
        self.assertEqual(messages.filtered(lambda m: not m.parent_id).subject, "day.xml")
        self.assertEqual(messages.mapped("state"), ["done", "done"])
        self.assertEqual(messages.connection_id.adapter, "finance.adapter.manual")
        self.assertEqual(self.amounts(), [1])

    def test_upload_takes_no_connection_that_is_for_something_else(self):
        """A draft would keep the file for ever, a trial is no way for what counts."""
        values = {"adapter": "finance.adapter.manual", "company_id": self.company.id, "sequence": 1}
        connections = self.env["finance.connection"].create(
            [
                {**values, "name": "Draft", "environment": "production"},
                {**values, "name": "Trial", "environment": "sandbox", "state": "active", "check_ok": True},
                {**values, "name": "Web shop", "environment": "production", "state": "active", "check_ok": True},
            ]
        )
        self.make_flow(connections[2])
        messages = self.upload(("day.xml", camt053(self.two_days()[0])))
        self.assertFalse(messages.connection_id & connections)
        self.assertEqual(set(messages.mapped("state")), {"done"})
        self.assertEqual(
            self.env["finance.connection"]._manual(self.company, "finance.bank.handler.file"), messages.connection_id
        )

    def test_upload_several_files_in_the_wrong_order(self):
        first, second = (camt053(statement) for statement in self.two_days())
        self.upload(("2.xml", second), ("1.xml", first))
        self.assertEqual(self.amounts(), [1, 2])

    def test_upload_zip(self):
        first, second = (camt053(statement) for statement in self.two_days())
        messages = self.upload(("days.zip", zipped({"1.xml": first, "2.xml": second})))
        archive = messages.filtered(lambda m: m.subject == "days.zip")
        self.assertEqual(archive.result, {"files": 2, "known_already": 0})
        self.assertEqual(archive.child_ids.sorted("id").mapped("subject"), ["days.zip: 1.xml", "days.zip: 2.xml"])
        self.assertEqual(len(set(self.lines().mapped("finance_correlation_id"))), 1)
        self.assertEqual(self.amounts(), [1, 2])

    def test_upload_zip_under_the_name_of_an_xml_file(self):
        """EBICS C53: what is called .xml begins with PK (specs/camt.md section 8)."""
        self.upload(("C53.xml", zipped({"a": camt053(self.two_days()[0])})))
        self.assertEqual(self.amounts(), [1])

    def test_upload_leaves_no_second_copy_of_the_bytes(self):
        attachments = self.attach(("day.xml", camt053(self.two_days()[0])))
        wizard = self.env["finance.bank.upload.wizard"].with_user(self.operator)
        wizard.create({"company_id": self.company.id, "attachment_ids": attachments.ids}).action_upload()
        self.assertFalse(attachments.exists())

    def test_upload_does_not_delete_what_belongs_to_a_record(self):
        """A forged call names an attachment of an invoice: it is read at most, never removed."""
        partner = self.env["res.partner"].create({"name": "Somebody"})
        attachment = self.env["ir.attachment"].create(
            {"name": "a.txt", "raw": b"x", "res_model": "res.partner", "res_id": partner.id}
        )
        wizard = self.env["finance.bank.upload.wizard"].with_user(self.operator)
        wizard.create({"company_id": self.company.id, "attachment_ids": attachment.ids}).action_upload()
        self.assertTrue(attachment.exists())

    def test_upload_needs_a_file(self):
        wizard = self.env["finance.bank.upload.wizard"].with_user(self.operator).create({"company_id": self.company.id})
        with self.assertRaisesRegex(UserError, "at least one file"):
            wizard.action_upload()

    def test_upload_is_for_the_chosen_company_only(self):
        """The account is known in our company, but the file is for another one: never matched across."""
        self.operator.company_ids |= self.other_company
        user_env = {"allowed_company_ids": [self.company.id, self.other_company.id]}
        wizard = self.env["finance.bank.upload.wizard"].with_user(self.operator).with_context(**user_env)
        attachments = self.attach(("day.xml", camt053(self.two_days()[0])))
        wizard.create({"company_id": self.other_company.id, "attachment_ids": attachments.ids}).action_upload()
        self.drain()
        statement = self.env["finance.bank.statement"].search([("company_id", "=", self.other_company.id)])
        self.assertHeld(statement, "bank_account_unknown")
        self.assertNothingOnLedger()

    # -- drop on the journal ---------------------------------------------------------------

    def test_drop_on_the_journal(self):
        user = self.make_user("way_both", OPERATOR, ACCOUNTANT)
        attachments = self.attach(("day.xml", camt053(self.two_days()[0])), user=user)
        action = self.journal.with_user(user).create_document_from_attachment(attachments.ids)
        self.drain()
        messages = self.env["finance.message"].search(action["domain"])
        self.assertEqual(messages.mapped("state"), ["done", "done"])
        self.assertEqual(self.amounts(), [1])

    def test_drop_needs_the_role(self):
        accountant = self.make_user("way_accountant", ACCOUNTANT)
        attachments = self.attach(("day.xml", b"x"), user=accountant)
        with self.assertRaises(AccessError):
            self.journal.with_user(accountant).create_document_from_attachment(attachments.ids)

    def test_drop_on_another_journal_is_as_before(self):
        purchase = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "purchase")], limit=1
        )
        action = purchase.create_document_from_attachment(self.attach(("bill.txt", b"bill"), user=self.env.user).ids)
        self.assertEqual(action["res_model"], "account.move")

    # -- watched folder --------------------------------------------------------------------

    def test_s03_folder_file_is_imported_once_and_moved(self):
        """S-03: dropped in the inbox folder, imported, moved to processed; dropped again it creates nothing."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.startPatcher(patch.dict(os.environ, {"FINANCE_FOLDER_ROOTS": folder.name}))
        inbox = Path(folder.name)
        connection = self.make_connection("finance.adapter.folder", folder_path=folder.name, file_pattern="*.xml")
        flow = connection._bank_flow("finance.bank.handler.file")
        content = camt053(self.two_days()[0])

        def fetch():
            """Two looks: a file is taken when it did not change between them."""
            for _look in range(2):
                flow._enqueue_fetch(self.env.cr.now())
                self.make_due(self.env["finance.message"].search([("flow_id", "=", flow.id), ("state", "=", "queued")]))
                self.drain()

        (inbox / "day.xml").write_bytes(content)
        (inbox / "other.txt").write_bytes(b"not for us")
        fetch()
        self.assertEqual(self.amounts(), [1])
        self.assertFalse((inbox / "day.xml").exists())
        self.assertEqual((inbox / "processed" / "day.xml").read_bytes(), content)
        self.assertTrue((inbox / "other.txt").exists())

        (inbox / "day again.xml").write_bytes(content)
        fetch()
        again = self.env["finance.message"].search([("subject", "=", "day again.xml")])
        self.assertEqual((again.state, again.reason_code), ("ignored", "duplicate"))
        self.assertEqual(self.amounts(), [1])
        self.assertFalse((inbox / "day again.xml").exists())

    def test_b49_by_hand_what_the_folder_brought_too(self):
        """The same file on two connections: the bookings are known, whichever came first."""
        other = self.make_connection()
        content = camt053(self.two_days()[0])
        self.receive(content)
        payload = self.env["finance.payload"]._store(content, company=self.company, name="day.xml")
        [message] = self.enqueue(
            other._bank_flow("finance.bank.handler.file"), Envelope(subject="day.xml", payload_id=payload.id)
        )
        self.drain()
        self.assertEqual((message.state, message.reason_code), ("ignored", "duplicate"))
        self.assertFalse(self.statements_of(message))
        self.assertEqual(self.amounts(), [1])
