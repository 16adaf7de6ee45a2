"""What tests of the trail have in common: the owner of the tables at work, and both verifiers."""

import contextlib
import io
import tempfile
from pathlib import Path

from odoo.addons.finance_connector_base.tests.common import FinanceCase

from ..verifier import verify_trail


class TrailCase(FinanceCase):
    #: places that were taken before the test
    base = 0

    def setUp(self):
        super().setUp()
        self.work = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def sql(self, *queries):
        """Do it as the owner of the tables, whom no trigger stops."""
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        for query in queries:
            self.env.cr.execute(*([query] if isinstance(query, str) else query))
        self.env.cr.execute("SET LOCAL session_replication_role = origin")
        self.env.invalidate_all()

    def roll_back(self, checkpoint):
        """What a backup of that moment had, and nothing after it."""
        self.sql(
            (
                "DELETE FROM finance_audit_entry WHERE id IN (SELECT number FROM finance_audit_seal WHERE id > %s)",
                (checkpoint.size,),
            ),
            ("DELETE FROM finance_audit_seal WHERE id > %s", (checkpoint.size,)),
            ("DELETE FROM finance_audit_checkpoint WHERE number > %s", (checkpoint.number,)),
            ("DELETE FROM finance_audit_receipt WHERE number > %s", (checkpoint.number,)),
        )

    def by_odoo(self):
        """:return: (first kind, its place after what was there before the test)"""
        findings = self.env["finance.audit.verification"]._new("whole")._run()
        return (findings[0].kind, findings[0].seq - self.base) if findings else None

    def lines_by_sql(self):
        """Yield what psql prints when it runs the verifier's own queries: no code of ours has a part in it."""
        self.env.flush_all()
        for query in verify_trail.QUERIES:
            self.env.cr.execute(query)
            yield from (f"{line}\n" for (line,) in self.env.cr.fetchall())

    def by_script(self, *options, with_keys=False, by_sql=True):
        """:return: as :meth:`by_odoo`; what it says is in ``told``"""
        path = self.work / "trail.jsonl"
        path.write_text("".join(self.lines_by_sql() if by_sql else self.env["finance.audit.export"]._lines()))
        arguments = [str(path), *map(str, options)]
        if with_keys:
            secret, _public = self.env["finance.audit.key"]._all()
            (self.work / "keys").write_text("".join(f"{name} {key.hex()}\n" for name, key in secret.items()))
            arguments += ["--keys", str(self.work / "keys")]
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            code = verify_trail.main(arguments)
        self.told = told.getvalue()
        self.assertIn(code, (0, 1), self.told)
        if code == 0:
            return None
        place, kind = self.told.splitlines()[0].removeprefix("BROKEN at ").split(": ")[:2]
        return kind, int(place) - self.base
