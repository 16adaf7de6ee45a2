"""How the versions of pain.001 and pain.008 differ (specs of ISO 20022; the schemas prove it)."""

from __future__ import annotations

from dataclasses import dataclass

from .model import DEBIT, TRANSFER

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One version of a message.

    :param is_first: the generation of 2009 (pain.001.001.03, pain.008.001.02): other tags of BICs, a plain date, and
        neither LEI nor UETR nor the newer fields of addresses
    """

    version: str
    direction: str
    is_first: bool = False

    @property
    def namespace(self) -> str:
        return NAMESPACE + self.version

    @property
    def bic(self) -> str:
        """Tag of a bank's BIC."""
        return "BIC" if self.is_first else "BICFI"

    @property
    def party_bic(self) -> str:
        """Tag of the BIC of somebody who is no bank."""
        return "BICOrBEI" if self.is_first else "AnyBIC"


DIALECTS: dict[str, Dialect] = {
    one.version: one
    for one in (
        Dialect(version="pain.001.001.03", direction=TRANSFER, is_first=True),
        Dialect(version="pain.001.001.09", direction=TRANSFER),
        Dialect(version="pain.001.001.10", direction=TRANSFER),
        Dialect(version="pain.001.001.11", direction=TRANSFER),
        Dialect(version="pain.008.001.02", direction=DEBIT, is_first=True),
        Dialect(version="pain.008.001.08", direction=DEBIT),
        Dialect(version="pain.008.001.09", direction=DEBIT),
        Dialect(version="pain.008.001.10", direction=DEBIT),
    )
}

#: fields of an address that the first generation does not have
NEWER_ADDRESS = ("building_name", "floor", "po_box", "room", "town_location", "district")
