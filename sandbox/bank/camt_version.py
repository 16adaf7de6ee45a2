"""What differs between the versions of the camt messages (camt spec sections 2 to 7 and 10)."""

from __future__ import annotations

from dataclasses import dataclass

#: Versions of camt.053.001 in circulation. 13 is written like 12: no schema of it was at hand to prove it.
VERSIONS = tuple(range(2, 14))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A version of the message, and the habits of a bank that are free within it."""

    version: int = 8
    #: code of the opening balance: ``OPBD``, or ``PRCD`` as German banks write it, dated the day before
    opening_code: str = "OPBD"
    #: indent the file for human eyes
    pretty: bool = True

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise ValueError(f"camt.053.001.{self.version:02d} is not known; there are 02 to 13")
        if self.opening_code not in ("OPBD", "PRCD"):
            raise ValueError(f"{self.opening_code} is not a code of an opening balance")

    @property
    def namespace(self) -> str:
        """Namespace of the camt.053 message."""
        return f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{self.version:02d}"

    @property
    def bic_tag(self) -> str:
        """``BIC`` became ``BICFI`` in v03."""
        return "BIC" if self.version < 3 else "BICFI"

    @property
    def detail_amount(self) -> bool:
        """``TxDtls/Amt`` and ``TxDtls/CdtDbtInd`` exist from v03."""
        return self.version >= 3

    @property
    def charge_records(self) -> bool:
        """``Chrgs`` repeats up to v02 and holds ``Rcrd`` from v03."""
        return self.version >= 3

    @property
    def charge_included(self) -> bool:
        """``ChrgInclInd`` exists from v04."""
        return self.version >= 4

    @property
    def statement_pages(self) -> bool:
        """``StmtPgntn`` exists from v04; before, only the message has pages."""
        return self.version >= 4

    @property
    def net_total_group(self) -> bool:
        """The net total of ``TxsSummry`` became a group in v04."""
        return self.version >= 4

    @property
    def status_choice(self) -> bool:
        """``Sts`` is a text up to v06 and a choice of ``Cd`` from v07."""
        return self.version >= 7

    @property
    def party_wrapper(self) -> bool:
        """Parties are wrapped in ``Pty`` from v07."""
        return self.version >= 7

    @property
    def uetr(self) -> bool:
        """``Refs/UETR`` exists from v08."""
        return self.version >= 8

    @property
    def typed_remittance_amount(self) -> bool:
        """``RfrdDocAmt`` holds ``RmtAmtAndTp``, and document dates have a type, from v12."""
        return self.version >= 12
