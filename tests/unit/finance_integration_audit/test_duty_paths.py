"""Ways by which one human could do what two should, compared with a search that thinks of nothing (A-14)."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.duties import paths
from odoo.addons.finance_integration_audit.duties.paths import Conflict, Duty, Graph, Login

PAY = Conflict(code="pay", one="create", other="release")
DUTIES = {"create": Duty(code="create", groups=frozenset({1})), "release": Duty(code="release", groups=frozenset({2}))}


def login(number, groups=(), companies=(1,), **values):
    return Login(number=number, name=f"u{number}", groups=frozenset(groups), companies=frozenset(companies), **values)


def find(*logins, implied=None, granting=(), everywhere=(1, 2)):
    graph = Graph({one.number: one for one in logins}, implied or {}, granting, frozenset(everywhere))
    return graph.findings(DUTIES, [PAY])


def test_one_login_with_both_groups():
    [found] = find(login(5, {1, 2}), login(6, {1}), login(7, {2}))
    assert (found.logins, found.kind, found.companies) == ((5,), paths.LOGIN, {1})


def test_what_a_group_implies_is_told_as_a_chain():
    [found] = find(login(5, {9, 2}), implied={9: [8], 8: [1]})
    assert [way.chain for way in found.one] == [(9, 8, 1)]


def test_every_chain_is_told_for_each_has_to_be_cut():
    [found] = find(login(5, {9, 2}), implied={9: [7, 8], 7: [1], 8: [1]})
    assert [way.chain for way in found.one] == [(9, 7, 1), (9, 8, 1)]


def test_two_logins_of_one_human_are_one():
    same = frozenset({("partner", "3")})
    [found] = find(login(5, {1}, identities=same), login(6, {2}, identities=same))
    assert (found.logins, found.kind) == ((5, 6), paths.LOGINS)


def test_two_logins_in_companies_that_never_meet_are_no_conflict():
    same = frozenset({("partner", "3")})
    assert not find(login(5, {1}, (1,), identities=same), login(6, {2}, (2,), identities=same))


def test_whoever_may_grant_reaches_what_is_missing_everywhere():
    [found] = find(login(5, {1, 4}, (1,)), granting={4})
    assert found.kind == paths.BY_GRANT
    assert [(way.kind, way.chain, way.target) for way in found.other] == [(paths.GRANT, (4,), 2)]


def test_the_program_of_a_human_is_a_way_of_the_human():
    [found] = find(login(5, {1}), login(6, {2}, owners=frozenset({5, 7}), keys=1), login(7))
    assert (found.logins, found.kind) == ((5, 6), paths.THROUGH_PROGRAM)


def test_groups_that_imply_each_other_end():
    [found] = find(login(5, {9}), implied={9: [1], 1: [2], 2: [9]})
    assert [way.chain for way in found.other] == [(9, 1, 2)]


def test_a_thicket_of_groups_is_cut_off_and_still_a_finding():
    layers = {
        10 * level + one: [10 * level + 10 + other for other in range(4)] for level in range(2, 9) for one in range(4)
    }
    layers |= {90 + one: [1] for one in range(4)}
    [found] = find(login(5, {20, 2}), implied=layers)
    assert len(found.one) == paths.MOST_CHAINS


GROUPS = st.integers(1, 6)
LOGINS = st.lists(
    st.tuples(st.frozensets(GROUPS, max_size=3), st.frozensets(st.integers(1, 2)), st.integers(0, 2)), max_size=4
)


def closure(groups, implied):
    reached = set(groups)
    while True:
        more = {one for group in reached for one in implied.get(group, ())} - reached
        if not more:
            return reached
        reached |= more


@given(LOGINS, st.dictionaries(GROUPS, st.frozensets(GROUPS, max_size=3)))
def test_a_conflict_is_found_exactly_where_somebody_reaches_both(rows, implied):
    """Identity 0 is nobody's; 1 and 2 are shared by all logins that have them."""
    logins = [
        login(number, groups, companies, identities=frozenset({("partner", str(who))} if who else ()))
        for number, (groups, companies, who) in enumerate(rows, 1)
    ]
    found = find(*logins, implied=implied)
    humans = {}
    for one in logins:
        humans.setdefault(min(one.identities) if one.identities else one.number, []).append(one)
    expected = set()
    for human in humans.values():
        for left, right in itertools.product(human, repeat=2):
            if 1 in closure(left.groups, implied) and 2 in closure(right.groups, implied):
                expected |= {(human[0].number, company) for company in left.companies & right.companies}
    first = {one.number: human[0].number for human in humans.values() for one in human}
    assert {(first[f.logins[0]], company) for f in found for company in f.companies} == expected
    for way in (way for f in found for way in (*f.one, *f.other)):
        assert all(right in implied.get(left, ()) for left, right in itertools.pairwise(way.chain))
        assert way.chain[-1] == way.target and len(set(way.chain)) == len(way.chain)
