from stdnum import exceptions
from stdnum.util import get_cc_module

from odoo import api, models
from odoo.fields import Domain

from ..api.counterparty import CounterpartyVerdict, LikelyDuplicate, NumberVerdict, Screening
from ..matching.likeness import Party, pairs, words
from ..safe import iban

#: partners that are compared with the one that is asked about
CANDIDATES = 200
#: what python-stdnum calls it -> words of the contract
_REASONS = (
    (exceptions.InvalidChecksum, "checksum"),
    (exceptions.InvalidLength, "length"),
    (exceptions.InvalidComponent, "component"),
    (exceptions.ValidationError, "format"),
)


class FinanceApi(models.AbstractModel):
    """Whether a counterparty can be what it says, is here already, and may be dealt with."""

    _inherit = "finance.api"

    @api.model
    def _do_check_counterparty(self, query, body):
        return CounterpartyVerdict(
            vat=self._vat_verdict(body.vat, body.country) if body.vat else None,
            iban=self._iban_verdict(body.iban) if body.iban else None,
            duplicates=self._likely(body),
            screening=self._screen(body),
        )

    @api.model
    def _screen(self, question):
        """Ask who screens counterparties (sanctions, risk); OVERRIDE where there is somebody to ask.

        :param question: :class:`~..api.counterparty.CounterpartyQuestion`
        :return: :class:`~..api.counterparty.Screening`; what was not screened is never passed
        """
        return Screening(verdict="not_screened")

    @api.model
    def _vat_verdict(self, number, country):
        compact = "".join(letter for letter in number.upper() if letter.isalnum())
        code = compact[:2] if compact[:2].isascii() and compact[:2].isalpha() else country
        # Greece calls itself EL in these numbers
        iso = {"EL": "GR"}.get(code, code)
        if not iso:
            return NumberVerdict(valid=None, reason="country")
        if country and iso != country:
            return NumberVerdict(valid=False, country=iso, reason="country")
        try:
            module = get_cc_module(iso.lower(), "vat")
        except (ImportError, OSError):
            # some read tables, which cannot be found below Odoo's import hooks
            module = None
        if module is None:
            return NumberVerdict(valid=None, country=iso)
        try:
            module.validate(compact)
        except exceptions.ValidationError as error:
            reason = next(word for kind, word in _REASONS if isinstance(error, kind))
            return NumberVerdict(valid=False, country=iso, reason=reason)
        return NumberVerdict(valid=True, country=iso)

    @api.model
    def _iban_verdict(self, number):
        compact = "".join(number.split()).upper()
        country = compact[:2] if compact[:2].isascii() and compact[:2].isalpha() else None
        reason = iban.fault(compact)
        return NumberVerdict(valid=reason is None, country=country, reason=reason)

    @api.model
    def _likely(self, question):
        account = "".join((question.iban or "").split()).upper()
        asked = Party(
            id=0,
            name=question.name or "",
            country=question.country,
            vat="".join((question.vat or "").split()).upper() or None,
            accounts=frozenset([account]) if account else frozenset(),
        )
        candidates = self._candidates(asked)
        # sudo: whether the account is the one that was asked about; no number is told
        banks = (
            candidates.env["res.partner.bank"]
            .sudo()
            .search([("partner_id", "in", candidates.ids), ("sanitized_acc_number", "in", list(asked.accounts))])
        )
        known = [
            Party(
                id=partner.id,
                name=partner.name or "",
                country=partner.country_id.code or None,
                vat="".join((partner.vat or "").split()).upper() or None,
                accounts=asked.accounts if partner in banks.partner_id else frozenset(),
            )
            for partner in candidates
        ]
        names = self._names()
        labels = {party.id: party.name for party in known}
        return [
            LikelyDuplicate(
                id=names.of("counterparty", pair.second),
                name=labels[pair.second],
                score=pair.score,
                reasons=[reason for reason in pair.reasons if asked.name or reason in ("vat", "account")],
            )
            for pair in sorted(pairs([asked, *known], only=frozenset([0])), key=lambda pair: -pair.score)
            if asked.name or {"vat", "account"} & set(pair.reasons)
        ][:20]

    @api.model
    def _candidates(self, asked):
        """:return: partners that may be the one, found by index of number, account and words of the name"""
        ways = Domain.FALSE
        if asked.vat:
            ways |= Domain("vat", "=ilike", asked.vat.replace("%", "").replace("_", ""))
        if asked.accounts:
            # sudo: as above
            banks = self.env["res.partner.bank"].sudo().search([("sanitized_acc_number", "in", list(asked.accounts))])
            ways |= Domain("id", "in", banks.partner_id.ids)
        for word in words(asked.name)[:4]:
            if len(word) > 2:
                ways |= Domain("name", "ilike", word)
        company = self.env["res.partner"]._check_company_domain(self.env.companies)
        domain = ways & Domain("parent_id", "=", False) & Domain(company)
        return self.env["res.partner"].search(domain, limit=CANDIDATES, order="id desc")
