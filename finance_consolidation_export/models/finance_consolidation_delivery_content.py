import hashlib
import tempfile
from collections import deque
from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError

from ..targets import lines
from ..targets.contract import Job, Place
from .finance_consolidation_layout import ENDINGS


class FinanceConsolidationDelivery(models.Model):
    """What is delivered: the rows, the file, and the sums that must be at the platform afterwards."""

    _inherit = "finance.consolidation.delivery"

    def _write_content(self):
        """Write the file of a new delivery and keep what it comes to, in one pass over the balances."""
        self.ensure_one()
        package, target = self.package_id, self.target_id
        cut = target.cut_id
        if cut not in package._cuts():
            raise UserError(self.env._("%(package)s has no cut %(cut)s.", package=package.name, cut=cut.display_name))
        place, writer = self._place(), target._writer()
        job = Job(place=place, parameters=target._parameters(), file="", mode=self.mode)
        tally = lines.Tally()
        with tempfile.TemporaryFile(prefix="finance-delivery-") as stream:
            try:
                shape = lines.Shape.of(job, package._dimensions_of(cut).mapped("code"))
                whole = tally.watch(self._lines(place, shape, package._chain()))
                changes = self._lines(place, shape, self._changed_packages()) if self.mode != "whole" else ()
                if target.layout_id:
                    count = self._write_layout(stream)
                else:
                    count = writer.compose(job, lines.chosen(self.mode, whole, changes), stream)
                # what was not chosen belongs to the sums all the same
                deque(whole, maxlen=0)
            except ValueError as error:
                raise UserError(self._words_of(error)) from error
            stream.seek(0)
            suffix = ENDINGS[target.layout_id.kind] if target.layout_id else writer.SUFFIX
            name = f"{package.name}.{suffix}"
            payload = self.env["finance.payload"]._store(
                stream, company=self.company_id, name=name, content_type=writer.CONTENT_TYPE
            )
        # of the bytes: two targets that share a folder do not share a name
        stem = f"{package.name}-{payload.sha256[:10]}"
        self.write(
            {
                "content_sha256": tally.fingerprint,
                "payload_id": payload.id,
                "file_name": f"{stem}.{suffix}",
                "file_size": payload.size,
                "file_sha256": payload.sha256,
                "row_count": count,
            }
        )
        self._keep_sums(tally.sums)

    def _write_layout(self, stream):
        """Write the layout of the target; :return: rows"""
        package = self.package_id
        packages = package._chain() if self.mode == "whole" else self._changed_packages()
        return self.target_id.layout_id._write_package(package, packages, stream).rows

    def _words_of(self, error):
        what = str(error)
        if what == "translation":
            return self.env._("%s is not translated to the group's currency as a whole.", self.package_id.name)
        return self.env._(
            "%(target)s: the setting %(what)s makes no sense. Correct it on the target.",
            target=self.target_id.name,
            what=what,
        )

    def _lines(self, place, shape, packages):
        package, cut = self.package_id, self.target_id.cut_id
        return lines.lines(place, shape, package._balances(cut, packages), package._link)

    def _changed_packages(self):
        """:return: ids of the packages whose rows are what has changed since what is there"""
        chain = self.package_id._chain()
        return chain[: chain.index(self.previous_id.package_id.id)]

    def _place(self):
        package = self.package_id
        fiscal_year, period = package._fiscal_period()
        return Place(
            entity=package.entity_id.code,
            scenario=package.scenario_id.code,
            fiscal_year=fiscal_year,
            period=period,
            first=package.date_from,
            last=package.date_to,
            currency=package.currency_id.name,
            group_currency=package.group_currency_id.name,
            package=package.name,
            lei=package.entity_id.lei or "",
            generated=fields.Datetime.to_string(package.built_at).replace(" ", "T") + "+00:00",
        )

    def _job(self):
        """:return: the delivery as its platform has to know it"""
        self.ensure_one()
        known = {**(self.known or {}), **({"job": self.job} if self.job else {})}
        stem, _dot, suffix = self.file_name.rpartition(".")
        # an attempt of its own is a file of its own: receivers know a name, and do not take it twice
        own_name = self.file_name if self.round == 1 else f"{stem}-r{self.round}.{suffix}"
        return Job(
            place=self._place(),
            parameters=self.target_id._parameters(),
            file=known.get("name") or own_name,
            size=self.file_size,
            sha256=self.file_sha256,
            rows=self.row_count,
            mode=self.mode,
            accounts=tuple(dict.fromkeys(self.total_ids.mapped("account_code"))),
            known=known,
            sums=self._sums(),
            asked=self.polls,
            about=self._about(),
        )

    def _about(self):
        package = self.package_id
        return {
            "package": package.name,
            "version": package.version,
            "digest": package.digest or None,
            **({"layout": self.target_id.layout_id.name} if self.target_id.layout_id else {}),
            "mapping": package.mapping_text or None,
            "preliminary": package.is_preliminary,
            "locked": package._locked(),
            "prepared_by": package.prepared_by_id.name or None,
            "reviewed_by": package.reviewed_by_id.name or None,
            "approved_by": package.approved_by_id.name or None,
            "trace": f"{package.get_base_url()}/finance/group/{package.name}/",
        }

    def _identity(self):
        """:return: what must not be loaded twice: this content, after what was there before"""
        said = (
            *(self.target_id.id, self.entity_id.id, self.date_from, self.date_to),
            *(self.content_sha256, self.previous_id.id or 0),
        )
        return hashlib.sha256("|".join(map(str, said)).encode()).hexdigest()

    # -- sums ----------------------------------------------------------------------------------

    def _keep_sums(self, sums):
        currencies = {one.name: one for one in self.package_id.currency_id | self.package_id.group_currency_id}
        self.env["finance.consolidation.delivery.total"].create(
            [
                {
                    "delivery_id": self.id,
                    "company_id": self.company_id.id,
                    "entity_code": entity,
                    "account_code": account,
                    "currency_id": currencies[currency].id,
                    "sent": float(amount),
                }
                for (entity, account, currency), amount in sorted(sums.items())
            ]
        )

    def _sums(self):
        """:return: what must be at the platform, exactly"""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT t.entity_code, t.account_code, c.name, t.sent::text FROM finance_consolidation_delivery_total t
                 JOIN res_currency c ON c.id = t.currency_id WHERE t.delivery_id = %s AND t.sent IS NOT NULL""",
            (self.id,),
        )
        return {
            (entity, account, currency): Decimal(amount) for entity, account, currency, amount in self.env.cr.fetchall()
        }
