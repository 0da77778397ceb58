import itertools

from hypothesis import given
from hypothesis import strategies as st

from isthmus.algebra.incidence import components, match

graphs = st.integers(1, 6).flatmap(lambda n: st.lists(st.sets(st.integers(0, n - 1)), min_size=n, max_size=n))


@given(graphs)
def test_a_matching_is_found_exactly_when_some_permutation_is_one(incidence):
    found = match(incidence)
    exists = any(
        all(p[i] in incidence[i] for i in range(len(incidence)))
        for p in itertools.permutations(range(len(incidence)))
    )
    assert (found is not None) == exists
    if found is not None:
        assert sorted(found) == list(range(len(incidence)))
        assert all(unknown in incidence[i] for i, unknown in enumerate(found))


def test_an_equation_keeps_its_own_unknown_where_it_can():
    assert match([{0, 1}, {0, 1}, {2}]) == [0, 1, 2]
    assert match([{1}, {0, 2}, {0}]) == [1, 2, 0]


@given(graphs)
def test_components_are_the_classes_of_mutual_reach_in_order_of_need(needs):
    count = len(needs)
    reach = [{i} for i in range(count)]
    for _ in range(count):
        reach = [set().union(r, *(needs[j] for j in r)) for r in reach]
    found = components(needs)
    assert sorted(itertools.chain(*found)) == list(range(count))
    place = {node: k for k, block in enumerate(found) for node in block}
    for i in range(count):
        for j in range(count):
            assert (place[i] == place[j]) == (j in reach[i] and i in reach[j])
        assert all(place[j] <= place[i] for j in needs[i])


def test_a_long_chain_needs_no_recursion():
    assert components([{i + 1} for i in range(5000)] + [set()])[0] == [5000]
