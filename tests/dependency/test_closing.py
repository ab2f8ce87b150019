"""An edge that closes a loop is always told, whatever else is there."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.dependency import Flow, dependency_graph, loops
from engine.rdf import terms_of
from tests.facts import ex, read, small_pack

KNOWLEDGE = """
    aimsp:failSafeExerciseDays aims:parameterValue 365 ; aims:unit unit:DAY .
    ex:feeds owl:inverseOf ex:isFedBy .
    aimsc:effect-bias aims:givesRiseTo aimsc:effect-quality .
    ex:r1 a aims:PropagationRule ; aims:overProperty ex:feeds ; aims:attenuation 0.5 ;
        aims:direction aimsc:direction-subject-to-object ; aims:effectKind aimsc:effect-bias .
    ex:r2 a aims:PropagationRule ; aims:overProperty ex:uses ; aims:attenuation 0.5 ;
        aims:direction aimsc:direction-object-to-subject ;
        aims:effectKind aimsc:effect-quality , aimsc:effect-failure .
    ex:r3 a aims:PropagationRule ; aims:overProperty ex:shares ; aims:attenuation 0.5 ;
        aims:direction aimsc:direction-both ; aims:effectKind aimsc:effect-failure .
"""
PACK = small_pack(KNOWLEDGE, "tool/fail-safes-in-force")
LINKS = st.tuples(
    st.integers(0, 4), st.sampled_from(["feeds", "isFedBy", "uses", "shares"]), st.integers(0, 4)
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(LINKS, max_size=8, unique=True))
def test_each_edge_without_which_a_loop_is_gone_can_close_one(
    links: list[tuple[int, str, int]],
) -> None:
    def reader(kept: list[tuple[int, str, int]]) -> str:
        return " ".join(f"ex:n{a} ex:{name} ex:n{b} ." for a, name, b in kept)

    whole = read(PACK, reader(links))
    flow, found = Flow(whole), loops(dependency_graph(whole))
    for link in links:
        without = loops(dependency_graph(read(PACK, reader([x for x in links if x != link]))))
        if without != found:
            start, name, end = link
            assert flow.can_close(ex(f"n{start}"), ex(name), ex(f"n{end}")), link
    for node in {node for loop in found for node in loop}:
        assert flow.can_return(node)


def test_what_leads_nowhere_back_closes_nothing() -> None:
    made = read(PACK, "ex:a ex:feeds ex:b . ex:b ex:feeds ex:c . ex:x ex:uses ex:a .")
    flow = Flow(made)
    for triple in made.match(None, ex("feeds"), None):
        subject, predicate, value = terms_of(triple)
        assert not flow.can_close(subject, predicate, value)  # type: ignore[arg-type]
    assert not any(flow.can_return(ex(name)) for name in "abcx")


def test_kinds_that_do_not_pass_close_nothing() -> None:
    # Bias comes from a to b, and quality back; bias gives rise to quality, quality to nothing.
    made = read(PACK, "ex:a ex:feeds ex:b . ex:a ex:uses ex:b .")
    assert loops(dependency_graph(made)) == ()
    assert not Flow(made).can_close(ex("a"), ex("feeds"), ex("b"))
