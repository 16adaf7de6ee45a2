import base64
import tempfile

from odoo import api, models

from odoo.addons.finance_connector_base.api.problem import Problem
from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.models.finance_payload import PayloadLocked, PayloadUnreachable

from ..balances.contracts import CHUNK, ENDPOINTS, RIGHTS, Package, PackageFile, PackageList, Part


class FinanceApiRight(models.Model):
    _inherit = "finance.api.right"

    @api.model
    def _known(self):
        # EXTENDS
        return {**super()._known(), **RIGHTS}


class FinanceApi(models.AbstractModel):
    """Approved packages, told to programs: the very files that were approved (C-16)."""

    _inherit = "finance.api"

    @api.model
    def _endpoints(self):
        # EXTENDS
        return {**super()._endpoints(), **ENDPOINTS}

    @api.model
    def _domain_of_packages(self):
        return [("company_id", "in", self.env.companies.ids), ("state", "in", ("approved", "superseded"))]

    @api.model
    def _do_list_packages(self, query):
        domain = self._domain_of_packages()
        if query.changed_since:
            domain.append(("write_date", ">=", query.changed_since.replace(tzinfo=None)))
        rows, following = self._page("packages", "finance.consolidation.package", domain, query, ("write_date", "id"))
        return PackageList(data=[self._package(row) for row in rows], next=following)

    @api.model
    def _package(self, row):
        # sudo: names of who approved it may be told
        people = row.sudo().mapped("prepared_by_id") | row.sudo().reviewed_by_id | row.sudo().approved_by_id
        return Package(
            id=self._names().of("package", row.id),
            name=row.name,
            scenario=row.scenario_id.code,
            entity=row.entity_id.code,
            first=row.date_from,
            last=row.date_to,
            version=row.version,
            state=row.state,
            is_preliminary=row.is_preliminary,
            currency=row.currency_id.name,
            group_currency=row.group_currency_id.name,
            digest=row.digest,
            approved_by=people.mapped("name"),
            approved_at=row.approved_at or None,
            changed_at=row.write_date,
            files=[self._package_file(file) for file in row._whole_files()],
        )

    @api.model
    def _package_file(self, file):
        return PackageFile(
            cut=file.cut_id.code,
            dimensions=file.package_id._dimensions_of(file.cut_id).mapped("code"),
            size=file.size,
            sha256=file.sha256,
            manifest=file.manifest,
        )

    @api.model
    def _do_get_package_part(self, query, id):  # pylint: disable=redefined-builtin  # the name in the path
        row = self._named("finance.consolidation.package", "package", id, self._domain_of_packages())
        file = row._whole_files().filtered(lambda one: one.cut_id.code == query.cut)
        if not file:
            raise Problem("not_found", "The package has no file of this cut.")
        try:
            part = file.payload_id._read_part(query.after, CHUNK)
        except (PayloadLocked, PayloadUnreachable):
            raise Problem("unavailable", "The content is locked. Ask again later.") from None
        end = query.after + len(part)
        return Part(content=base64.b64encode(part).decode("ascii"), next=end if end < file.size else None)


class FinanceAdapterPeer(models.AbstractModel):
    _inherit = "finance.adapter.peer"

    _supports = frozenset({"check", "invoices", "packages"})

    @api.model
    def _packages(self, connection, since, cursor):
        """Ask for a page of packages that were approved since.

        :return: dict, a ``PackageList`` of the other side's document
        """
        query = {"limit": 50, **({"changed_since": since} if since else {}), **({"cursor": cursor} if cursor else {})}
        with self._client(connection) as client:
            return client.get("consolidation/packages", query=query).json()

    @api.model
    def _package_content(self, connection, name, file):
        """Fetch the file of a cut part by part.

        :param file: dict, a ``PackageFile`` of the other side's document
        :return: a temporary file, the caller's to close
        :raise MalformedError: it is, or turns out to be, larger than the connection accepts or than was said
        """
        limit = connection.max_file_mb << 20
        if file["size"] > limit:
            raise MalformedError(
                self.env._(
                    "The file of cut %(cut)s has %(size)s bytes, and %(connection)s accepts %(limit)s MB. "
                    "Raise the limit on the connection.",
                    cut=file["cut"],
                    size=file["size"],
                    connection=connection.name,
                    limit=connection.max_file_mb,
                )
            )
        stream, after = tempfile.TemporaryFile(prefix="finance-package-"), 0
        try:
            with self._client(connection) as client:
                while after is not None:
                    query = {"cut": file["cut"], "after": after}
                    part = client.get(f"consolidation/packages/{name}/file", query=query).json()
                    stream.write(base64.b64decode(part["content"]))
                    after = part["next"]
                    if stream.tell() > file["size"] or (after is not None and after != stream.tell()):
                        raise MalformedError(
                            self.env._("The file of cut %s is not as large as the other side has said.", file["cut"])
                        )
        except BaseException:
            stream.close()
            raise
        return stream


class FinanceAdapter(models.AbstractModel):
    _inherit = "finance.adapter"

    @api.model
    def _ways_to_fetch(self):
        # EXTENDS
        return super()._ways_to_fetch() | {"packages"}

    @api.model
    def _capabilities(self):
        # EXTENDS
        return {**super()._capabilities(), "packages": ("_packages", "_package_content")}
