"""The parts that pain.001 and pain.008 share, as XML text: parties, accounts, banks, addresses, remittance."""

from __future__ import annotations

from .currencies import plain
from .model import (
    Account,
    Address,
    Agent,
    Code,
    Identification,
    Instruction,
    Money,
    Party,
    Payment,
    PaymentType,
    Regulatory,
    Structured,
)
from .versions import NEWER_ADDRESS, Dialect
from .xml_text import CannotWrite, day, escape, leaf, node

UNKNOWN_AGENT = "<FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId>"

#: fields of an address with their tags, in the order of the schema
_ADDRESS = (
    ("department", "Dept"),
    ("subdepartment", "SubDept"),
    ("street", "StrtNm"),
    ("building", "BldgNb"),
    ("building_name", "BldgNm"),
    ("floor", "Flr"),
    ("po_box", "PstBx"),
    ("room", "Room"),
    ("postcode", "PstCd"),
    ("town", "TwnNm"),
    ("town_location", "TwnLctnNm"),
    ("district", "DstrctNm"),
    ("subdivision", "CtrySubDvsn"),
    ("country", "Ctry"),
)


def money(tag: str, value: Money) -> str:
    """An amount with its currency."""
    return f'<{tag} Ccy="{escape(value.currency)}">{plain(value.amount, value.currency)}</{tag}>'


def code(value: Code | None) -> str:
    """``Cd`` or ``Prtry``."""
    if value is None:
        return ""
    return leaf("Prtry", value.value) if value.is_proprietary else leaf("Cd", value.value)


def address(value: Address | None, dialect: Dialect) -> str:
    """``PstlAdr``; nothing for an empty one.

    :raise CannotWrite: this version has no element for a field that is filled
    """
    if value is None:
        return ""
    if dialect.is_first:
        for name in NEWER_ADDRESS:
            if getattr(value, name) is not None:
                raise CannotWrite(f"{dialect.version} has no {name} in an address")
    parts = [leaf(tag, text) for name, tag in _ADDRESS if (text := getattr(value, name)) is not None]
    parts += [leaf("AdrLine", line) for line in value.lines]
    return node("PstlAdr", "".join(parts))


def identification(value: Identification) -> str:
    """``Othr`` of a party."""
    scheme = node("SchmeNm", code(value.scheme))
    return f"<Othr>{leaf('Id', value.number)}{scheme}{leaf('Issr', value.issuer)}</Othr>"


def party(tag: str, value: Party | None, dialect: Dialect) -> str:
    """A party under its tag; nothing for None."""
    if value is None:
        return ""
    inner = leaf("Nm", value.name)
    if value.address is not None:
        inner += address(value.address, dialect)
    if value.bic or value.lei or value.identifications:
        inner += node("Id", _identity(value, dialect))
    inner += leaf("CtryOfRes", value.country_of_residence)
    return f"<{tag}>{inner}</{tag}>"


def _identity(value: Party, dialect: Dialect) -> str:
    numbers = "".join(map(identification, value.identifications))
    if value.is_person:
        if value.bic or value.lei:
            raise CannotWrite("a person has neither BIC nor LEI")
        return node("PrvtId", numbers)
    if value.lei and dialect.is_first:
        raise CannotWrite(f"{dialect.version} has no LEI")
    return node("OrgId", leaf(dialect.party_bic, value.bic) + leaf("LEI", value.lei) + numbers)


def account(tag: str, value: Account | None) -> str:
    """An account under its tag; nothing for None."""
    if value is None:
        return ""
    if value.iban:
        inner = f"<Id><IBAN>{escape(value.iban)}</IBAN></Id>"
    else:
        scheme = node("SchmeNm", code(value.scheme))
        inner = f"<Id><Othr>{leaf('Id', value.number)}{scheme}</Othr></Id>"
    return f"<{tag}>{inner}{leaf('Ccy', value.currency)}</{tag}>"


