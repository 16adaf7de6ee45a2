"""The trail of audit entries: written by the hook, protected, kept (A-01, A-03, A-05, fault 67)."""

from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger, sql

from odoo.addons.finance_connector_base.tests.common import FinanceCase

from .. import hooks
from ..models.ir_module_module import OWN
from ..trail import keys
from ..trail.canonical import FACTS, Facts, digest

HOOK = "odoo.addons.finance_integration_audit.models.finance_audit"


@tagged("post_install", "-at_install")
class TestTrailEntries(FinanceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.entries = cls.env["finance.audit.entry"]
        cls.connection = cls.make_connection(name="Bank A")

    def record(self, event="test.done", record=None, **facts):
        """:return: the entries that one call of the hook has written"""
        last = self.entries.search([], limit=1).id or 0
        self.env["finance.audit"]._record(event, self.connection if record is None else record, **facts)
        return self.entries.search([("id", ">", last)], order="id")

    def facts_of(self, entry):
        return Facts(*(entry.id if name == "number" else entry[name] or None for name in FACTS))

    def test_an_entry_says_who_did_what_to_what_and_why(self):
        entry = self.record(reason="late", before={"n": 1}, after={"n": 2}, correlation_id="c-1")
        self.assertEqual(entry.event, "test.done")
        self.assertEqual(
            (entry.model, entry.res_id, entry.record_name), (self.connection._name, self.connection.id, "Bank A")
        )
        self.assertEqual(entry.company_ref, self.company.id)
        self.assertEqual((entry.user_ref, entry.user_login), (self.env.uid, self.env.user.login))
        self.assertEqual((entry.reason, entry.before, entry.after), ("late", '{"n":1}', '{"n":2}'))
        self.assertEqual(entry.correlation_id, "c-1")
        self.assertLess(abs(entry.at - self.env.cr.now()), timedelta(seconds=1))

    def test_an_entry_is_protected_by_a_key_outside_the_database(self):
        entry = self.record(reason="why")
        self.assertEqual(entry.digest, digest(self.facts_of(entry)).hex())
        key, name = self.env["finance.audit"]._row_key()
        self.assertEqual(entry.key, name)
        self.assertEqual(entry.mac, keys.mac(key, bytes.fromhex(entry.digest)).hex())

    def test_without_a_key_entries_are_written_and_it_is_said(self):
        self.with_keys()
        with self.assertLogs(HOOK, "WARNING") as logs:
            entry = self.record()
        self.assertIn("WITHOUT protection", logs.output[0])
        self.assertFalse(entry.key)
        self.assertFalse(entry.mac)

    def test_no_account_number_gets_into_the_trail(self):
        """B-44: the name of a bank account is its number."""
        account = self.env["res.partner.bank"].create(
            {"acc_number": "DE89 3704 0044 0532 0130 00", "partner_id": self.company.partner_id.id}
        )
        local = self.env["res.partner.bank"].create(
            {"acc_number": "0012345678901", "partner_id": self.company.partner_id.id}
        )
        told = [*self.record(record=account).mapped("record_name"), *self.record(record=local).mapped("record_name")]
        for name in told:
            self.assertTrue(name)
            self.assertNotIn("3704", name)
            self.assertNotIn("34567890", name)

    def test_the_actor_is_the_user_of_the_record(self):
        other = self.user("operator")
        entry = self.record(record=self.connection.with_user(other))
        self.assertEqual(entry.user_login, other.login)

    def test_nothing_several_and_new_records(self):
        self.assertEqual(len(self.record(record=self.connection.browse())), 1)
        two = self.record(record=self.connection + self.make_connection(name="Bank B"))
        self.assertEqual(two.mapped("record_name"), ["Bank A", "Bank B"])
        self.assertFalse(self.record(record=self.env["finance.connection"].new({"name": "x"})).res_id)

    @mute_logger("odoo.sql_db")
    def test_sql_cannot_change_what_was_written(self):
        entry = self.record()
        for query in (
            "UPDATE finance_audit_entry SET reason = 'x' WHERE id = %s",
            "DELETE FROM finance_audit_entry WHERE id = %s",
            "TRUNCATE finance_audit_entry",
        ):
            with self.assertRaises(psycopg2.errors.RestrictViolation), self.env.cr.savepoint():
                self.env.cr.execute(query, (entry.id,) if "%s" in query else ())

    def test_nobody_writes_by_the_orm_and_auditors_of_the_company_read(self):
        entry = self.record()
        shared = self.record(record=self.env["finance.audit"])
        for operation in (lambda: entry.write({"reason": "x"}), entry.unlink, lambda: self.entries.create({})):
            with self.assertRaises(AccessError):
                operation()
        self.assertEqual(self.as_user(entry, "auditor").event, "test.done")
        self.assertEqual(self.as_user(shared, "auditor").event, "test.done")
        with self.assertRaises(AccessError):
            self.as_user(entry, "auditor", other_company=True).read(["event"])
        with self.assertRaises(AccessError):
            self.as_user(entry, "admin").read(["event"])

    def test_history_outlives_users_companies_and_records(self):
        """Fault 67: nothing points from an entry to what may be deleted."""
        user = self.user("operator", number=7)
        connection = self.make_connection(name="Short lived")
        entry = self.record(record=connection.with_user(user), reason="kept")
        before = entry.read()
        connection.unlink()
        user.unlink()
        self.company.active = False
        self.env.invalidate_all()
        self.assertEqual(entry.read(), before)
        self.assertEqual(
            (entry.record_name, entry.user_login),
            ("Short lived", user.login if user.exists() else before[0]["user_login"]),
        )

    def test_history_outlives_the_module(self):
        """Fault 67: tables are put aside before the module is uninstalled, and taken back when it comes again."""
        entry = self.record(reason="kept")
        hooks.put_aside(self.env)
        self.assertFalse(sql.table_exists(self.env.cr, "finance_audit_entry"))
        self.env.cr.execute("SELECT reason FROM finance_audit_entry_kept WHERE id = %s", (entry.id,))
        self.assertEqual(self.env.cr.fetchall(), [("kept",)])
        hooks.take_back(self.env)
        self.assertEqual(entry.reason, "kept")

    def test_a05_what_is_uninstalled_is_told_and_the_end_of_the_trail_is_sealed(self):
        """A-05: who asked, what went; where the trail goes, too, that is its last entry, sealed, signed and logged."""
        modules, entries = self.env["ir.module.module"], self.env["finance.audit.entry"]
        base, own = (modules.search([("name", "=", name)]) for name in ("finance_connector_base", OWN))
        self.patch(self.env.registry["ir.model.data"], "_module_data_uninstall", lambda *_args: None)
        base.module_uninstall()
        told = [("event", "=", "module.uninstalled"), ("res_id", "in", (base | own).ids)]
        self.assertEqual(entries.search(told).res_id, base.id)
        own.module_uninstall()
        self.assertEqual(len(entries.search(told)), 1, "its hook tells")
        own.state = base.state = "installed"
        own.button_uninstall()
        asked = entries.search([("event", "=", "module.uninstall_asked")])
        # what depends on it goes, too
        self.assertIn(own.id, asked.mapped("res_id"))
        self.assertEqual(set(asked.mapped("user_ref")), {self.env.uid})
        with self.assertLogs("odoo.addons.finance_integration_audit.hooks", "WARNING") as log:
            hooks.put_aside(self.env)
        hooks.take_back(self.env)
        last, head = entries.search([], limit=1), self.env["finance.audit.checkpoint"]._last()
        self.assertEqual(last.event, "module.uninstalled")
        self.assertIn(own.id, entries.search(told).mapped("res_id"))
        seal = self.env["finance.audit.seal"].search([("number", "=", last.id)])
        self.assertEqual(head.size, seal.id)
        self.assertIn(head.signature, log.output[0])

    def test_a_record_that_is_gone_has_an_entry(self):
        connection = self.make_connection(name="Gone")
        connection.unlink()
        self.assertEqual(self.record(record=connection).res_id, connection.id)

    def test_a_query_for_numbers_and_one_for_the_entry(self):
        self.record()
        self.env.cr.now()
        with patch.object(self.env.cr, "execute", wraps=self.env.cr.execute) as execute:
            self.env["finance.audit"]._record("test.done", self.connection)
        self.assertEqual(execute.call_count, 2)
