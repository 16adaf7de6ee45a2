"""Who stands on the other side of a transaction (``RltdPties``, ``RltdAgts``).

specs/camt.md section 5. Up to version 06 a party is written directly; from 07 it is wrapped
in ``Pty`` or, for a bank, in ``Agt``; some banks wrap it earlier, so both are read anywhere.
"""

from __future__ import annotations

from typing import Any

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..model import Account, Party
from ..text_values import compact, is_iban
from .values import LOCAL, Element, descend, reference, text_at, text_of

_new_party = draft(Party)

_DEBTOR = ("Dbtr", "DbtrAcct", "UltmtDbtr", "DbtrAgt")
_CREDITOR = ("Cdtr", "CdtrAcct", "UltmtCdtr", "CdtrAgt")
#: letters that two names must have in common from their beginning to be one name
_SHORTEST_NAME = 8
#: PostalAddress: what makes up a line when the bank writes an address in parts
_STREET = ("StrtNm", "BldgNb")
_TOWN = ("PstCd", "TwnNm")


def normalized_iban(text: str | None) -> str | None:
    """Return an IBAN in its electronic form (ISO 13616): capitals, no blanks."""
    return "".join(text.split()).upper() if text else None


def account_identification(account: Element | None) -> tuple[str | None, str | None]:
    """Read ``Acct/Id``: the IBAN, and the other number (``Othr/Id``, from version 09 ``Prxy/Id``).

    The schema wants a number, so banks that know none write NOTPROVIDED.
    """
    iban = number = None
    for child in account if account is not None else ():
        name = LOCAL[child.tag]
        if name == "Id":
            for kind in child:
                if LOCAL[kind.tag] == "IBAN":
                    iban = normalized_iban(reference(kind.text))
                elif LOCAL[kind.tag] == "Othr":
                    number = reference(text_at(kind, "Id"))
        elif name == "Prxy" and not number:
            number = reference(text_at(child, "Id"))
    return iban, number


def sides(parties: Element) -> dict[str, Element]:
    """Return what ``RltdPties`` tells of both sides, by local name: looking at it again for each would take longer."""
    return {LOCAL[child.tag]: child for child in parties}


def counterparty(
    names: dict[str, Element], agents: Element | None, account: Account, *, debit: bool, returned: bool
) -> Party | None:
    """Return the party that is not the account owner.

    Money that came in comes from the debtor, money that went out goes to the creditor. Banks
    keep the original roles when they book a return, so there it is the other way round, except
    where the sides show by themselves which one is the account owner's.

    :param names: of :func:`sides`
    """
    banks = {LOCAL[child.tag]: child for child in agents} if agents is not None else {}
    usual, other = (_CREDITOR, _DEBTOR) if debit else (_DEBTOR, _CREDITOR)
    party = _side(names, banks, usual)
    if party is not None and not _is_own(party, account):
        if not returned:
            return party
        flipped = _side(names, banks, other)
        if flipped is None and _is_named_as(party, account):
            return None  # our own payment comes back, and nobody says from whom
        return party if flipped is None or _is_own(flipped, account) else flipped
    flipped = _side(names, banks, other)
    return None if flipped is None or _is_own(flipped, account) else flipped


def own_account(
    parties: Element, names: dict[str, Element], account: Account, party: Party | None, *, debit: bool
) -> str | None:
    """Return the account on the owner's side where it is another one than the statement's: a virtual account.

    Where a return keeps the original roles, the owner's side is the counterparty's, which is none.

    :param names: of :func:`sides`
    """
    name = "DbtrAcct" if debit else "CdtrAcct"
    if name not in names:
        return None
    iban, number = account_identification(next((child for child in parties if LOCAL[child.tag] == name), None))
    told = iban or number
    known = {account.iban, account.number, *((party.iban, party.account_number) if party else ())}
    return None if told in known else told


def _is_own(party: Party, account: Account) -> bool:
    """Say whether a side is the account owner: by the account, else by the name."""
    if party.iban or party.account_number:
        own = (account.iban, account.number)
        return party.iban in own if party.iban else party.account_number in own
    return bool(party.name and account.owner and party.name.casefold() == account.owner.casefold())


