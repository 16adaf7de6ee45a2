import re
from pathlib import PurePath

from odoo import api, models

from ..formats.sheet.samples import samples
from .finance_bank_statement_profile import COLUMNS
from .finance_bank_statement_profile_sample import SAMPLE_LIMIT

#: the begin of a file's name that the next file of the same bank will have, too
_LETTERS = re.compile(r"[^\W\d][\w-]{1,40}?[^\W\d_](?=[\W\d_]*(?:[\d(]|$))")


class FinanceBankStatementProfile(models.Model):
    """A sample proposes what it can tell, and what it leaves open is said."""

    _inherit = "finance.bank.statement.profile"

    @api.model
    def default_get(self, fields_list):
        """A profile for a file that was received begins with what that file shows."""
        values = super().default_get(fields_list)
        company = self.env["res.company"].browse(values.get("company_id")) or self.env.company
        message = self.env["finance.message"].browse(values.get("message_id"))
        if message:
            values["name"] = PurePath(message.subject or "").stem or False
            content, _is_masked = self.new({"message_id": message.id, "company_id": company.id})._sample()
            values |= self._proposed(self._found(content, company), message.subject)
        if "journal_id" in fields_list and not values.get("journal_id"):
            journals = self.env["account.journal"].search(
                [("type", "=", "bank"), ("company_id", "=", company.id), ("bank_account_id", "!=", False)], limit=2
            )
            values["journal_id"] = journals.id if len(journals) == 1 else False
        return values

    @api.onchange("sample")
    def _onchange_sample(self):
        """The first sample of a new profile proposes everything that it shows; later ones change nothing."""
        if not self.sample or any(self[f"column_{role}"] for role in COLUMNS):
            return None
        content, _is_masked = self._sample()
        sample = self._found(content, self.company_id)
        self.update(self._proposed(sample, self.sample_name))
        doubts = self._doubts(sample)
        if not doubts:
            return None
        return {"warning": {"title": self.env._("Please look at this"), "message": "\n".join(doubts)}}

    @api.model
    def _doubts(self, sample):
        """:return: what a sample leaves open, in sentences"""
        doubts = []
        found = sample.found if sample else None
        if sample and sample.section:
            doubts.append(
                self.env._(
                    "The file holds several tables, each needs a profile. This one is for %s.", sample.section.place
                )
            )
        if found and found.unproved_fee:
            doubts.append(
                self.env._(
                    "The column %s may hold fees, and nothing proves whether the amounts hold them. "
                    "Choose it as the fee, and say how fees are told.",
                    found.unproved_fee,
                )
            )
        if found and found.is_undirected:
            doubts.append(self.env._("No amount has a sign. Say whether what goes out is positive."))
        if found and found.is_assumed:
            doubts.append(self.env._("One row proves nothing: compare amount and balance with the bank."))
        return doubts

    @api.model
    def _found(self, content, company):
        """:return: :class:`~..formats.sheet.samples.Sample` of the first table that no profile is for yet, or None: the
        sample is too large, or no table"""
        told = [one for one in samples(content) if one.found] if 0 < len(content) <= SAMPLE_LIMIT else []
        known = {tuple(profile.layout or ()) for profile in self.search([("company_id", "=", company.id)])}
        others = [one for one in told if one.section and one.section.header not in known]
        return next(iter(others or told), None)

    @api.model
    def _proposed(self, sample, filename):
        """:return: values of the form, as far as a sample shows them"""
        if not sample:
            return {}
        found = sample.found
        profile = found.profile
        values = {
            "kind": profile.kind, "sheet": profile.sheet or False, "delimiter": profile.delimiter,
            "encoding": profile.encoding, "title": sample.is_title_needed and sample.section.title or False,
        }  # fmt: skip
        if found.columns:
            values |= {
                "skip_lines": profile.skip_lines,
                "has_header": profile.has_header,
                "footer_rows": profile.footer_rows,
                "newest_first": profile.newest_first,
                "date_format": profile.date_format,
                "decimal_mark": profile.decimal_mark,
                "thousands_mark": profile.thousands_mark or False,
                "amounts": profile.amounts,
                "inverted": profile.inverted,
                "fees": profile.fees,
                "fees_negative": profile.fees_negative,
                "more_texts": "\n".join(_named(place, profile.has_header) for place in profile.more_texts) or False,
                **({"debit_marker": found.debit_marker} if found.debit_marker else {}),
                **({"credit_marker": found.credit_marker} if found.credit_marker else {}),
                **{
                    f"column_{role}": _named(place, profile.has_header)
                    for role, place in found.columns.items()
                    if role in COLUMNS
                },
            }
            stem = _LETTERS.match(PurePath(filename or "").stem)
            if not profile.has_header and stem:
                values["file_names"] = stem[0]
        return values


def _named(place, has_header):
    """How the form names a column: without a header row by its number alone."""
    return place if isinstance(place, str) else f"#{place}" if has_header else str(place)
