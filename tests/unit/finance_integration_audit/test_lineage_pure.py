from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.lineage import drawing, graph, hops

NOW = datetime(2026, 3, 4, 12)
nodes = st.integers(0, 25).map(lambda number: ("m", number))


def look_of(pairs, wide=()):
    """:return: neighbours of an undirected graph, as sources tell them from either side"""

    def look(keys):
        for one, other in pairs:
            if one in keys:
                yield graph.Link(near=one, far=other, wide=one in wide)
            if other in keys:
                yield graph.Link(near=other, far=one, wide=other in wide)

    return look


@given(st.lists(st.tuples(nodes, nodes), min_size=1))
def test_any_node_of_a_connected_graph_gives_the_same_graph(pairs):
    """A-18; cycles and loops among them."""
    look = look_of(pairs)
    whole = graph.walk([pairs[0][0]], look)
    assert all(graph.walk([node], look) == whole for node in whole.nodes)
    assert pairs[0][1] in whole.nodes
    assert not whole.is_cut
    assert all(one in whole.nodes and other in whole.nodes and one != other for one, other in whole.edges)


def test_ten_thousand_nodes_in_a_ring_are_bounded():
    calls = []

    def look(keys):
        calls.append(len(keys))
        for _model, number in keys:
            yield graph.Link(near=("m", number), far=("m", (number + 1) % 10_000))
            yield graph.Link(near=("m", number), far=("m", (number - 1) % 10_000))

    found = graph.walk([("m", 7)], look, limit=300)
    assert len(found.nodes) == 300
    assert found.is_cut
    assert sum(calls) == 300


def test_ten_thousand_neighbours_are_bounded_and_told():
    found = graph.walk([("m", 0)], look_of([(("m", 0), ("m", number)) for number in range(1, 10_000)]), limit=400)
    assert len(found.nodes) == 400 and found.is_cut


def test_other_members_of_a_collection_do_not_come_along():
    statement, lines = ("s", 1), [("l", number) for number in range(5)]
    pairs = [(statement, line) for line in lines] + [(("file", 1), statement)]
    look = look_of(pairs, wide={statement})
    # the way back to the file is wide here, too: what is followed is what is not a member
    found = graph.walk([lines[2]], look)
    assert statement in found.nodes and lines[3] not in found.nodes
    assert set(graph.walk([statement], look).nodes) == {statement, ("file", 1), *lines}


def hop(number, at, **more):
    return hops.Hop(key=("m", number), at=at, title=str(number), system="s", **more)


@given(st.permutations(range(6)))
def test_hops_are_in_the_order_of_time_whatever_order_they_come_in(order):
    told = [hop(number, NOW + timedelta(minutes=number)) for number in order]
    steps = hops.ordered([*told, hop(9, None)])
    assert [step.hop.title for step in steps] == ["0", "1", "2", "3", "4", "5", "9"]
    assert [step.since for step in steps] == [None, *[timedelta(minutes=1)] * 5, None]


def test_no_duration_is_made_of_a_day():
    steps = hops.ordered([hop(1, NOW.replace(hour=0), is_day=True), hop(2, NOW)])
    assert [step.since for step in steps] == [None, None]


def test_what_is_late_comes_first_and_says_by_how_much():
    gaps = [
        hops.Gap(key=("m", number), title="t", system="s", due=due)
        for number, due in enumerate((None, NOW + timedelta(hours=1), NOW - timedelta(hours=2)))
    ]
    found = hops.missing(gaps, NOW)
    assert [(one.gap.key[1], one.is_late, one.late_by) for one in found] == [
        (2, True, timedelta(hours=2)),
        (1, False, None),
        (0, False, None),
    ]


def test_durations_are_told_in_two_units():
    told = [hops.spoken(seconds) for seconds in (0.25, 59, 61, 3661, 90_000)]
    assert told == [("ms", 250, 0), ("s", 59, 0), ("min", 1, 1), ("h", 1, 1), ("d", 1, 1)]


@given(st.lists(st.tuples(nodes, nodes), max_size=40), st.integers(2, 8))
def test_no_two_boxes_of_a_picture_overlap_and_every_node_is_counted(pairs, rows):
    keys = sorted({key for pair in pairs for key in pair})
    picture = drawing.draw(
        [drawing.Node(key=key, title="t", kind="k", stage=key[1] % 4) for key in keys], pairs, rows=rows
    )
    places = [(box.x, box.y) for box in picture.boxes]
    assert len(set(places)) == len(places)
    assert sum(box.count for box in picture.boxes) == len(keys)
    assert all(box.x + drawing.BOX_WIDTH <= picture.width for box in picture.boxes)
    assert len(picture.boxes) <= rows * 4


def test_a_line_past_other_columns_goes_between_the_rows():
    nodes = [drawing.Node(key=("m", number), title="t", kind="k", stage=number) for number in range(3)]
    picture = drawing.draw(nodes, [(("m", 0), ("m", 2))])
    [line] = picture.lines
    lane = int(line.path.split(" H")[0].rsplit(",", 1)[1])
    assert all(not box.y <= lane <= box.y + drawing.BOX_HEIGHT for box in picture.boxes)
    assert lane < picture.height
