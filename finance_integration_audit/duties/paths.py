"""By which ways one human can do what two should: logins, groups, what groups imply, programs, granting oneself more.

A login holds groups, and groups imply others. Logins that share an identity (partner, employee, address) are one human,
who also has what the programs have that the human answers for. Whoever administers access rights can give any group
to oneself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

#: how a group is reached, the plainest first
HELD, PROGRAM, GRANT = "held", "program", "grant"
#: chains of one group that are told before the rest is only counted
MOST_CHAINS = 50

#: what makes a finding, the worst first for whoever reads it: one login, two logins, a program, a right to grant
LOGIN, LOGINS, THROUGH_PROGRAM, BY_GRANT = "login", "logins", "program", "grant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user as the database knows it.

    :param identities: what tells who the human is, e.g. ``("partner", "7")``; two logins that share one are one human
    :param groups: groups given to it, not those that they imply
    :param owners: logins of the humans who answer for it, where it is a program's
    """

    number: int
    name: str
    identities: frozenset[tuple[str, str]] = frozenset()
    groups: frozenset[int] = frozenset()
    companies: frozenset[int] = frozenset()
    keys: int = 0
    owners: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Something to do that some groups allow; to hold any of them is to hold the duty."""

    code: str
    groups: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    code: str
    one: str
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to a duty.

    :param chain: groups from the one that was given to the one that allows it; for ``GRANT`` to that which may grant
    :param target: the group that allows it
    """

    login: int
    kind: str
    chain: tuple[int, ...]
    target: int
    companies: frozenset[int]
    keys: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A human who could do both, in these companies, and by which ways each."""

    conflict: str
    logins: tuple[int, ...]
    kind: str
    companies: frozenset[int]
    one: tuple[Way, ...]
    other: tuple[Way, ...]


@dataclass(slots=True)
class Graph:
    """Who has what.

    :param implied: group -> groups that it implies directly
    :param granting: groups whose members may give any group to anybody
    """

    logins: Mapping[int, Login]
    implied: Mapping[int, Collection[int]]
    granting: Collection[int] = ()
    everywhere: frozenset[int] = frozenset()
    _chains: dict[tuple[int, int], tuple[tuple[int, ...], ...]] = field(default_factory=dict)

    def humans(self) -> list[tuple[int, ...]]:
        """:return: numbers of the logins of each human, without those of programs that the human answers for"""
        parent = {number: number for number in self.logins}

        def root(number: int) -> int:
            while parent[number] != number:
                parent[number] = parent[parent[number]]
                number = parent[number]
            return number

        known: dict[tuple[str, str], int] = {}
        for number, login in self.logins.items():
            for identity in login.identities:
                parent[root(number)] = root(known.setdefault(identity, number))
        found: dict[int, list[int]] = defaultdict(list)
        for number in sorted(self.logins):
            found[root(number)].append(number)
        return sorted(tuple(numbers) for numbers in found.values())

    def chains(self, start: int, target: int) -> tuple[tuple[int, ...], ...]:
        """:return: every chain of implied groups from one to the other, the shortest first; at most ``MOST_CHAINS``"""
        if (start, target) not in self._chains:
            self._chains[start, target] = tuple(self._walk(start, target))
        return self._chains[start, target]

    def _walk(self, start: int, target: int) -> Iterable[tuple[int, ...]]:
        leads = self._leading_to(target)
        level: list[tuple[int, ...]] = [(start,)] if start in leads else []
        found = 0
        while level and found < MOST_CHAINS:
            further: list[tuple[int, ...]] = []
            for chain in level:
                if chain[-1] == target:
                    found += 1
                    yield chain
                    if found == MOST_CHAINS:
                        return
                else:
                    steps = sorted(set(self.implied.get(chain[-1], ())) & leads - set(chain))
                    further += [(*chain, step) for step in steps]
            level = further

    def _leading_to(self, target: int) -> set[int]:
        above: dict[int, set[int]] = defaultdict(set)
        for group, implied in self.implied.items():
            for one in implied:
                above[one].add(group)
        found, todo = {target}, [target]
        while todo:
            for group in above[todo.pop()] - found:
                found.add(group)
                todo.append(group)
        return found

    def ways(self, numbers: Iterable[int], duty: Duty) -> tuple[Way, ...]:
        """:return: every way in which a human with these logins reaches a duty

        To be able to grant counts where the login that may does not hold the duty already.
        """
        human = frozenset(numbers)
        found = [
            way
            for login in self.logins.values()
            if login.owners & human and login.number not in human
            for way in self._of(login, duty.groups, PROGRAM, login.companies)
        ]
        for number in sorted(human):
            login = self.logins[number]
            held = self._of(login, duty.groups, HELD, login.companies)
            found += held
            if not held and duty.groups:
                # one of them is enough, and whoever may grant has all companies within reach
                target = min(duty.groups)
                found += [
                    Way(
                        login=number,
                        kind=GRANT,
                        chain=way.chain,
                        target=target,
                        companies=self.everywhere | login.companies,
                        keys=login.keys,
                    )
                    for way in self._of(login, self.granting, GRANT, login.companies)
                ]
        return tuple(found)

    def _of(self, login: Login, targets: Collection[int], kind: str, companies: frozenset[int]) -> list[Way]:
        return [
            Way(login=login.number, kind=kind, chain=chain, target=target, companies=companies, keys=login.keys)
            for group in sorted(login.groups)
            for target in sorted(targets)
            for chain in self.chains(group, target)
        ]

    def findings(self, duties: Mapping[str, Duty], conflicts: Iterable[Conflict]) -> list[Found]:
        """:return: for each human and conflict what makes both possible in one and the same company"""
        found = []
        conflicts = list(conflicts)
        for human in self.humans():
            ways = {code: self.ways(human, duty) for code, duty in duties.items()}
            for conflict in conflicts:
                one, other = ways.get(conflict.one, ()), ways.get(conflict.other, ())
                finding = _meet(conflict, one, other)
                if finding:
                    found.append(finding)
        return found


def _meet(conflict: Conflict, one: tuple[Way, ...], other: tuple[Way, ...]) -> Found | None:
    companies = _companies(one) & _companies(other)
    if not companies:
        return None
    one = tuple(way for way in one if way.companies & companies)
    other = tuple(way for way in other if way.companies & companies)
    pairs = {_kind(left, right) for left in one for right in other if left.companies & right.companies}
    kind = next(kind for kind in (LOGIN, LOGINS, THROUGH_PROGRAM, BY_GRANT) if kind in pairs)
    involved = {way.login for way in (*one, *other)}
    return Found(
        conflict=conflict.code,
        logins=tuple(sorted(involved)),
        kind=kind,
        companies=companies,
        one=one,
        other=other,
    )


def _kind(left: Way, right: Way) -> str:
    kinds = {left.kind, right.kind}
    if GRANT in kinds:
        return BY_GRANT
    if PROGRAM in kinds:
        return THROUGH_PROGRAM
    return LOGIN if left.login == right.login else LOGINS


def _companies(ways: Iterable[Way]) -> frozenset[int]:
    return frozenset(company for way in ways for company in way.companies)
