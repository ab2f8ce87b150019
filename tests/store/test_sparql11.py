"""Stores at an endpoint: what servers do wrong is noticed, and nothing is told to strangers."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad as BackendQuad

from engine.canonical import canonical
from engine.errors import AimsError, InputError, IntegrityError, QueryError, UnreachableError
from engine.ledger.patch import Patch
from engine.rdf import BlankNode, Literal, NamedNode, Quad, Triple
from engine.sparql.remote import planned
from engine.store import _paging
from engine.store._carried import CARRIED, Forms, received, sent
from engine.store.endpoint import Address, _opener
from engine.store.port import Adapter, Solutions, Statements, Store
from engine.store.sparql11 import Sparql11Store
from engine.vocab import XSD
from tests.ledger.making import adding, graph, node, quad, removing
from tests.store.asking import TWICE, count, rows
from tests.store.conftest import ENDPOINTS
from tests.store.served import JSON, Fault, Reply, Served, cut_to, no_fault
from tests.test_canonical import FOLDED
from tests.virtuoso import Virtuoso

SECRET = "planted-7f3a"


@pytest.fixture
def remote(small_server: Address, served: Served) -> Iterator[Sparql11Store]:
    store = Sparql11Store(small_server, planned)
    store.clear()
    yield store
    served.fault = no_fault
    store.clear()


@pytest.fixture(scope="session", params=list(ENDPOINTS))
def address(request: pytest.FixtureRequest) -> Address:
    found = request.getfixturevalue(ENDPOINTS[request.param])
    assert isinstance(found, Address)
    return found


# Literals

DATATYPES = [
    XSD[name]
    for name in (
        "integer decimal double float boolean string dateTime date time gYear duration "
        "dayTimeDuration anyURI int hexBinary"
    ).split()
] + [NamedNode("urn:own"), NamedNode(CARRIED + "boolean"), NamedNode(CARRIED + "a%3Ab")]
TEXTS = st.one_of(
    st.sampled_from([text for text, _, _ in FOLDED]),
    st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", fullmatch=True),
    st.from_regex(
        r"[12][0-9]{3}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:00:00(\.[0-9]{1,9})?)?(Z|\+02:00)?",
        fullmatch=True,
    ),
    st.text(st.characters(codec="utf-8"), max_size=5),
)
LITERALS = st.builds(
    lambda text, kind: canonical(Literal(text, datatype=kind)), TEXTS, st.sampled_from(DATATYPES)
)


@settings(max_examples=500, deadline=None)
@given(LITERALS, st.sampled_from(Forms))
def test_what_is_sent_is_received_as_it_was(literal: Literal, forms: Forms) -> None:
    assert received(sent(literal, forms)) == literal


def test_an_exact_store_gets_literals_as_they_are() -> None:
    for text, kind, _ in FOLDED:
        literal = canonical(Literal(text, datatype=XSD[kind]))
        assert sent(literal, Forms.EXACT) == literal


@settings(max_examples=25, deadline=None)
@given(literals=st.frozensets(LITERALS, max_size=40))
def test_any_literals_of_one_node_stay_apart(
    address: Address, literals: frozenset[Literal]
) -> None:
    store = Sparql11Store(address, planned)
    store.clear()
    written = {Quad(node("s"), node("p"), literal, graph()) for literal in literals}
    store.load(written, 1)
    assert set(store.quads()) == written
    for each in sorted(written, key=str)[:3]:
        assert list(store.match(each.subject, each.predicate, each.object)) == [each]  # type: ignore[arg-type]
    store.apply(Patch(removes=frozenset(written)), 2)
    assert list(store.quads()) == list(store.merged()) == []


@pytest.mark.parametrize(
    ("text", "kind", "carried"),
    [
        ("2026-07-01T12:00:00Z", "dateTime", False),
        ("2026-07-01T12:00:00.123456Z", "dateTime", False),
        ("2026-07-01T12:00:00.1234567Z", "dateTime", True),
        ("2026-07-01T12:00:00", "dateTime", True),
        ("1600-01-01Z", "dateTime", True),
        ("2026-02-30T12:00:00Z", "dateTime", True),
        ("2026-07-01T25:00:00Z", "dateTime", True),
        ("0044-07-01T12:00:00Z", "dateTime", True),
        ("2026-07-01", "date", False),
        ("2026-02-30", "date", True),
        ("2026-07-01Z", "date", True),
        ("1", "integer", False),
        ("9223372036854775808", "integer", True),
        ("-9223372036854775808", "integer", False),
        ("no number", "integer", True),
        ("1.5", "decimal", False),
        ("1", "decimal", True),
        ("1.123456789012345", "decimal", True),
        ("true", "boolean", True),
        ("1.5", "double", True),
        ("P1Y", "duration", True),
        ("x", "string", False),
        ("urn:x", "anyURI", False),
    ],
)
def test_what_is_carried_where_a_server_rewrites(text: str, kind: str, carried: bool) -> None:
    literal = Literal(text, datatype=XSD[kind])
    assert (sent(literal, Forms.CAREFUL) != literal) is carried


def test_what_a_server_keeps_is_found_out(small_server: Address, virtuoso_address: Address) -> None:
    for address, forms in ((small_server, Forms.EXACT), (virtuoso_address, Forms.CAREFUL)):
        store = Sparql11Store(address, planned)
        store.clear()
        assert store._forms is forms
        assert Sparql11Store(address, planned)._kept_as() is forms
        assert store.graphs() == ()


# Reading all of it


def test_answers_that_are_cut_are_read_to_their_end(
    remote: Sparql11Store, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {quad(f"n{number}") for number in range(60)}
    remote.load(many, 1)
    for page, most in ((5_000, 7), (10, 7), (10, 10), (7, 1_000)):
        monkeypatch.setattr(_paging, "PAGE", page)
        served.fault = cutting(most)
        assert set(remote.quads()) == many
        assert len(rows(remote, "SELECT ?s { ?s ?p ?o } ORDER BY ?s")) == 60


def test_more_rows_than_a_server_gives_at_once(virtuoso_address: Address) -> None:
    store = Sparql11Store(virtuoso_address, planned)
    store.clear()
    many = {quad(f"n{number}", number % 7) for number in range(12_000)}
    start = time.monotonic()
    store.load(many, 1)
    assert time.monotonic() - start < 120
    assert set(store.quads()) == many
    found = store.query("SELECT ?s ?o { ?s ?p ?o }")
    assert isinstance(found, Solutions)
    assert len(set(found.rows)) == 12_000
    made = store.query(f"CONSTRUCT {{ ?s {node('q')} ?o }} WHERE {{ ?s ?p ?o }}")
    assert isinstance(made, Statements)
    assert len(list(made.triples)) == 12_000
    store.clear()


def cutting(most: int) -> Fault:
    def fault(kind: str, _number: int, reply: Reply) -> Reply:
        if kind == "update" or reply.status != 200:
            return reply
        return Reply(200, cut_to(reply.content, most))

    return fault


# Faults of servers and of what is between


def always(reply: Callable[[Reply], Reply]) -> Fault:
    return lambda _kind, _number, right: reply(right)


FAULTS: dict[str, Fault] = {
    "500": always(lambda _: Reply(500, b"no")),
    "503 and a time to wait": always(lambda _: Reply(503, b"", headers={"Retry-After": "9"})),
    "404": always(lambda _: Reply(404, b"nothing here", "text/plain")),
    "401": always(lambda _: Reply(401, b"")),
    "403": always(lambda _: Reply(403, b"")),
    "an error page as success": always(lambda _: Reply(200, b"<html>login</html>", "text/html")),
    "no type": always(lambda r: Reply(200, r.content, "")),
    "wrong type": always(lambda r: Reply(200, r.content, "application/sparql-results+xml")),
    "cut JSON": always(lambda r: Reply(200, r.content[:-9])),
    "no JSON": always(lambda _: Reply(200, b"[]")),
    "a truth in place of rows": always(lambda _: Reply(200, b'{"head":{},"boolean":true}')),
    "nothing": always(lambda _: Reply(200, b"")),
    "cut body": always(lambda r: Reply(200, r.content[:-3], headers={"Content-Length": "9999"})),
    "redirect": always(lambda _: Reply(302, b"", headers={"Location": "http://127.0.0.1:9/"})),
    "redirect of a POST": always(
        lambda _: Reply(307, b"", headers={"Location": "http://127.0.0.1:9/"})
    ),
    "reply lost": always(lambda _: Reply(200, b"", lost=True)),
    "no rows at all": always(
        lambda _: Reply(200, b'{"head":{"vars":[]},"results":{"bindings":[]}}')
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_and_never_an_answer(
    small_server: Address, served: Served, name: str
) -> None:
    # One that waits for the rest of a body must not wait for long.
    address = Address(small_server.query, user="u", password=SECRET, seconds=2)
    store = Sparql11Store(address, planned)
    store.clear()
    store.load(TWICE, 1)
    served.fault = FAULTS[name]
    try:
        for use in (
            lambda: list(store.quads()),
            lambda: store.query("SELECT * { ?s ?p ?o }"),
            lambda: store.query("ASK { ?s ?p ?o }"),
            lambda: store.apply(adding(quad("c")), 2),
            store.applied_sequence,
        ):
            with pytest.raises(UnreachableError) as caught:
                use()
            assert SECRET not in str(caught.value)
            assert "127.0.0.1" in str(caught.value) or "COUNT" in str(caught.value)
            assert caught.value.remedy
    finally:
        served.fault = no_fault
    assert set(store.quads()) == set(TWICE)
    assert store.applied_sequence() == 1


def test_a_fault_at_any_request_leaves_what_a_repetition_mends(
    remote: Sparql11Store, served: Served
) -> None:
    patch = Patch(frozenset({quad("c"), quad("a", source="third")}), frozenset(TWICE[1:]))
    wanted = {TWICE[0], *patch.adds}
    for lost in (True, False):
        for broken in range(1, 40):
            remote.clear()
            remote.load(TWICE, 1)
            served.requests.clear()
            served.fault = failing_at(broken, lost=lost)
            try:
                remote.apply(patch, 2)
            except UnreachableError:
                # What was done is not known; doing it again brings it about.
                assert remote.applied_sequence() in (1, 2)
                remote.apply(patch, 2)
            else:
                assert len(served.requests) < broken
            served.fault = no_fault
            assert set(remote.quads()) == wanted
            assert {str(t) for t in remote.merged()} == {str(q.triple) for q in wanted}
            assert remote.applied_sequence() == 2
            if len(served.requests) < broken:
                break
        else:
            raise AssertionError("a change of a few quads takes more than 39 requests")


def failing_at(broken: int, *, lost: bool) -> Fault:
    """The request of that number fails: its reply is lost, or is an error of the server."""

    def fault(_kind: str, number: int, reply: Reply) -> Reply:
        if number != broken:
            return reply
        return Reply(200, b"", lost=True) if lost else Reply(503, b"")

    return fault


def test_a_slow_server_is_not_waited_for(small_server: Address, served: Served) -> None:
    store = Sparql11Store(Address(small_server.query, seconds=0.3), planned)

    def slow(_kind: str, _number: int, reply: Reply) -> Reply:
        time.sleep(1)
        return reply

    served.fault = slow
    start = time.monotonic()
    with pytest.raises(UnreachableError, match="does not answer"):
        store.applied_sequence()
    served.fault = no_fault
    assert time.monotonic() - start < 0.9


def test_nobody_there() -> None:
    store = Sparql11Store(Address("http://127.0.0.1:9/sparql", seconds=2), planned)
    with pytest.raises(UnreachableError, match="does not answer"):
        store.applied_sequence()


def test_an_update_that_does_nothing_is_noticed(remote: Sparql11Store, served: Served) -> None:
    remote.load(TWICE, 1)
    deaf = served.answer

    def unheard(body: str) -> Reply:
        return Reply(204, b"") if body.startswith("update=") else deaf(body)

    served.answer = unheard  # type: ignore[method-assign]
    try:
        with pytest.raises(IntegrityError, match="is not there after it was added"):
            remote.apply(adding(quad("c")), 2)
        with pytest.raises(IntegrityError, match="is still there after its removal"):
            remote.apply(removing(TWICE[0]), 2)
    finally:
        del served.answer
    assert remote.applied_sequence() == 1


# Others at the same endpoint


def test_a_second_writer_is_noticed(address: Address) -> None:
    first, second = (Sparql11Store(address, planned) for _ in range(2))
    first.clear()
    first.load(TWICE, 1)
    second.apply(adding(quad("c")), 2)
    with pytest.raises(IntegrityError, match="its marker is at entry 2"):
        first.apply(adding(quad("d")), 2)
    assert quad("d") not in set(second.quads())
    second.clear()


def test_many_readers_at_once(virtuoso_address: Address) -> None:
    store = Sparql11Store(virtuoso_address, planned)
    store.clear()
    store.load(TWICE, 1)
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda _: frozenset(store.quads()), range(60)))
    assert set(found) == {frozenset(TWICE)}
    store.clear()


def test_a_store_belongs_to_one_workspace(address: Address) -> None:
    mine = Sparql11Store(address, planned, owner="mine")
    mine.clear()
    mine.load(TWICE, 3)
    assert mine.is_ours()
    other = Sparql11Store(address, planned, owner="other")
    for use in (other.applied_sequence, other.is_ours, lambda: other.apply(adding(quad("x")), 4)):
        with pytest.raises(IntegrityError, match="holds the workspace mine"):
            use()
    mine.clear()


def test_graphs_of_others_are_left_alone(remote: Sparql11Store, served: Served) -> None:
    theirs = BackendQuad(node("s"), node("p"), Literal("x"), NamedNode("urn:theirs"))
    served.store.add(theirs)
    remote.load(TWICE, 1)
    assert set(remote.quads()) == set(TWICE)
    assert count(remote, "GRAPH <urn:theirs> { ?s ?p ?o }") == 0
    assert count(remote, "GRAPH ?g { ?s ?p ?o }") == 3
    assert list(remote.match(g=NamedNode("urn:theirs"))) == []
    remote.clear()
    assert theirs in served.store
    served.store.remove(theirs)


def test_what_no_endpoint_keeps_is_refused_before_anything_is_written(
    remote: Sparql11Store,
) -> None:
    remote.load(TWICE, 1)
    blank = Quad(BlankNode("b"), node("p"), Literal("x"), graph())
    outside = Quad(node("s"), node("p"), Literal("x"), NamedNode("urn:outside"))
    for strange in (blank, outside):
        with pytest.raises(InputError, match="cannot be kept"):
            remote.apply(Patch(frozenset({quad("c"), strange})), 2)
    assert set(remote.quads()) == set(TWICE)
    assert list(remote.match(BlankNode("b"))) == []


# Addresses and secrets


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc/passwd",
        "ftp://host/x",
        "http://",
        "http:/x",
        "//host/sparql",
        "http://host:port/",
        "http://[::1/sparql",
        "http://host/a b",
        "http://host/a\nb",
        "http://host/ä",
        "http://host/x#y",
        f"http://me:{SECRET}@host/sparql",
        f"http://{SECRET}@host/sparql",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(InputError) as caught:
        Address(url)
    assert SECRET not in str(caught.value)


def test_credentials_are_in_no_text_of_ours(virtuoso: Virtuoso) -> None:
    wrong = Address(f"{virtuoso.endpoint}?key={SECRET}", user="dba", password=SECRET, seconds=5)
    with pytest.raises(UnreachableError, match="refuses access") as caught:
        Sparql11Store(wrong, planned).applied_sequence()
    chain: list[BaseException | None] = [caught.value, caught.value.__cause__]
    assert SECRET not in f"{chain} {wrong} {wrong.shown}"


def test_a_password_is_not_sent_in_the_clear_to_other_machines() -> None:
    address = Address("http://stores.example/sparql", user="u", password=SECRET)
    handlers = [type(handler).__name__ for handler in vars(_opener(address))["handlers"]]
    assert "_Digest" in handlers
    assert "_Basic" not in handlers


# Queries


def test_values_reach_every_scope(store: Store) -> None:
    """The same over every store of the contract."""
    store.load(TWICE, 1)
    a, b = node("a"), node("b")
    for text, given_values, expected in (
        ("SELECT ?s ?o { ?s ?p ?o } ORDER BY ?o", {"s": a}, [(a, Literal("0"))]),
        ("SELECT ?s ?n { ?s ?p ?o OPTIONAL { ?s ?q ?n } }", {"n": Literal("0")}, 2),
        ("SELECT ?s { { ?s ?p ?o } UNION { ?o ?p ?s } }", {"s": b}, [(b,)]),
        ("SELECT ?s ?x { ?s ?p ?o FILTER (?s != ?x) ?x ?p ?o }", {"x": b}, [(a, b)]),
        ("SELECT ?s { ?s ?p ?o FILTER NOT EXISTS { ?s ?p '1' } }", {"s": a}, [(a,)]),
        ("SELECT ?s ?n { { SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s } }", {"s": a}, 1),
    ):
        found = rows(store, text, **given_values)
        assert found == expected or len(found) == expected, text


def test_forms_of_queries_are_read_alike(store: Store) -> None:
    store.load([*TWICE, quad("c", "x # } '")], 1)
    for text, number in (
        ("PREFIX e: <https://example.org/> SELECT * { e:a ?p ?o } # { end", 1),
        ("SELECT ?s { ?s ?p ?o } ORDER BY DESC(?s) LIMIT 2 OFFSET 1", 2),
        ("SELECT (COUNT(*) AS ?n) ?o { ?s ?p ?o } GROUP BY ?o HAVING (COUNT(*) > 1)", 1),
        ("SELECT ?s { ?s ?p ?o } VALUES ?o { '0' }", 2),
        ("SELECT ?s { ?s ?p 'x # } \\'' }", 1),
        ("SELECT ?s ?o { ?s ?p ?o FILTER (?o = 'nothing') }", 0),
        ("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", 2),
    ):
        assert len(rows(store, text)) == number, text
    for text, number in (
        ("CONSTRUCT WHERE { ?s ?p '0' }", 2),
        (f"CONSTRUCT {{ ?s {node('q')} ?o, 'more' }} {{ ?s ?p ?o }} ORDER BY ?s LIMIT 1", 2),
        ("CONSTRUCT { ?s ?p ?nothing } { ?s ?p ?o }", 0),
        ("CONSTRUCT { <urn:a> <urn:b> 'c' } { ?s ?p ?o }", 1),
        ("CONSTRUCT { [] <urn:b> ?s } { ?s ?p ?o }", 3),
        ("DESCRIBE ?s { ?s ?p '0' }", 2),
        ("DESCRIBE * { ?s ?p '0' }", 2),
        ("PREFIX e: <https://example.org/> DESCRIBE e:a e:b", 2),
        ("DESCRIBE <urn:nobody>", 0),
    ):
        made = store.query(text)
        assert isinstance(made, Statements)
        assert len(set(made.triples)) == number, text
    with pytest.raises(QueryError):
        store.query("SELECT * { ?s ?p ?o } }")


def test_an_adapter_opens_empty(adapter: Adapter, tmp_path: Path) -> None:
    store = adapter.open(tmp_path / "store")
    try:
        assert list(store.merged()) == []
        assert store.query(f"ASK {{ {Triple(node('a'), node('p'), node('b'))} }}").value is False  # type: ignore[union-attr]
    finally:
        store.close()


def test_errors_are_ours() -> None:
    assert issubclass(UnreachableError, AimsError)
    assert JSON.endswith("json")
