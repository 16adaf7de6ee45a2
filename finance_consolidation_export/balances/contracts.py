"""What the interface for programs tells of approved packages: another database of the suite collects them (C-16)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from odoo.addons.finance_connector_base.api.contract import Contract, Currency, Moment, Name, Page, Since
from odoo.addons.finance_connector_base.api.driven import Content
from odoo.addons.finance_connector_base.api.endpoints import Endpoint

RIGHTS = {"packages:read": "Read approved packages of group reporting, whole"}

#: bytes of a file that one answer has
CHUNK = 3 << 20
PackageState = Literal["approved", "superseded"]


class PackageFile(Contract):
    """The balances of a cut, as they were approved."""

    cut: Annotated[str, Field(description="Code of the cut; the first one is by account.")]
    dimensions: Annotated[list[str], Field(description="Codes of the dimensions: `dim1_code` and so on.")]
    size: int
    sha256: str
    manifest: Annotated[str, Field(description="The manifest, a JSON object as a text.")]


class Package(Contract):
    """A package that three people approved."""

    id: Name
    name: str
    scenario: str
    entity: Annotated[str, Field(description="Code of the company of the group.")]
    first: date
    last: date
    version: int
    state: PackageState
    is_preliminary: bool
    currency: Currency
    group_currency: Currency
    digest: Annotated[str, Field(description="SHA-256 over every balance; it names the content.")]
    approved_by: list[str]
    approved_at: Moment | None
    changed_at: Moment
    files: list[PackageFile]


class PackageList(Contract):
    """A part of the packages."""

    data: list[Package]
    next: Annotated[str | None, Field(description="Cursor of the next part; null at the end.")] = None


class PackageQuery(Page):
    """Which packages."""

    changed_since: Since | None = None


class PartQuery(Contract):
    """Which part of a file."""

    cut: str
    after: Annotated[int, Field(ge=0, description="Bytes that the asker has already.")] = 0


class Part(Contract):
    """A part of a file."""

    content: Content
    next: Annotated[int | None, Field(description="What to ask for as `after`; null at the end.")] = None


ENDPOINTS = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint(
            name="listPackages",
            method="GET",
            path="/consolidation/packages",
            right="packages:read",
            query=PackageQuery,
            answer=PackageList,
            summary="Approved packages of group reporting, also those that changed since a time",
        ),
        Endpoint(
            name="getPackagePart",
            method="GET",
            path="/consolidation/packages/{id}/file",
            right="packages:read",
            query=PartQuery,
            answer=Part,
            summary="A part of the balances of a package, as they were approved",
        ),
    )
}
