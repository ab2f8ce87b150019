"""Imports over HTTP: what they do, what they refuse, and writes that are asked for once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from api.app import create_app
from api.schemas.ledger import Imported
from engine.importers import MappingText
from engine.settings import Settings
from engine.workspace import Workspace
from tests.importers.reading import column

TEXT = "<urn:x:a> <urn:x:b> <urn:x:c> ."
FAULTY = "Name,Note\nAda,1\nBob,x\nCyd,3\n"


def send(
    client: TestClient,
    content: str = TEXT,
    name: str = "more.ttl",
    headers: dict[str, str] | None = None,
    **form: str,
) -> Response:
    answer: Response = client.post(
        "/v1/imports", files={"file": (name, content)}, data=form, headers=headers
    )
    return answer


def head(client: TestClient) -> int:
    return int(client.get("/v1/health").json()["sequence"])


def refused(client: TestClient, answer: Response, status: int, words: str, before: int) -> Any:
    """The problem; nothing was written."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert head(client) == before
    return answer.json()


def test_an_import_becomes_an_entry_and_its_facts_are_there(writing: TestClient) -> None:
    before = head(writing)
    told = send(writing, reason="yearly", source="owners").json()
    assert Imported.model_validate(told).model_dump(exclude_unset=True) == told
    assert (told["sequence"], told["source"], told["format"]) == (before + 1, "owners", "turtle")
    assert told["added"] > told["removed"] == 0
    entry = writing.get(f"/v1/entries/{told['sequence']}").json()
    assert (entry["reason"], entry["face"]) == ("yearly", "server")
    node = writing.get("/v1/nodes/urn:x:a").json()
    assert node["statements"][0]["object"]["iri"] == "urn:x:c"
    again = send(writing, reason="yearly", source="owners").json()
    assert (again["sequence"], again["added"]) == (None, 0)


def test_a_dry_run_shows_and_writes_nothing(writing: TestClient) -> None:
    before = head(writing)
    told = send(writing, dry_run="true").json()
    assert (told["dry_run"], told["sequence"]) == (True, None)
    assert any("urn:x:a" in row for row in told["sample"])
    assert head(writing) == before


def test_a_misspelt_field_is_no_import(writing: TestClient) -> None:
    before = head(writing)
    refused(writing, send(writing, dryrun="true"), 400, '"dryrun"', before)
    answer = writing.post("/v1/imports?dry_run=true", files={"file": ("more.ttl", TEXT)})
    refused(writing, answer, 400, '"dry_run"', before)


