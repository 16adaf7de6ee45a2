"""Small files of Norma 43 and CFONB 120 with one movement of 12.50, and what spoils them."""

from __future__ import annotations

SPAIN = "210004180200051332"
FRANCE = ("20041", "01005", "0500013M026")


def norma43(*inner: str, movement: str | None = None, first="260302", last="260306", currency="978", opening="210000",
            debits=0, credits=1, total=1250, closing=11250, count: int | None = None, end=SPAIN) -> bytes:  # fmt: skip
    """An account with 100.00, a movement and what stands behind it."""
    rows = [
        f"11{SPAIN}{first}{last}{opening[0]}{int(opening[1:]):014d}{currency}3{'EJEMPLO SL':<26}   ",
        movement or norma43_movement(),
        *inner,
        f"33{end}{debits:05d}{0:014d}{credits:05d}{total:014d}2{closing:014d}{currency}    ",
    ]
    rows.append(f"88{'9' * 18}{len(rows) if count is None else count:06d}".ljust(80))
    return "".join(f"{row:<80}\r\n" for row in rows).encode()


def norma43_movement(day="260305", *, sign="2", common="04", cents=1250, references="") -> str:
    """A record 22."""
    return f"22    0418{day}{day}{common}007{sign}{cents:014d}{0:010d}{references:<28}"


def overpunched(cents: int) -> str:
    """An amount whose last digit has the sign."""
    return f"{abs(cents) // 10:013d}{('}JKLMNOPQR' if cents < 0 else '{ABCDEFGHI')[abs(cents) % 10]}"


def cfonb(*notes: tuple[str, str], cents=1250, operation="05", day="050326", closing: int | None = None, currency="EUR",
          account=FRANCE, within=FRANCE[2], decimals="2", reject="", zone="", label="VIREMENT") -> bytes:  # fmt: skip
    """A statement with 100.00, an operation and its records 05."""
    bank, branch, number = account

    def head(kind: str, of: str, code: str = "") -> str:
        return f"{kind}{bank}    {branch}{currency:3}{decimals} {of}{code:2}{day}"

    rows = [
        f"{head('01', number)}{'':50}{overpunched(10000)}",
        f"{head('04', within, operation)}{reject:2}{day}{label:31}  {0:07d}  {overpunched(cents)}{zone:16}",
        *(f"{head('05', within, operation)}     {kind}{text:70}" for kind, text in notes),
        f"{head('07', number)}{'':50}{overpunched(10000 + cents if closing is None else closing)}",
    ]
    return "".join(f"{row:<120}\n" for row in rows).encode()


#: format, file, code of the refusal
REFUSED = [
    ("norma43", norma43(movement=norma43_movement(sign="3")), "credit_debit_invalid"),
    ("norma43", norma43(movement=norma43_movement("260230")), "date_invalid"),
    ("norma43", norma43(movement=norma43_movement("000000")), "date_missing"),
    ("norma43", norma43(first="269902"), "date_invalid"),
    ("norma43", norma43(currency="999"), "currency_invalid"),
    ("norma43", norma43(end="210004180200051333"), "account_differs"),
    ("norma43", norma43("25"), "record_unknown"),
    ("norma43", norma43()[:-170], "truncated"),
    ("norma43", norma43()[:82] + norma43(), "record_unexpected"),
    ("norma43", norma43() + b"99", "record_unexpected"),
    ("norma43", norma43("23" + "x" * 90), "line_too_long"),
    ("cfonb120", cfonb().replace(b"0000000000125{", b"000000000012x0"), "amount_invalid"),
    ("cfonb120", cfonb(day="310226"), "date_invalid"),
    ("cfonb120", cfonb(day="000000"), "date_missing"),
    ("cfonb120", cfonb(decimals="9"), "amount_precision"),
    ("cfonb120", cfonb(within="0500013M027"), "account_differs"),
    ("cfonb120", cfonb().replace(b"EUR", b"E1R"), "currency_invalid"),
    ("cfonb120", cfonb().replace(b"EUR", b"USD", 1), "currency_differs"),
    ("cfonb120", cfonb()[:-121], "truncated"),
    ("cfonb120", cfonb()[:-20], "amount_invalid"),
    ("cfonb120", cfonb().replace(b"\n04", b"\n05"), "record_unexpected"),
    ("cfonb120", cfonb() + b"07", "record_unexpected"),
]
