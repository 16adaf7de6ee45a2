import hashlib
import json
import tempfile
import zipfile
from array import array

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import AUDITOR
from ..trail.block_proofs import BLOCK, BlockProver, blocks

#: places of entries that are asked for at once
PAGE = 10_000


class FinanceEvidenceBundle(models.Model):
    """Evidence for a period, a flow or a business transaction, in one file that verifies itself without Odoo.

    It is written to a temporary file and stored in pieces, as originals are: however large, a few megabytes of memory.
    """

    _name = "finance.evidence.bundle"
    _description = "Bundle of Evidence"
    _order = "id desc"
    _allow_sudo_commands = False

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [("period", "Period"), ("flow", "Flow"), ("transaction", "Business transaction")],
        string="About",
        required=True,
        readonly=True,
    )
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="To", readonly=True)
    flow_id = fields.Many2one("finance.flow", readonly=True, ondelete="set null")
    correlation_id = fields.Char(string="Correlation id", readonly=True)
    asked_by_id = fields.Many2one("res.users", string="Asked by", readonly=True, ondelete="set null")
    state = fields.Selection(
        [("waiting", "Waiting"), ("running", "Being made"), ("done", "Ready"), ("failed", "Failed")],
        default="waiting",
        required=True,
        readonly=True,
    )
    progress = fields.Float(readonly=True, aggregator=None)
    entry_count = fields.Integer(string="Entries", readonly=True, aggregator=None)
    payload_id = fields.Many2one(
        "finance.payload", string="File", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    size = fields.Integer(related="payload_id.size", string="Size (bytes)")
    sha256 = fields.Char(related="payload_id.sha256", string="SHA-256")
    problem = fields.Text(readonly=True)

    # -- asked for -------------------------------------------------------------------------

    @api.model
    def _ask(self, **facts):
        """Have a bundle made in the background; :return: the bundle"""
        # sudo: the wizard has checked who asks
        bundle = self.sudo().create({**facts, "asked_by_id": self.env.uid, "company_id": self.env.company.id})
        self.env["finance.audit"]._record("evidence.asked", bundle.with_env(self.env), after={"kind": bundle.kind})
        self.env.ref("finance_integration_audit.ir_cron_evidence").sudo()._trigger()  # sudo: woken, not changed
        return bundle.with_env(self.env)

    @api.model
    def _cron_make(self):
        bundles = self.sudo().search([("state", "in", ("waiting", "running"))], order="id")  # sudo: rows nobody writes
        for bundle in bundles:
            bundle._make(self.env["ir.cron"])

    def action_download(self):
        """Download the file."""
        self.env["finance.message"]._check_role(AUDITOR)
        self.check_access("read")
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/finance/evidence/{self.id}", "target": "download"}

    def _hand_out(self):
        """Let an auditor take it away; that leaves an entry. :return: the file; nothing where there is none"""
        self.env["finance.message"]._check_role(AUDITOR)
        self.check_access("read")
        # sudo: the right to the bundle was just checked, payloads have no rights of their own
        payload = self.sudo().payload_id
        if payload:
            self.env["finance.audit"]._record("evidence.exported", self, after={"sha256": payload.sha256})
        return payload

    # -- made ------------------------------------------------------------------------------

    def _make(self, progress=None):
        self.ensure_one()
        self.env["finance.audit.sealer"]._seal_and_sign()
        if not self._last_checkpoint():
            self.write(
                {"state": "failed", "problem": self.env._("There is no checkpoint: the server needs a master key.")}
            )
            return
        self.write({"state": "running", "entry_count": self.env["finance.audit.entry"].search_count(self._domain())})
        parts = self._parts()
        tables = {part._name: list(part._tables(self)) for part in parts}
        with tempfile.TemporaryFile(prefix="finance-evidence-") as file:
            self._pack(file, parts, tables, progress)
            file.seek(0)
            payload = self.env["finance.payload"]._store(
                file, company=self.company_id, name=f"evidence-{self.id}.zip", content_type="application/zip"
            )
        self.write({"state": "done", "progress": 100.0, "payload_id": payload.id})

    def _pack(self, file, parts, tables, progress):
        manifest = {}
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, part in enumerate(parts, 1):
                for name, pieces in part._files(self, tables):
                    manifest[name] = _write(archive, name, pieces)
                self.progress = 100.0 * number / len(parts)
                if progress is not None:
                    progress._commit_progress(1, remaining=len(parts) - number)
            facts = {"name": self.name, "kind": self.kind, "checkpoint": self._last_checkpoint().number}
            archive.writestr("manifest.json", json.dumps({**facts, "files": manifest}, indent=1, sort_keys=True))

    @api.model
    def _parts(self):
        names = sorted(self.env.registry.descendants(["finance.evidence.part"], "_inherit"))
        return [self.env[name] for name in names if name != "finance.evidence.part"]

    def _last_checkpoint(self):
        return self.env["finance.audit.checkpoint"]._last()

    # -- what it is about ------------------------------------------------------------------

    def _about(self):
        """:return: what it is about, in words"""
        self.ensure_one()
        if self.kind == "period":
            return self.env._("%(begin)s to %(end)s", begin=self.date_from or "…", end=self.date_to or "…")
        if self.kind == "flow":
            return self.env._("Flow %s", self.flow_id.display_name)
        return self.env._("Business transaction %s", self.correlation_id)

    def _domain(self):
        """:return: domain of the entries that it is about"""
        self.ensure_one()
        domain = [("company_ref", "in", [self.company_id.id, False])]
        if self.kind == "period":
            if self.date_from:
                domain.append(("at", ">=", self.date_from))
            if self.date_to:
                domain.append(("at", "<", fields.Date.add(self.date_to, days=1)))
        elif self.kind == "transaction":
            domain.append(("correlation_id", "=", self.correlation_id))
        else:
            messages = self.env["finance.message"].sudo()._search([("flow_id", "=", self.flow_id.id)])  # sudo: ids
            domain += [
                "|",
                "&",
                ("model", "=", "finance.flow"),
                ("res_id", "=", self.flow_id.id),
                "&",
                ("model", "=", "finance.message"),
                ("res_id", "in", messages),
            ]
        return domain

    def _entries(self, limit=None):
        return self.env["finance.audit.entry"].sudo().search(self._domain(), order="id", limit=limit)  # sudo: as _ask

    def _places(self, entries):
        """:return: dict number of an entry -> its place"""
        self.env.cr.execute(SQL("SELECT number, id FROM finance_audit_seal WHERE number = ANY(%s)", list(entries.ids)))
        return dict(self.env.cr.fetchall())

    def _trail_lines(self):
        """Yield the lines for the verifier: each entry with its proof that it is in the last checkpoint.

        Entries of other companies in between are none of this bundle's business, a proof needs their hashes alone.
        """
        export, reader = self.env["finance.audit.export"], self.env["finance.audit.reader"]
        checkpoint = self._last_checkpoint()
        yield from export._preamble(is_complete=False)
        yield export._line("witness", text=checkpoint._signed().text())
        wanted = self._wanted(checkpoint.size)
        prover = BlockProver(checkpoint.size, wanted, reader._leaves(checkpoint.size))
        for block, places in blocks(wanted):
            first = block * BLOCK
            leaves = list(reader._leaves(min(first + BLOCK, checkpoint.size), first))
            proofs = dict(zip(places, prover.proofs(block, places, leaves), strict=True))
            for row in reader._rows(places[0], places[-1] + 1):
                if row.seq - 1 in proofs:
                    proof = [one.hex() for one in proofs[row.seq - 1]]
                    yield export._line("sparse", **export._entry(row), proof=proof, head=checkpoint.number)
        yield from export._stamps(checkpoint)
        yield export._line("end", entries=len(wanted))

    def _wanted(self, size):
        """:return: places (from 0, ascending) of the entries that it is about, up to a head; eight bytes each"""
        entries = self.env["finance.audit.entry"].sudo()._search(self._domain()).subselect()  # sudo: as _ask
        places, last = array("q"), 0
        while True:
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM finance_audit_seal"
                    " WHERE id > %s AND id <= %s AND number IN %s ORDER BY id LIMIT %s",
                    last,
                    size,
                    entries,
                    PAGE,
                )
            )
            found = [seq for (seq,) in self.env.cr.fetchall()]
            places.extend(seq - 1 for seq in found)
            if len(found) < PAGE:
                return places
            last = found[-1]


def _write(archive, name, pieces):
    """Write one file of the bundle; :return: what the manifest says about it"""
    digest, size = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as stream:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            stream.write(piece)
    return {"sha256": digest.hexdigest(), "size": size}
