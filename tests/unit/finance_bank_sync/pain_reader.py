"""Reads payment files back into values: a second reading of the standard, apart from the writer.

It looks elements up by name wherever they may stand and knows nothing of the order or of the versions; what it does
not know it reports, so that nothing can hide in a file.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from odoo.addons.finance_bank_sync.payments import model as m


class Node:
    """An element that remembers what of it was asked for."""

    def __init__(self, element: Any, asked: set[Any]) -> None:
        self.element = element
        self.asked = asked
        asked.add(element)

    def all(self, *path: str) -> list[Node]:
        found = [self]
        for name in path:
            children = [child for one in found for child in one.element if etree.QName(child).localname == name]
            found = [Node(child, self.asked) for child in children]
        return found

    def one(self, *path: str) -> Node | None:
        found = self.all(*path)
        assert len(found) <= 1, path
        return found[0] if found else None

    def text(self, *path: str) -> str | None:
        found = self.one(*path)
        return found.element.text if found else None


def code(node: Node | None) -> m.Code | None:
    if node is None:
        return None
    value, own = node.text("Cd"), node.text("Prtry")
    return m.Code(value=value or own, is_proprietary=own is not None)


def money(node: Node) -> m.Money:
    return m.Money(amount=Decimal(node.element.text), currency=node.element.get("Ccy"))


def address(node: Node | None) -> m.Address | None:
    if node is None:
        return None
    names = {
        "department": "Dept", "subdepartment": "SubDept", "street": "StrtNm", "building": "BldgNb",
        "building_name": "BldgNm", "floor": "Flr", "po_box": "PstBx", "room": "Room", "postcode": "PstCd",
        "town": "TwnNm", "town_location": "TwnLctnNm", "district": "DstrctNm", "subdivision": "CtrySubDvsn",
        "country": "Ctry",
    }  # fmt: skip
    lines = tuple(line.element.text for line in node.all("AdrLine"))
    return m.Address(**{field: node.text(tag) for field, tag in names.items()}, lines=lines)


def party(node: Node | None) -> m.Party | None:
    if node is None:
        return None
    person, firm = node.one("Id", "PrvtId"), node.one("Id", "OrgId")
    owner = person or firm
    numbers = tuple(
        m.Identification(number=other.text("Id"), scheme=code(other.one("SchmeNm")), issuer=other.text("Issr"))
        for other in (owner.all("Othr") if owner else [])
    )
    return m.Party(
        name=node.text("Nm"),
        address=address(node.one("PstlAdr")),
        bic=(firm.text("AnyBIC") or firm.text("BICOrBEI")) if firm else None,
        lei=firm.text("LEI") if firm else None,
        identifications=numbers,
        is_person=person is not None,
        country_of_residence=node.text("CtryOfRes"),
    )


def account(node: Node | None) -> m.Account | None:
    if node is None:
        return None
    other = node.one("Id", "Othr")
    return m.Account(
        iban=node.text("Id", "IBAN"),
        number=other.text("Id") if other else None,
        scheme=code(other.one("SchmeNm")) if other else None,
        currency=node.text("Ccy"),
    )


def agent(node: Node | None) -> m.Agent | None:
    bank = node.one("FinInstnId") if node else None
    if bank is None:
        return None
    if bank.text("Othr", "Id") == "NOTPROVIDED":
        return None
    return m.Agent(
        bic=bank.text("BIC") or bank.text("BICFI"),
        clearing_system=bank.text("ClrSysMmbId", "ClrSysId", "Cd"),
        clearing_member=bank.text("ClrSysMmbId", "MmbId"),
        lei=bank.text("LEI"),
        name=bank.text("Nm"),
        address=address(bank.one("PstlAdr")),
    )


def kind(node: Node | None) -> m.PaymentType | None:
    if node is None:
        return None
    found = m.PaymentType(
        priority=node.text("InstrPrty"),
        service_level=code(node.one("SvcLvl")),
        local_instrument=code(node.one("LclInstrm")),
        category_purpose=code(node.one("CtgyPurp")),
    )
    return None if found == m.PaymentType() else found


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def structured(node: Node) -> m.Structured:
    paid, credited = node.one("RfrdDocAmt", "RmtdAmt"), node.one("RfrdDocAmt", "CdtNoteAmt")
    amount = money(paid) if paid else None
    if credited:
        amount = m.Money(amount=-money(credited).amount, currency=money(credited).currency)
    return m.Structured(
        reference_type=code(node.one("CdtrRefInf", "Tp", "CdOrPrtry")),
        reference_issuer=node.text("CdtrRefInf", "Tp", "Issr"),
        reference=node.text("CdtrRefInf", "Ref"),
        document_type=code(node.one("RfrdDocInf", "Tp", "CdOrPrtry")),
        document_number=node.text("RfrdDocInf", "Nb"),
        document_date=day(node.text("RfrdDocInf", "RltdDt")),
        document_amount=amount,
        message=node.text("AddtlRmtInf"),
    )


def mandate(node: Node | None) -> m.Mandate | None:
    if node is None:
        return None
    change = node.one("AmdmntInfDtls")
    amendment = None
    if change is not None:
        assert node.text("AmdmntInd") == "true"
        creditor = party(change.one("OrgnlCdtrSchmeId"))
        former = account(change.one("OrgnlDbtrAcct"))
        amendment = m.Amendment(
            original_mandate=change.text("OrgnlMndtId"),
            original_creditor_name=creditor.name if creditor else None,
            original_creditor_id=creditor.identifications[0].number if creditor and creditor.identifications else None,
            original_iban=former.iban if former else None,
            is_new_account=bool(former and former.number == "SMNDA"),
        )
    return m.Mandate(reference=node.text("MndtId"), signed_on=day(node.text("DtOfSgntr")), amendment=amendment)


def payment(node: Node, is_debit: bool) -> m.Payment:
    words = node.text("InstrForCdtrAgt") if is_debit and node.one("InstrForCdtrAgt") else None
    instructions = (
        ((m.Instruction(words=words),) if words else ())
        if is_debit
        else tuple(
            m.Instruction(code=one.text("Cd"), words=one.text("InstrInf")) for one in node.all("InstrForCdtrAgt")
        )
    )
    amount = node.one("InstdAmt") if is_debit else node.one("Amt", "InstdAmt")
    assert amount is not None
    other = "Dbtr" if is_debit else "Cdtr"
    return m.Payment(
        end_to_end_id=node.text("PmtId", "EndToEndId"),
        instruction_id=node.text("PmtId", "InstrId"),
        uetr=node.text("PmtId", "UETR"),
        amount=money(amount),
        counterparty=party(node.one(other)),
        account=account(node.one(f"{other}Acct")),
        agent=agent(node.one(f"{other}Agt")),
        intermediary=agent(node.one("IntrmyAgt1")),
        ultimate_debtor=party(node.one("UltmtDbtr")),
        ultimate_creditor=party(node.one("UltmtCdtr")),
        type=kind(node.one("PmtTpInf")),
        charges=node.text("ChrgBr"),
        purpose=code(node.one("Purp")),
        remittance=tuple(one.element.text for one in node.all("RmtInf", "Ustrd")),
        structured=tuple(structured(one) for one in node.all("RmtInf", "Strd")),
        instructions=instructions,
        regulatory=tuple(
            m.Regulatory(
                side=one.text("DbtCdtRptgInd"),
                authority_name=one.text("Authrty", "Nm"),
                authority_country=one.text("Authrty", "Ctry"),
                code=one.text("Dtls", "Cd"),
                country=one.text("Dtls", "Ctry"),
                information=one.text("Dtls", "Inf"),
            )
            for one in node.all("RgltryRptg")
        ),
        mandate=mandate(node.one("DrctDbtTx", "MndtRltdInf")),
    )


def group(node: Node, is_debit: bool) -> m.Group:
    own = "Cdtr" if is_debit else "Dbtr"
    assert node.text("PmtMtd") == ("DD" if is_debit else "TRF")
    payments = tuple(payment(one, is_debit) for one in node.all("DrctDbtTxInf" if is_debit else "CdtTrfTxInf"))
    assert int(node.text("NbOfTxs") or -1) == len(payments)
    assert Decimal(node.text("CtrlSum") or -1) == sum(one.amount.amount for one in payments)
    scheme = party(node.one("CdtrSchmeId"))
    booking = node.text("BtchBookg")
    when = node.text("ReqdColltnDt") if is_debit else node.text("ReqdExctnDt", "Dt") or node.text("ReqdExctnDt")
    return m.Group(
        id=node.text("PmtInfId"),
        party=party(node.one(own)),
        account=account(node.one(f"{own}Acct")),
        agent=agent(node.one(f"{own}Agt")),
        date=day(when),
        type=kind(node.one("PmtTpInf")),
        charges=node.text("ChrgBr"),
        batch_booking=None if booking is None else booking == "true",
        ultimate_party=party(node.one("UltmtCdtr" if is_debit else "UltmtDbtr")),
        sequence=node.text("PmtTpInf", "SeqTp"),
        creditor_id=scheme.identifications[0].number if scheme else None,
        payments=payments,
    )


def read(data: bytes) -> m.Batch:
    """Read a file; everything that nobody asked for is an error."""
    asked: set[Any] = set()
    root = Node(etree.fromstring(data), asked)
    is_debit = ".pain.008." in f".{root.element.nsmap[None].rpartition(':')[2]}"
    message = root.one("CstmrDrctDbtInitn" if is_debit else "CstmrCdtTrfInitn")
    assert message is not None
    groups = tuple(group(one, is_debit) for one in message.all("PmtInf"))
    everything = [one for made in groups for one in made.payments]
    assert int(message.text("GrpHdr", "NbOfTxs") or -1) == len(everything)
    assert Decimal(message.text("GrpHdr", "CtrlSum") or -1) == sum(one.amount.amount for one in everything)
    found = m.Batch(
        message_id=message.text("GrpHdr", "MsgId"),
        created_at=datetime.fromisoformat(message.text("GrpHdr", "CreDtTm") or ""),
        initiator=party(message.one("GrpHdr", "InitgPty")),
        direction=m.DEBIT if is_debit else m.TRANSFER,
        groups=groups,
    )
    unasked = {etree.QName(one).localname for one in root.element.iter() if one not in asked}
    assert not unasked, unasked
    return found
