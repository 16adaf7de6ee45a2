import hashlib
import tempfile
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..const import ACCOUNTANT
from ..extracts.saft_facts import SaftError

#: what people enter; everything else is written when it is produced
ENTERED = {"kind", "company_id", "date_from", "date_to", "lines_per_file", "namespace"}
#: ending of a file -> what it is
CONTENT_TYPES = {".xml": "application/xml", ".csv": "text/csv; charset=utf-8"}
OTHER = "application/octet-stream"
#: nothing of it is there, or under way
OPEN = ("draft", "failed")


class FinanceStatutoryExtract(models.Model):
    """An extract that the law or an auditor asks for: of one company, for one period, proved against the ledger (C-22).

    What was produced is evidence and does not change; another one is another record.
    """

    _name = "finance.statutory.extract"
    _description = "Statutory Extract"
    _inherit = ["mail.thread"]
    _order = "date_to desc, id desc"
    _allow_sudo_commands = False

    name = fields.Char(compute="_compute_name", store=True, readonly=True)
    kind = fields.Selection(selection=[], required=True, string="Extract")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, help="With its branches."
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="Until", required=True)
    lines_per_file = fields.Integer(
        string="Items a file", default=400_000, required=True, aggregator=None, help="More of them make several files."
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waiting"),
            ("running", "Being written"),
            ("done", "Produced"),
            ("failed", "Failed"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    produced_at = fields.Datetime(readonly=True, copy=False)
    produced_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    digest = fields.Char(readonly=True, copy=False, help="SHA-256 over the fingerprints of all files, in their order.")
    file_ids = fields.One2many("finance.statutory.file", "extract_id", string="Files", readonly=True)
    total_ids = fields.One2many("finance.statutory.total", "extract_id", string="Control totals", readonly=True)

    _period = models.Constraint("CHECK (date_to >= date_from)", "The period ends before it begins.")
    _lines = models.Constraint("CHECK (lines_per_file BETWEEN 1 AND 10000000)", "A file has at least one item.")

    @api.depends("kind", "company_id.name", "date_from", "date_to")
    def _compute_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for extract in self:
            if not (extract.kind and extract.date_from and extract.date_to):
                extract.name = self.env._("New extract")
                continue
            # sudo: the name of a company of the extract
            company = extract.company_id.sudo().name
            extract.name = f"{labels.get(extract.kind, '')} {company} {extract.date_from} - {extract.date_to}"

    @api.constrains("date_from", "date_to", "company_id")
    def _check_year(self):
        for extract in self:
            if extract._fiscal_from() > extract.date_from:
                raise ValidationError(
                    self.env._("The period crosses the beginning of a fiscal year. Make an extract for each year.")
                )

    def _fiscal_from(self):
        # sudo: the fiscal year of the company
        return self.company_id.sudo().compute_fiscalyear_dates(self.date_to)["date_from"]

    def _companies(self):
        """:return: ids of the company and its branches"""
        # sudo: the books of a company are those of its branches, too
        return self.env["res.company"].sudo().search([("id", "child_of", self.company_id.id)]).ids

    # -- only by producing ---------------------------------------------------------------------

    def write(self, vals):
        if not self.env.su:
            if set(vals) - ENTERED:
                raise AccessError(self.env._("Files and totals are written when the extract is produced."))
            if self.filtered(lambda extract: extract.state not in OPEN):
                raise UserError(
                    self.env._("What was produced, or is being written, does not change. Make another extract.")
                )
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(set(vals) - ENTERED for vals in vals_list):
            raise AccessError(self.env._("Files and totals are written when the extract is produced."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts(self):
        if self.filtered(lambda extract: extract.state not in OPEN):
            raise UserError(self.env._("What was produced is kept as evidence."))

    # -- produce -------------------------------------------------------------------------------

    def action_produce(self):
        """Read the ledger, write the files, and prove them."""
        if not self.env.su and not self.env.user.has_group(ACCOUNTANT):
            raise AccessError(self.env._("This is done by people of group reporting."))
        self.check_access("write")
        answer = True
        for extract in self:
            if extract.state not in OPEN:
                raise UserError(self.env._("%s was produced already, or is being written.", extract.name))
            if extract._is_large():
                answer = extract._produce_later()
            else:
                extract._produce()
        return answer

    def _produce(self):
        """:raise UserError: it cannot be written, or is not what the ledger has; nothing is kept then"""
        self.ensure_one()
        self.env.flush_all()
        with tempfile.TemporaryDirectory(prefix="finance-statutory-") as folder:
            self._keep(*self._make(Path(folder)))

    def _make(self, folder):
        """:return: paths of the files and the totals, which are proved
        :raise UserError: see ``_produce``
        """
        try:
            files, totals = self.env[self.kind]._produce(self, folder)
        except SaftError as error:
            raise UserError(self.env._("%(name)s: %(why)s", name=self.name, why=error)) from error
        uneven = [total for total in totals if total[1] != total[2]]
        if uneven:
            label, written, ledger = uneven[0]
            raise UserError(
                self.env._(
                    "%(label)s: the extract has %(written)s, the ledger %(ledger)s. Nothing was kept.",
                    label=label,
                    written=written,
                    ledger=ledger,
                )
            )
        return files, totals

    def _keep(self, files, totals):
        extract = self.sudo()  # sudo: evidence, written by nobody directly
        kept = extract.file_ids.create([self._kept(path) for path in files])
        extract.total_ids.create(
            [
                {
                    "extract_id": self.id,
                    "company_id": self.company_id.id,
                    "name": label,
                    "in_file": format(written, "f"),
                    "in_ledger": format(ledger, "f"),
                }
                for label, written, ledger in totals
            ]
        )
        extract.write(
            {
                "state": "done",
                "produced_at": self.env.cr.now(),
                "produced_by_id": self.env.uid,
                "error": False,
                "digest": hashlib.sha256("\n".join(kept.mapped("sha256")).encode()).hexdigest(),
            }
        )
        self.env["finance.audit"]._record(
            "statutory.produced", self, after={"name": self.name, "digest": extract.digest, "files": len(files)}
        )

    def _kept(self, path):
        """Store a file piece by piece; :return: values of its record"""
        with path.open("rb") as stream:
            payload = self.env["finance.payload"]._store(
                stream, company=self.company_id, name=path.name, content_type=CONTENT_TYPES.get(path.suffix, OTHER)
            )
        return {
            "extract_id": self.id,
            "company_id": self.company_id.id,
            "name": path.name,
            "sha256": payload.sha256,
            "payload_id": payload.id,
        }
