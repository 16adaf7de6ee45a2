"""Which partner a name on a statement means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from odoo.addons.finance_connector_base.matching.likeness import similarity, trigrams, words

#: share of trigrams in common from which a name may be the partner's
ALIKE = 0.55
#: a word that more partners have says nothing
CROWD = 200
#: partners that one name may be alike to
MAX_ALIKE = 5


class PartnerNames:
    """The names of partners, asked by the names a bank writes.

    :param partners: id to name
    """

    def __init__(self, partners: Mapping[int, str]) -> None:
        self._whole: dict[tuple[str, ...], set[int]] = defaultdict(set)
        self._plain: dict[str, set[int]] = defaultdict(set)
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._names = dict(partners)
        for partner, name in partners.items():
            found = words(name)
            if found:
                self._whole[tuple(sorted(found))].add(partner)
                for key in _plain(found):
                    self._plain[key].add(partner)
            for word in set(found):
                self._by_word[word].add(partner)

    def find(self, name: str | None) -> tuple[int | None, frozenset[int]]:
        """The partner of exactly this name (words in any order), and those whose name is alike.

        Two partners of one name are both only alike: nothing tells them apart.
        """
        found = words(name[:200]) if name else ()
        if not found:
            return None, frozenset()
        same = self._whole.get(tuple(sorted(found))) or set().union(*(self._plain.get(k, set()) for k in _plain(found)))
        if len(same) == 1:
            return next(iter(same)), frozenset()
        if same:
            return None, frozenset(sorted(same)[:MAX_ALIKE])
        mine = trigrams(name[:200] if name else "")
        near: dict[int, float] = {}
        for partner in self._sharing(found):
            likeness = similarity(mine, trigrams(self._names[partner]))
            if likeness >= ALIKE:
                near[partner] = likeness
        best = sorted(near, key=lambda partner: (-near[partner], partner))[:MAX_ALIKE]
        return None, frozenset(best)

    def _sharing(self, found: Iterable[str]) -> set[int]:
        sharing: set[int] = set()
        for word in found:
            partners = self._by_word.get(word, set())
            if len(partners) <= CROWD:
                sharing |= partners
        return sharing


def _plain(found: tuple[str, ...]) -> set[str]:
    """Without blanks and with umlauts written in either way: banks change both."""
    keys = {"".join(found), "".join(sorted(found))}
    return {key.replace("ae", "a").replace("oe", "o").replace("ue", "u") for key in keys}
