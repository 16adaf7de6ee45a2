"""The official XML schemas, and validation of a file against them while it is read.

The schemas of ISO 20022 come with the package ``sepaxml``; only its files are used, none of its code. A file is
validated in one pass with the suite's own safe reader, piece by piece, so memory does not grow with it.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from odoo.addons.finance_connector_base.safe import SafetyError
from odoo.addons.finance_connector_base.safe.xml import RecordReader, Step, document

from .versions import DIALECTS, NAMESPACE

#: where the schemas are, and how their records are named
_PACKAGE, _FOLDER = "sepaxml", "schemas"


class SchemaError(Exception):
    """The file is not of the schema; the message names line and element."""


@cache
def schema(version: str) -> etree.XMLSchema:
    """Load the schema of a message once in the life of the process.

    :raise SchemaError: there is none
    """
    found = importlib.util.find_spec(_PACKAGE)
    places = found.submodule_search_locations if found else None
    path = Path(next(iter(places))) / _FOLDER / f"{version}.xsd" if places else None
    if version not in DIALECTS or path is None or not path.is_file():
        raise SchemaError(f"The schema of {version} is not there: is the Python package {_PACKAGE} installed?")
    return etree.XMLSchema(document(path.read_bytes()))


def validate(stream: BinaryIO, version: str) -> int:
    """Validate a file against the official schema of its version.

    :return: the number of payments in it
    :raise SchemaError: it does not fit
    """
    record = "DrctDbtTxInf" if version.startswith("pain.008") else "CdtTrfTxInf"
    reader = RecordReader(stream, container="PmtInf", record=record, schema=schema(version), root="Document")
    count = 0
    try:
        for step, element in reader:
            if step is Step.RECORD:
                count += 1
            if step is not Step.PART:
                reader.release(element)
    except SafetyError as error:
        raise SchemaError(f"{version}: {error}") from error
    root = reader.root
    if root is None or root.tag != f"{{{NAMESPACE}{version}}}Document":
        raise SchemaError(f"The file is no {version}")
    return count
