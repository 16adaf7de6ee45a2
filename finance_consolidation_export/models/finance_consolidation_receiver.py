from contextlib import ExitStack
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine.copying import copy_rows

from ..balances.neutral_reader import UnreadableError, read
from ..const import DIMENSIONS

PLACES = tuple(f"dim{number}" for number in range(1, DIMENSIONS + 1))
COLUMNS = (
    *("package_id", "company_id", "cut_id", "kind", "group_account_id", "entity_id", "movement", *PLACES, "items"),
    *("opening", "earlier", "debit", "credit", "closing_group", "period_group", "is_reversed"),
)
#: names that one finding lists
MOST_NAMED = 20


class FinanceConsolidationReceiver(models.AbstractModel):
    """Makes packages of neutral trial balances that come from elsewhere: files, and other databases (C-16, C-19).

    They hold the balances as they were sent, so the digest of the sender and the SHA-256 of each file still prove
    them. What is received is a whole: the next one is the next version, and replaces it.
    """

    _name = "finance.consolidation.receiver"
    _description = "Receiver of Packages"

    @api.model
    def _receive(self, files, **values):
        """Keep the balances of a company and period.

        :param files: list of (code of the cut, codes of its dimensions or None: those of the scenario, CSV as a file at
            its begin, manifest or None), the balances by account among them; nothing is written before all are read
        :param values: see ``_keep``
        :return: the package, new or known
        :raise UnreadableError: a file cannot be read, or is not the one of its manifest
        :raise UserError: scenario, company or period are not as they are here
        """
        with ExitStack() as opened:
            read_files = [
                (code, dimensions, opened.enter_context(read(stream, manifest)))
                for code, dimensions, stream, manifest in files
            ]
            return self._keep(read_files, **values)

    @api.model
    def _keep(self, read_files, *, source, approved_by=None, source_digest=None, is_preliminary=None, company=None):
        """Keep what was read.

        :param read_files: list of (code of the cut, codes of its dimensions or None,
            :class:`~..balances.neutral_reader.Reading`)
        :param source: where they come from, for people
        :param approved_by: names of who approved it there, or None
        :param source_digest: digest of the sender; the same one is received once
        :param is_preliminary: None: as the draft that is filled says
        :param company: who receives it; None: whoever is named for the company of the group
        :return: the package, new or known
        :raise UserError: scenario, company or period are not as they are here
        """
        told = read_files[0][2].told
        for code, _dimensions, reading in read_files:
            other = reading.told
            if (other.entity, other.scenario, other.first, other.last) != (
                *(told.entity, told.scenario, told.first, told.last),
            ):
                raise UnreadableError("mixed", self.env._("Cut %s is of another company or period.", code))
        scenario, entity = self._places(told)
        if company and entity.keeper_id != company:
            raise UserError(
                self.env._(
                    "Packages of %(entity)s are received by %(keeper)s, and this connection is of %(company)s.",
                    entity=entity.display_name,
                    keeper=entity.keeper_id.sudo().name,  # sudo: a name
                    company=company.name,
                )
            )
        package, is_known = self._package(scenario, entity, told, source_digest)
        if is_known:
            return package
        findings = self._fill(package, read_files)
        package.sudo().write(  # sudo: what the steps write
            {
                "source_text": source,
                "source_digest": source_digest,
                "is_preliminary": package.is_preliminary if is_preliminary is None else is_preliminary,
            }
        )
        self._find(package, findings, told)
        package._log("received", source)
        if approved_by and entity.is_approved_there and not package.blocking_count:
            self._approve(package, approved_by)
        return package

    @api.model
    def _places(self, told):
        """:return: scenario and company of the group that a file is about"""
        # sudo: which scenarios and companies there are does not depend on who loads a file
        scenario = self.env["finance.consolidation.scenario"].sudo().search([("code", "=", told.scenario)], limit=1)
        if not scenario:
            raise UserError(
                self.env._("There is no scenario %s. Make it under Scenarios, or correct the file.", told.scenario)
            )
        entity = self.env["finance.consolidation.entity"]._all().filtered(lambda one: one.code == told.entity)
        if not entity or entity.company_id or not entity.keeper_id:
            raise UserError(
                self.env._(
                    "%s is no company of the group whose packages are received. Say under Companies of the Group who "
                    "receives them.",
                    told.entity,
                )
            )
        return scenario.with_env(self.env), entity.with_env(self.env)

    @api.model
    def _package(self, scenario, entity, told, source_digest):
        """:return: a draft package to be filled, or the one that has this already, and whether it has"""
        # sudo: what the steps write
        packages = self.env["finance.consolidation.package"].sudo()
        place = [
            *(("scenario_id", "=", scenario.id), ("entity_id", "=", entity.id), ("state", "!=", "cancelled")),
            *(("date_from", "=", told.first), ("date_to", "=", told.last)),
        ]
        if source_digest:
            known = packages.search([*place, ("source_digest", "=", source_digest)], limit=1)
            if known:
                return known.with_env(self.env), True
        last = packages.search(place, order="version desc", limit=1)
        if last.state in ("prepared", "reviewed"):
            # what comes later is what counts; whoever looked at the earlier one is told
            last._message_log(body=self.env._("Another package was received; this one does not count any more."))
            last.state = "cancelled"
            last._close_tasks()
        if last.state == "draft":
            last._clear()
            return last.with_env(self.env), False
        package = packages.create(
            {
                "scenario_id": scenario.id,
                "entity_id": entity.id,
                "date_from": told.first,
                "date_to": told.last,
                "version": last.version + 1,
                "previous_id": last.id if last.state in ("approved", "superseded") else last.previous_id.id,
            }
        )
        return package.with_env(self.env), False

    # -- balances ------------------------------------------------------------------------------

    @api.model
    def _fill(self, package, files):
        """Write the balances; :return: what is not known here, by code of the finding"""
        unknown = {"unknown_account": {}, "unknown_company": {}, "currency_differs": {}, "cut_missing": {}}
        chart = package.scenario_id.chart_id.with_context(active_test=False).account_ids
        accounts = {account.code: account.id for account in chart}
        entities = {entity.code: entity.id for entity in self.env["finance.consolidation.entity"]._all()}
        cuts = {cut.code: cut for cut in package.scenario_id.cut_ids}
        layout, members = {}, {}
        for code, dimensions, reading in files:
            cut = cuts.pop(code, None)
            if cut is None:
                unknown["cut_missing"][code] = 0
                continue
            wanted = self._dimensions(cut, dimensions, unknown)
            layout[str(cut.id)] = wanted.ids
            self._check_currencies(package, reading.told, unknown)
            copy_rows(
                self.env.cr,
                "finance_consolidation_row",
                COLUMNS,
                (
                    self._row(package, cut, row, wanted, members, accounts, entities, unknown)
                    for row in reading.balances()
                    if row.opening or row.debit or row.credit or row.amount_group
                ),
            )
        for code in cuts:
            unknown["cut_missing"][code] = 0
        package.sudo().write(  # sudo: what the steps write
            {"built_at": fields.Datetime.now(), "cut_layout": layout, "is_delta": False}
        )
        self._keep_names(package, members)
        self.env.invalidate_all()
        return unknown

    @api.model
    def _dimensions(self, cut, codes, unknown):
        """:return: dimensions of the columns of a file"""
        of_cut = cut.dimension_ids.sorted(lambda dimension: (dimension.sequence, dimension.id))
        if codes is None:
            return of_cut
        # sudo: definitions of the group
        named = self.env["finance.consolidation.dimension"].sudo().search([("code", "in", codes)])
        known = {one.code: one for one in named}
        found = self.env["finance.consolidation.dimension"]
        for code in codes:
            if code not in known:
                unknown["cut_missing"][f"{cut.code}/{code}"] = 0
                return found
            found |= known[code].with_env(self.env)
        return found

    @api.model
    def _check_currencies(self, package, told, unknown):
        for said, here in (
            (told.currency, package.currency_id.name),
            (told.group_currency or package.group_currency_id.name, package.group_currency_id.name),
        ):
            if said != here:
                unknown["currency_differs"][f"{said} / {here}"] = 0
        if not told.group_currency and package.currency_id != package.group_currency_id:
            unknown["currency_differs"][package.group_currency_id.name] = 0

    @api.model
    def _row(self, package, cut, row, dimensions, members, accounts, entities, unknown):
        """:return: dict of the columns of a balance, signed as the books sign it"""
        sign = row.sign
        if row.account not in accounts:
            named = unknown["unknown_account"]
            named[row.account] = named.get(row.account, Decimal(0)) + row.closing
        if row.partner and row.partner not in entities:
            named = unknown["unknown_company"]
            named[row.partner] = named.get(row.partner, Decimal(0)) + row.closing
        debit, credit = (row.period_debit, row.period_credit)[::sign]
        same = package.currency_id == package.group_currency_id
        values = {
            "package_id": package.id,
            "company_id": package.company_id.id,
            "cut_id": cut.id,
            "kind": "balance",
            "group_account_id": accounts.get(row.account),
            "entity_id": entities.get(row.partner),
            "movement": row.movement or None,
            **dict.fromkeys(PLACES),
            "items": 0,
            "opening": sign * row.opening,
            "earlier": sign * (row.debit - row.credit - row.period),
            "debit": debit,
            "credit": credit,
            "closing_group": self._signed(sign, row.closing if same and row.amount_group is None else row.amount_group),
            "period_group": self._signed(sign, row.period if same and row.period_group is None else row.period_group),
            "is_reversed": sign < 0,
        }
        for place, dimension, code in zip(PLACES, dimensions, row.members, strict=False):
            if code:
                of_dimension = members.setdefault(dimension.id, {})
                # of names alone: members of books elsewhere have no records here
                values[place] = of_dimension.setdefault(code, len(of_dimension) + 1)
        return values

    def _signed(self, sign, amount):
        return None if amount is None else sign * amount

    @api.model
    def _keep_names(self, package, members):
        named = [
            (package.id, package.company_id.id, dimension, number, code, code)
            for dimension, of_dimension in members.items()
            for code, number in of_dimension.items()
        ]
        if named:
            self.env.cr.execute_values(
                "INSERT INTO finance_consolidation_member (package_id, company_id, dimension_id, res_id, code, name)"
                " VALUES %s",
                named,
                page_size=1000,
            )

    # -- findings ------------------------------------------------------------------------------

    @api.model
    def _find(self, package, unknown, told):
        texts = {
            "unknown_account": self.env._("No accounts of the group: %s. Add them to the chart, and load it again."),
            "unknown_company": self.env._("No companies of the group: %s. Add them, and load it again."),
            "currency_differs": self.env._("The currencies are not those of the company and the group: %s."),
            "cut_missing": self.env._("Cuts or dimensions that are only there, or only here: %s."),
        }
        found = []
        for code, named in unknown.items():
            if named:
                names = sorted(named)
                more = "" if len(names) <= MOST_NAMED else f" (+{len(names) - MOST_NAMED})"
                is_base = package._base() and code == "cut_missing"
                found.append(
                    {
                        "severity": "warning" if is_base else "blocking",
                        "code": code,
                        "amount": float(sum(named.values())),
                        "text": texts[code] % (", ".join(names[:MOST_NAMED]) + more),
                    }
                )
        if not told.has_period:
            found.append(
                {
                    "severity": "warning",
                    "code": "cut_missing",
                    "text": self.env._(
                        "The file does not tell the period apart from the fiscal year (period_debit, period_credit)."
                    ),
                }
            )
        builder = self.env["finance.consolidation.builder"]
        builder._begin_sums()
        builder._add_sums(package.ids)
        cuts = package._cuts()
        found += package._find_without_partner(cuts[:1])
        found += package._find_unbalanced(cuts)
        builder._end_sums()
        # sudo: what a build finds is written by the build
        self.env["finance.consolidation.finding"].sudo().create(
            [{"package_id": package.id, "company_id": package.company_id.id, **values} for values in found]
        )

    @api.model
    def _approve(self, package, approved_by):
        """Take over what was approved where the books are."""
        # sudo: what the steps write
        package = package.sudo()
        package.previous_id.filtered(lambda previous: previous.state == "approved").state = "superseded"
        package.write({"state": "approved", "digest": package._sum_up(), "approved_at": fields.Datetime.now()})
        package._attach_files()
        package._message_log(body=self.env._("Approved where the books are, by %s.", ", ".join(approved_by)))
        package._log("approved", ", ".join(approved_by))