def _is_named_as(party: Party, account: Account) -> bool:
    """Say whether a side bears the name of the account owner, whole or shortened, whatever its account."""
    name, owner = (" ".join((text or "").casefold().split()) for text in (party.name, account.owner))
    return min(len(name), len(owner)) >= _SHORTEST_NAME and (name.startswith(owner) or owner.startswith(name))


def _side(names: dict[str, Element], banks: dict[str, Element], side: tuple[str, str, str, str]) -> Party | None:
    """Read one side; None when the bank tells neither a name nor an account."""
    party, account, ultimate, agent = side
    fields: dict[str, Any] = {}
    if party in names:
        _read_party(names[party], fields)
    if account in names:
        iban, number = account_identification(names[account])
        if number and not iban and is_iban(written := compact(number).upper()):
            iban, number = written, None  # in the place for other numbers
        if iban:
            fields["iban"] = iban
        if number:
            fields["account_number"] = number
        if "name" not in fields and (holder := reference(text_at(names[account], "Nm"))):
            fields["name"] = holder  # the account is named after who owns it
    if ultimate in names:
        inner: dict[str, Any] = {}
        _read_party(names[ultimate], inner)
        if "name" in inner:
            fields["ultimate_name"] = inner["name"]
    if not fields:
        return None
    if agent in banks:
        bic, bank_name = institution(banks[agent])
        if bic:
            fields["bic"] = bic
        if bank_name:
            fields["bank_name"] = bank_name
    return _new_party(**fields)


def _read_party(party: Element, fields: dict[str, Any]) -> None:
    """Read ``PartyIdentification``, or what ``Pty`` or ``Agt`` wrap."""
    for child in party:
        name = LOCAL[child.tag]
        if name == "Nm":
            text = reference(child.text)
            if text:
                fields["name"] = text
        elif name == "Pty":
            _read_party(child, fields)
        elif name == "PstlAdr":
            _read_address(child, fields)
        elif name == "Id":
            identifier = _identifier(child)
            if identifier:
                fields["identifier"] = identifier
        elif name == "Agt":
            bic, bank_name = institution(child)
            if bic or bank_name:
                fields["name"] = bank_name or bic
                fields["bic"] = bic


def _identifier(identification: Element) -> str | None:
    """Read ``OrgId`` or ``PrvtId``: the creditor identifier of a direct debit stands in ``Othr``."""
    for kind in identification:
        number = text_at(kind, "Othr", "Id") or text_at(kind, "LEI")
        if number:
            return number
        # AnyBIC from version 03, BICOrBEI before
        for name in ("AnyBIC", "BICOrBEI", "BIC"):
            bic = text_at(kind, name)
            if bic:
                return bic
    return None


def _read_address(address: Element, fields: dict[str, Any]) -> None:
    """Read ``PstlAdr``: free lines or parts, the country last."""
    lines: list[str] = []
    parts: dict[str, str] = {}
    for child in address:
        text = text_of(child)
        if text:
            name = LOCAL[child.tag]
            if name == "AdrLine":
                lines.append(text)
            else:
                parts[name] = text
    country = parts.pop("Ctry", None)
    if parts:
        for group in (_STREET, _TOWN):
            line = " ".join(parts[name] for name in group if name in parts)
            if line:
                lines.append(line)
    if country:
        fields["country"] = country
        lines.append(country)
    if lines:
        fields["address"] = tuple(lines)


def institution(agent: Element | None) -> tuple[str | None, str | None]:
    """Read BIC (``BIC`` in version 02, ``BICFI`` later) and name of ``FinInstnId``."""
    bic = name = None
    identification = descend(agent, "FinInstnId")
    for child in identification if identification is not None else ():
        local = LOCAL[child.tag]
        if local in ("BICFI", "BIC"):
            bic = reference(child.text)
        elif local == "Nm":
            name = reference(child.text)
    return bic, name
