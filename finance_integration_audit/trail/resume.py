"""What an examiner knows after a batch, as text: whoever goes on after a crash begins where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from .examine import Examiner, Finding, Odd, Row
from .head import parse
from .merkle import Tree


def frozen(examiner: Examiner, begun: int) -> str:
    """:param begun: the place where the examination began
    :return: text of a few hundred bytes, whatever the size of the trail
    """
    last, findings = examiner.last, examiner.findings
    return json.dumps(
        {
            "begun": begun,
            "seq": examiner.seq,
            "size": examiner.tree.size,
            "peaks": [peak.hex() for peak in examiner.tree.peaks],
            "chain": examiner.chain.hex(),
            "last": last.note() if last else None,
            "findings": [[one.kind, one.seq, one.detail] for one in findings],
            "odd": [
                [findings.index(one.finding), one.row.seq, one.before.hex()]
                for one in examiner.odd
                if one.finding in findings
            ],
            "count": examiner.count,
            "unprotected": examiner.unprotected,
            "is_whole": examiner.is_whole,
            "protected": examiner.protected,
        },
        sort_keys=True,
    )


def thawed(
    text: str, known: Mapping[str, bytes], publics: Mapping[str, bytes], row_at: Callable[[int], Row | None]
) -> tuple[Examiner, int]:
    """:param row_at: reads a row again that was odd
    :return: (the examiner as it was, the place where it began)
    """
    state = json.loads(text)
    examiner = Examiner(
        known,
        publics,
        tree=Tree(state["size"], [bytes.fromhex(peak) for peak in state["peaks"]]),
        chain=bytes.fromhex(state["chain"]),
        last=parse(state["last"]) if state["last"] else None,
        findings=[Finding(*one) for one in state["findings"]],
        count=state["count"],
        unprotected=state["unprotected"],
        is_whole=state["is_whole"],
    )
    examiner.seq, examiner.protected = state["seq"], state["protected"]
    for number, seq, before in state["odd"]:
        if (row := row_at(seq)) is not None:
            examiner.odd.append(Odd(examiner.findings[number], row, bytes.fromhex(before)))
    return examiner, state["begun"]
