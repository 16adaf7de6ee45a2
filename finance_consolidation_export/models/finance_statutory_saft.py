from decimal import Decimal
from tempfile import TemporaryFile

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .finance_statutory_saft_reader import SaftReader


class FinanceStatutorySaft(models.AbstractModel):
    """SAF-T: accounts, parties, taxes, analyses and all entries of the period, as a country wants them (C-22)."""

    _name = "finance.statutory.saft"
    _description = "SAF-T"

    #: the :class:`~..extracts.saft.Writer` of the country
    _writer = None

    @api.model
    def _produce(self, extract, folder):
        """Write the files, each whole by itself: header, master files, and so many entries.

        :return: paths, (label, in the files, in the ledger)
        """
        reader = SaftReader(self.env, extract, self._writer.code)
        head = reader.head()
        stamp = fields.Datetime.to_datetime(self.env.cr.now()).strftime("%Y%m%d%H%M%S")
        files = []
        with TemporaryFile(prefix="finance-saft-") as spool:
            writer = self._writer(head, reader.masters(), spool, extract.namespace or "")
            parts, entries = reader.parts(), reader.entries()
            counted = iter(extract._counted(entries, sum(part.entries for part in parts)))
            for number, totals in enumerate(parts, 1):
                name = f"{writer.label}_{head.company.registration}_{stamp}_{number}_{len(parts)}.xml"
                path = folder / name
                with path.open("wb") as stream:
                    writer.write(totals, _first(counted, totals.entries), stream)
                files.append(path)
            entries.close()
        return files, self._totals(reader, parts)

    @api.model
    def _totals(self, reader, parts):
        """:return: what the files say beside what the ledger says when it is asked again"""
        found = reader.ledger()
        return [
            ("Entries", Decimal(sum(part.entries for part in parts)), found["entries"]),
            ("Items", Decimal(sum(part.lines for part in parts)), found["items"]),
            ("Debit", sum((part.debit for part in parts), Decimal(0)), found["debit"]),
            ("Credit", sum((part.credit for part in parts), Decimal(0)), found["credit"]),
            ("Sum of opening balances", reader.opening, Decimal(0)),
            ("Sum of closing balances", reader.closing, Decimal(0)),
            ("Tax amounts", reader.tax_written, found["tax"]),
            (
                "Closing less opening less items, of all accounts",
                sum(map(abs, reader.beyond.values()), Decimal(0)),
                Decimal(0),
            ),
        ]


def _first(entries, count):
    for _number in range(count):
        yield next(entries)


class FinanceStatutoryExtract(models.Model):
    _inherit = "finance.statutory.extract"

    namespace = fields.Char(
        help="Of the schema that the receiver has made for itself, e.g. a national one. Empty: that of the extract."
    )

    @api.constrains("namespace")
    def _check_namespace(self):
        for extract in self:
            if any(one.isspace() or one in '<>"' for one in extract.namespace or ""):
                raise ValidationError(self.env._("The namespace is one word, e.g. urn:StandardAuditFile:XX."))