@pytest.fixture
def mapping(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a mapping of the columns Name and Note, as if it were shipped."""
    text = MappingText("notes", column("Note", 'kind = "integer"').encode())
    monkeypatch.setattr("engine.intake.find_mapping", {"notes": text}.__getitem__)
    return "notes"


def test_faulty_rows_stop_an_import(writing: TestClient, mapping: str) -> None:
    before = head(writing)
    told = refused(writing, send(writing, FAULTY, "t.csv", mapping=mapping), 400, "row 3", before)
    assert "line 3" in told["place"]


def test_faulty_rows_are_left_out_where_asked_and_each_is_told(
    writing: TestClient, mapping: str
) -> None:
    told = send(writing, FAULTY, "t.csv", mapping=mapping, on_error="skip").json()
    assert (told["rows_read"], told["rows_imported"], told["error_count"]) == (3, 2, 1)
    assert told["mapping"] == mapping
    (error,) = told["errors"]
    assert (error["row"], error["column"], error["value"]) == (3, "Note", "x")
    assert Imported.model_validate(told).model_dump(exclude_unset=True) == told
    assert told["sequence"] == head(writing)


def test_broken_turtle_names_its_line(writing: TestClient) -> None:
    before = head(writing)
    broken = "@prefix ex: <urn:x:> .\nex:a ex:b ex:c\nex:d ex:e ex:f ."
    told = refused(writing, send(writing, broken, "broken.ttl"), 400, "", before)
    assert told["line"] == 3
    assert told["place"].startswith("broken.ttl, line 3")


def test_a_file_over_the_limit_is_refused_and_one_at_it_is_taken(workspace: Workspace) -> None:
    settings = replace(Settings(), upload_limit_bytes=len(TEXT))
    with TestClient(create_app(workspace, settings), raise_server_exceptions=False) as client:
        before = head(client)
        refused(client, send(client, TEXT + " "), 413, f"larger than {len(TEXT)} bytes", before)
        assert send(client).status_code == 200


@pytest.mark.parametrize(
    ("name", "form", "status", "words"),
    [
        ("more.docx", {}, 404, "docx"),
        ("more.ttl", {"as": "pdf"}, 404, "pdf"),
        ("more.csv", {}, 400, "needs a mapping"),
        ("more.csv", {"mapping": "absent"}, 404, "absent"),
        ("more.csv", {"mapping": "../x"}, 400, "not given by path"),
        ("more.ttl", {"into": "no such/name"}, 400, "compartment"),
        ("more.ttl", {"into": "assessment"}, 400, "computed"),
        ("more.ttl", {"source": "../x"}, 400, "source"),
        ("more.ttl", {"on_error": "explode"}, 400, "on_error"),
        ("more.ttl", {"dry_run": "perhaps"}, 400, "dry_run"),
    ],
)
def test_what_is_refused_says_why_and_writes_nothing(
    writing: TestClient, name: str, form: dict[str, str], status: int, words: str
) -> None:
    before = head(writing)
    refused(writing, send(writing, TEXT, name, None, **form), status, words, before)


# If-Match


def etag(client: TestClient) -> str:
    found: str = client.get("/v1/health").headers["etag"]
    return found


def test_the_tag_of_a_state_is_its_head_and_changes_with_it(writing: TestClient) -> None:
    first = etag(writing)
    assert first == f'"{writing.get("/v1/health").json()["head"]}"'
    assert first == writing.get("/v1/entries").headers["etag"]
    assert send(writing, headers={"If-Match": first}).status_code == 200
    assert etag(writing) != first


def test_an_import_for_another_state_is_refused(writing: TestClient) -> None:
    old = etag(writing)
    assert send(writing).status_code == 200
    before = head(writing)
    for dry_run in ("false", "true"):
        answer = send(writing, TEXT, "other.ttl", {"If-Match": old}, dry_run=dry_run)
        told = refused(writing, answer, 412, f"the ledger is at entry {before}", before)
        assert told["remedy"]
    weak = {"If-Match": f"W/{etag(writing)}"}
    refused(writing, send(writing, TEXT, "other.ttl", weak), 412, "another state", before)


def test_any_of_several_tags_and_a_star_will_do(writing: TestClient) -> None:
    several = {"If-Match": f'"other" , {etag(writing)}, W/"weak"'}
    assert send(writing, headers=several).status_code == 200
    assert send(writing, TEXT, "b.ttl", headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize(
    "value", ["", "5f0c", "17", '"5f0c', '"a" "b"', ",", '"a\'b" x', '""a"', "*, *"]
)
def test_a_tag_that_is_none_is_a_bad_request(writing: TestClient, value: str) -> None:
    before = head(writing)
    refused(writing, send(writing, headers={"If-Match": value}), 400, "If-Match", before)


# Idempotency-Key


def test_the_same_key_gives_one_entry_and_the_same_answer(writing: TestClient) -> None:
    key = {"Idempotency-Key": "6f1c9a52"}
    first = send(writing, headers=key, reason="once")
    sequence = first.json()["sequence"]
    # In between somebody else changes the same source.
    assert send(writing, "<urn:x:a> <urn:x:b> 2 .").json()["sequence"] == sequence + 1
    again = send(writing, headers=key, reason="once")
    assert (again.status_code, again.json()) == (200, first.json())
    assert head(writing) == sequence + 1


def test_a_key_sent_by_many_at_once_gives_one_entry(writing: TestClient) -> None:
    before = head(writing)
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(send, writing, headers={"Idempotency-Key": "k"}) for _ in range(8)]
        told = [one.result().json() for one in sent]
    assert told == [told[0]] * 8
    assert told[0]["sequence"] == head(writing) == before + 1


def test_a_key_comes_before_a_tag_that_its_own_entry_made_old(writing: TestClient) -> None:
    asked = {"Idempotency-Key": "k", "If-Match": etag(writing)}
    first = send(writing, headers=asked)
    assert first.status_code == 200
    assert send(writing, headers=asked).json() == first.json()


def test_a_key_of_another_change_is_refused(writing: TestClient) -> None:
    key = {"Idempotency-Key": "k"}
    assert send(writing, headers=key).status_code == 200
    before = head(writing)
    other = send(writing, "<urn:x:a> <urn:x:b> 2 .", headers=key)
    refused(writing, other, 412, 'the idempotency key "k" was used for another change', before)
    elsewhere = send(writing, source="elsewhere", headers=key)
    refused(writing, elsewhere, 412, "another change", before)


def test_a_dry_run_uses_no_key(writing: TestClient) -> None:
    key = {"Idempotency-Key": "k"}
    assert send(writing, headers=key, dry_run="true").json()["sequence"] is None
    assert send(writing, headers=key).json()["sequence"] == head(writing)


@pytest.mark.parametrize("key", ["", "  ", "a\tb", "x" * 300])
def test_a_key_that_is_none_is_a_bad_request(writing: TestClient, key: str) -> None:
    before = head(writing)
    answer = send(writing, headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert "key" in answer.json()["detail"].lower()
    assert head(writing) == before
