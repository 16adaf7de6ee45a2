import json
from typing import NamedTuple

from odoo import api, models


class Table(NamedTuple):
    """A table of the readable report."""

    title: str
    columns: tuple
    rows: list
    #: what has to be said about it, e.g. that it was cut
    note: str = ""


class FinanceEvidencePart(models.AbstractModel):
    """Something that goes into a bundle of evidence. To add one: a model that inherits this, in a file of its own.

    A part that has facts to tell gives them by ``_tables``: they are shown in the readable report, and written to
    ``NAME.json``. One that brings files of its own gives ``_files``.
    """

    _name = "finance.evidence.part"
    _description = "Part of a Bundle of Evidence"

    #: name of the file of its tables
    _file = ""

    @api.model
    def _title(self):
        """:return: what it is, for the readable report"""
        raise NotImplementedError(self._name)

    @api.model
    def _tables(self, bundle):
        """Yield each :class:`Table` that it tells; asked once for each bundle."""
        return ()

    @api.model
    def _files(self, bundle, tables):
        """Yield (name of the file, pieces of its content as bytes); nothing where there is nothing to show.

        :param tables: dict name of the part -> list of its tables
        """
        if mine := tables[self._name]:
            told = [table._asdict() for table in mine]
            yield f"{self._file}.json", [json.dumps(told, indent=1, ensure_ascii=False, default=str).encode()]
