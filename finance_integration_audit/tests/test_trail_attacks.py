"""Attack 34, faults 60 and 61: whoever has SQL and is superuser changes the trail; it is found, and named.

By Odoo, by the stand-alone verifier without secret keys, and by the same with them.
"""

import base64
import contextlib
import os

from odoo.tests import tagged

from ..trail import keys
from ..trail.canonical import FACTS, Facts, digest
from ..trail.chain import leaf_of, link
from .trail_case import TrailCase

COPY = "id, at, event, model, res_id, record_name, company_ref, user_ref, user_login, correlation_id, reason, before"
COPY += ", after, key, version, digest, mac"


@tagged("post_install", "-at_install")
class TestTrailAttacks(TrailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.make_connection(name="Bank A")
        cls.env["finance.audit.sealer"]._seal_and_sign()
        cls.env.cr.execute("SELECT coalesce(max(id), 0) FROM finance_audit_seal")
        [cls.base] = cls.env.cr.fetchone()
        for part in range(3):
            for number in range(4):
                cls.env["finance.audit"]._record(
                    "test.paid", cls.connection, reason=f"payment {part}.{number}", after={"amount": "1.10"}
                )
            cls.env["finance.audit.sealer"]._seal_and_sign()
        cls.heads = cls.env["finance.audit.checkpoint"].search([], order="number")

    # -- tools -----------------------------------------------------------------------------

    def number(self, place):
        self.env.cr.execute("SELECT number FROM finance_audit_seal WHERE id = %s", (self.base + place,))
        return self.env.cr.fetchone()[0]

    def assertFound(self, kind, place, *, without_keys=None, options=()):
        self.assertEqual(self.by_odoo(), (kind, place), "by Odoo")
        found = self.by_script(*options, with_keys=True, by_sql=False)
        self.assertEqual(found, (kind, place), "by the script, with keys, from Odoo's export")
        found = self.by_script(*options)
        self.assertEqual(found, without_keys or (kind, place), "by the script, without keys, from psql")

    def forge(self, place, number=None):
        """Edit an entry and make all of its hashes anew, as far as one can without the keys."""
        number = number or self.number(place)
        self.sql(("UPDATE finance_audit_entry SET reason = 'mine' WHERE id = %s", (number,)))
        entry = self.env["finance.audit.entry"].browse(number)
        facts = Facts(*(number if name == "number" else entry[name] or None for name in FACTS))
        content = digest(facts)
        mac = keys.mac(b"a key of my own", content)
        self.sql(
            (
                "UPDATE finance_audit_entry SET digest = %s, mac = %s WHERE id = %s",
                (content.hex(), mac.hex(), number),
            )
        )
        return leaf_of(number, content, mac)

    # -- attacks ---------------------------------------------------------------------------

    def test_nothing_is_found_in_a_whole_trail(self):
        self.assertIsNone(self.by_odoo())
        self.assertIsNone(self.by_script(with_keys=True))
        self.assertIsNone(self.by_script())
        verification = self.env["finance.audit.verification"].search([], limit=1)
        self.assertEqual((verification.state, verification.progress), ("proved", 100.0))
        self.assertEqual(verification.checkpoint_number, self.heads[-1].number)

    def test_attack_34_an_entry_is_edited(self):
        self.sql(("UPDATE finance_audit_entry SET reason = 'mine' WHERE id = %s", (self.number(6),)))
        self.assertFound("edited", 6)

    def test_attack_34_an_entry_is_deleted(self):
        self.sql(("DELETE FROM finance_audit_entry WHERE id = %s", (self.number(6),)))
        self.assertFound("deleted", 6)

    def test_attack_34_an_entry_is_deleted_with_its_seal(self):
        number = self.number(6)
        self.sql(
            ("DELETE FROM finance_audit_entry WHERE id = %s", (number,)),
            ("DELETE FROM finance_audit_seal WHERE number = %s", (number,)),
        )
        self.assertFound("deleted", 6)

    def test_attack_34_an_entry_is_put_in_the_past(self):
        copied = COPY.replace("id,", "%s,", 1).replace("reason", "'mine'")
        query = f"INSERT INTO finance_audit_entry ({COPY}) SELECT {copied} FROM finance_audit_entry WHERE id = %s"
        self.env.cr.execute("SELECT nextval('finance_audit_entry_id_seq')")
        [number] = self.env.cr.fetchone()
        self.sql((query, (number, self.number(6))))
        with contextlib.closing(self.env.cr.savepoint()):
            # a copy has the digest of another entry
            self.env["finance.audit.sealer"]._seal_and_sign()
            self.assertFound("edited", 13)
        self.forge(13, number)
        self.sql(("UPDATE finance_audit_entry SET at = at - interval '3 days' WHERE id = %s", (number,)))
        self.forge(13, number)
        self.env["finance.audit.sealer"]._seal_and_sign()
        self.assertFound("inserted", 13)

    def test_attack_34_an_entry_is_put_in_and_everything_after_it_moved(self):
        first = self.number(1)
        self.sql(
            ("UPDATE finance_audit_seal SET id = -id - 1 WHERE id > %s", (self.base + 5,)),
            "UPDATE finance_audit_seal SET id = -id WHERE id < 0",
            (
                "INSERT INTO finance_audit_entry (id, at, event, reason, key, version, digest, mac)"
                " SELECT -7, at, event, 'mine', key, version, digest, mac FROM finance_audit_entry WHERE id = %s",
                (first,),
            ),
        )
        leaf = b"x" * 32
        self.sql(
            (
                "INSERT INTO finance_audit_seal (id, number, leaf, chain, key, at) SELECT %s, 0, %s, chain, key, at"
                " FROM finance_audit_seal WHERE number = %s",
                (self.base + 6, leaf.hex(), first),
            )
        )
        self.assertEqual(self.by_odoo(), ("deleted", 6))
        self.assertEqual(self.by_script(), ("deleted", 6))

    def test_attack_34_two_entries_change_places(self):
        one, other = self.number(5), self.number(7)
        self.sql(
            ("UPDATE finance_audit_entry SET id = -1 WHERE id = %s", (one,)),
            ("UPDATE finance_audit_entry SET id = %s WHERE id = %s", (one, other)),
            ("UPDATE finance_audit_entry SET id = %s WHERE id = -1", (other,)),
        )
        self.assertFound("reordered", 5)

    def test_attack_34_two_seals_change_places(self):
        one, other = self.base + 5, self.base + 7
        self.sql(
            ("UPDATE finance_audit_seal SET id = -1 WHERE id = %s", (one,)),
            ("UPDATE finance_audit_seal SET id = %s WHERE id = %s", (one, other)),
            ("UPDATE finance_audit_seal SET id = %s WHERE id = -1", (other,)),
        )
        # without the keys of the chain the next checkpoint shows that the places are others
        self.assertFound("reordered", 5, without_keys=("recomputed", 5))

    def test_attack_34_the_end_is_cut_off(self):
        number = self.number(11)
        self.sql(
            ("DELETE FROM finance_audit_entry WHERE id >= %s", (number,)),
            ("DELETE FROM finance_audit_seal WHERE number >= %s", (number,)),
        )
        self.assertFound("truncated", 11)
        # sealing goes on behind the gap, which stays
        self.env["finance.audit"]._record("test.after", self.connection)
        self.env["finance.audit.sealer"]._seal_and_sign()
        self.assertEqual(self.by_odoo(), ("deleted", 11))

    def test_attack_34_the_tables_are_emptied(self):
        self.sql("DELETE FROM finance_audit_entry", "DELETE FROM finance_audit_seal")
        self.assertEqual(self.by_odoo(), ("truncated", 1 - self.base))

    def test_attack_34_all_hashes_are_made_anew(self):
        self.forge(6)
        chain = self.heads[-1]._chain()
        rows = self.env["finance.audit.reader"]._rows(self.base + 5)
        for row in list(rows):
            leaf = leaf_of(row.number, digest(row.facts), row.mac)
            chain = link(b"a key of my own", chain, row.seq, leaf)
            self.sql(
                (
                    "UPDATE finance_audit_seal SET leaf = %s, chain = %s WHERE id = %s",
                    (leaf.hex(), chain.hex(), row.seq),
                )
            )
        # without the secret keys the next checkpoint shows it: it is about what comes after the one before
        self.assertFound("recomputed", 6, without_keys=("recomputed", 5))

    def test_attack_34_a_checkpoint_is_replaced(self):
        note = self.heads[-1].note.replace("size ", "size 1", 1)
        self.sql(("UPDATE finance_audit_checkpoint SET note = %s WHERE id = %s", (note, self.heads[-1].id)))
        kind, _place = self.by_odoo()
        self.assertEqual(kind, "checkpoint_replaced")
        self.assertEqual(self.by_script()[0], "checkpoint_replaced")

    def test_attack_34_a_checkpoint_is_taken_away(self):
        self.sql(("DELETE FROM finance_audit_checkpoint WHERE id = %s", (self.heads[-2].id,)))
        self.assertFound("checkpoint_replaced", 12)

    def test_attack_34_a_checkpoint_is_signed_by_another_key(self):
        """The public key is exchanged as well: an export seems to be in order, but not to who knows the name."""
        seed = os.urandom(32)
        public, mine = keys.public_half(seed), keys.name_of(seed, keys.SIGN)
        last = self.heads[-1]
        genuine = last.key
        note = last.note.replace(f"key {genuine}", f"key {mine}")
        signature = base64.b64encode(keys.sign(seed, note.encode())).decode()
        self.sql(
            (
                "UPDATE finance_audit_checkpoint SET note = %s, signature = %s, key = %s WHERE id = %s",
                (note, signature, mine, last.id),
            ),
            (
                "INSERT INTO finance_audit_key (name, purpose, public) VALUES (%s, 'sign', %s)",
                (mine, public.hex()),
            ),
        )
        kind, _place = self.by_odoo()
        self.assertEqual(kind, "key_swapped")
        found = self.by_script("--trust", genuine)
        self.assertEqual(found[0], "key_swapped")

    def test_attack_34_the_key_of_a_row_is_exchanged(self):
        self.sql(("UPDATE finance_audit_seal SET key = 'ffffffffffffffff' WHERE id = %s", (self.base + 6,)))
        self.assertEqual(self.by_odoo(), ("key_swapped", 6))
        self.assertEqual(self.by_script(with_keys=True), ("key_swapped", 6))

    def test_attack_34_a_row_without_key_is_put_in(self):
        self.sql(
            "INSERT INTO finance_audit_entry (at, event, version, digest)"
            " VALUES (now() - interval '3 days', 'payment.approved', 1, repeat('0', 64))"
        )
        self.env["finance.audit.sealer"]._seal_and_sign()
        self.assertEqual(self.by_odoo()[1], 13)

    def test_attack_34_an_entry_is_put_in_before_it_is_sealed(self):
        """It has the time of today and hashes of its own; the sealer sees that nobody with the key wrote it."""
        copied = COPY.replace("id,", "%s,", 1)
        [number] = self.env["finance.audit"]._draw_numbers(1)
        query = f"INSERT INTO finance_audit_entry ({COPY}) SELECT {copied} FROM finance_audit_entry WHERE id = %s"
        self.sql((query, (number, self.number(12))))
        self.forge(13, number)
        with self.assertLogs("odoo.addons.finance_integration_audit", "WARNING"):
            self.env["finance.audit.sealer"]._seal_and_sign()
        self.assertFound("inserted", 13)
        alert = self.env["finance.alert"].search([("code", "=", "audit_trail_broken")], limit=1)
        self.assertIn(str(number), alert.text)

    def test_attack_34_what_is_no_hash_holds_the_sealer_up_no_more_than_others(self):
        self.sql("INSERT INTO finance_audit_entry (at, event, key, version, digest) VALUES (now(), 'x', 'x', 1, '-')")
        with self.assertLogs("odoo.addons.finance_integration_audit", "WARNING"):
            self.env["finance.audit.sealer"]._seal_and_sign()
        self.assertFound("edited", 13)

    def test_attack_34_a_trigger_is_disabled_or_made_toothless(self):
        for query in (
            "ALTER TABLE finance_audit_entry DISABLE TRIGGER finance_append_only_rows",
            "ALTER TABLE finance_audit_seal DISABLE TRIGGER ALL",
            "ALTER TABLE finance_audit_receipt ENABLE REPLICA TRIGGER finance_append_only_all",
            "DROP TRIGGER finance_append_only_all ON finance_audit_checkpoint",
            "CREATE OR REPLACE TRIGGER finance_append_only_rows BEFORE UPDATE OR DELETE ON finance_audit_entry"
            " FOR EACH ROW WHEN (false) EXECUTE FUNCTION finance_append_only()",
            "CREATE OR REPLACE FUNCTION finance_append_only() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RETURN NEW; END $$",
            "CREATE RULE swallow AS ON INSERT TO finance_audit_entry DO INSTEAD NOTHING",
            "ALTER TABLE finance_audit_entry ENABLE ROW LEVEL SECURITY",
            f"ALTER DATABASE {self.env.cr.dbname} SET session_replication_role = replica",
        ):
            with self.subTest(query=query), contextlib.closing(self.env.cr.savepoint()):
                self.env.cr.execute(query)
                self.assertFound("trigger", -self.base)

    def test_what_is_not_sealed_in_time_is_found(self):
        self.env["finance.audit"]._record("test.done", self.connection)
        self.sql(
            ("UPDATE finance_audit_entry SET at = at - interval '1 hour' WHERE id > %s", (self.number(12),)),
        )
        self.assertEqual(self.by_odoo()[0], "unsealed")

    def test_a_finding_is_told_once(self):
        self.sql(("UPDATE finance_audit_entry SET reason = 'mine' WHERE id = %s", (self.number(6),)))
        told = self.env["finance.audit.entry"].search_count([("event", "=", "audit.trail.broken")])
        self.by_odoo()
        self.by_odoo()
        after = self.env["finance.audit.entry"].search_count([("event", "=", "audit.trail.broken")])
        self.assertEqual(after, told + 1)