def agent(tag: str, value: Agent | None, dialect: Dialect) -> str:
    """A bank under its tag; nothing for None."""
    if value is None:
        return ""
    inner = leaf(dialect.bic, value.bic)
    if value.clearing_member:
        system = node("ClrSysId", leaf("Cd", value.clearing_system))
        inner += node("ClrSysMmbId", system + leaf("MmbId", value.clearing_member))
    if value.lei:
        if dialect.is_first:
            raise CannotWrite(f"{dialect.version} has no LEI")
        inner += leaf("LEI", value.lei)
    inner += leaf("Nm", value.name) + address(value.address, dialect)
    return f"<{tag}><FinInstnId>{inner}</FinInstnId></{tag}>"


def needed_agent(tag: str, value: Agent | None, dialect: Dialect) -> str:
    """A bank where the schema wants one: unknown ones are told as ``NOTPROVIDED``."""
    return agent(tag, value, dialect) if value is not None else f"<{tag}>{UNKNOWN_AGENT}</{tag}>"


def payment_type(value: PaymentType | None, sequence: str | None = None) -> str:
    """``PmtTpInf``; nothing when nothing is told."""
    if value is None:
        return node("PmtTpInf", leaf("SeqTp", sequence))
    return node(
        "PmtTpInf",
        leaf("InstrPrty", value.priority)
        + node("SvcLvl", code(value.service_level))
        + node("LclInstrm", code(value.local_instrument))
        + leaf("SeqTp", sequence)
        + node("CtgyPurp", code(value.category_purpose)),
    )


def ids(value: Payment, dialect: Dialect) -> str:
    """``PmtId``.

    :raise CannotWrite: this version has no UETR
    """
    if value.uetr and dialect.is_first:
        raise CannotWrite(f"{dialect.version} has no UETR")
    inner = leaf("InstrId", value.instruction_id) + leaf("EndToEndId", value.end_to_end_id)
    return f"<PmtId>{inner}{leaf('UETR', value.uetr)}</PmtId>"


def instruction(value: Instruction) -> str:
    """``InstrForCdtrAgt`` of a transfer."""
    return node("InstrForCdtrAgt", leaf("Cd", value.code) + leaf("InstrInf", value.words))


def regulatory(value: Regulatory) -> str:
    """``RgltryRptg``."""
    return node(
        "RgltryRptg",
        leaf("DbtCdtRptgInd", value.side)
        + node("Authrty", leaf("Nm", value.authority_name) + leaf("Ctry", value.authority_country))
        + node("Dtls", leaf("Ctry", value.country) + leaf("Cd", value.code) + leaf("Inf", value.information)),
    )


def structured_part(value: Structured) -> str:
    """The inside of ``Strd``."""
    kind = node("CdOrPrtry", code(value.reference_type))
    reference = node("Tp", kind + leaf("Issr", value.reference_issuer) if kind else "") + leaf("Ref", value.reference)
    document = (
        node("Tp", node("CdOrPrtry", code(value.document_type)))
        + leaf("Nb", value.document_number)
        + day("RltdDt", value.document_date)
    )
    amount = ""
    if value.document_amount is not None:
        negative = value.document_amount.amount < 0
        positive = Money(amount=abs(value.document_amount.amount), currency=value.document_amount.currency)
        amount = money("CdtNoteAmt" if negative else "RmtdAmt", positive)
    return (
        node("RfrdDocInf", document)
        + node("RfrdDocAmt", amount)
        + node("CdtrRefInf", reference)
        + leaf("AddtlRmtInf", value.message)
    )


def remittance(value: Payment) -> str:
    """``RmtInf``; nothing when nothing is told."""
    inner = "".join([f"<Ustrd>{escape(text)}</Ustrd>" for text in value.remittance])
    if value.structured:
        inner += "".join([node("Strd", structured_part(part)) for part in value.structured])
    return f"<RmtInf>{inner}</RmtInf>" if inner else ""
