"""The SPARQL page in a browser: written, run, explained, taken from the library, and refused."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine.settings import Settings
from tests.e2e.conftest import OpenPage, served

pytestmark = pytest.mark.browser
AT = "at=2026-07-01"
RUNAWAY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def write(page: Page, text: str) -> None:
    page.wait_for_selector(".CodeMirror")
    page.evaluate("text => document.querySelector('.CodeMirror').CodeMirror.setValue(text)", text)


def written(page: Page) -> str:
    text = page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()")
    assert isinstance(text, str)
    return text


def asks(page: Page, text: str) -> None:
    write(page, text)
    page.click("#run")
    page.wait_for_selector("#message:not([hidden])")


@pytest.fixture
def strict_site(tmp_path: Path, example_root: Path) -> Iterator[str]:
    """The clean example, served with narrow bounds."""
    root = tmp_path / "workspace"
    shutil.copytree(example_root, root)
    with served(root, replace(Settings(), query_seconds=1.0, query_rows=10)) as address:
        yield address


def test_a_query_is_written_run_and_downloaded(clean_site: str, open_page: OpenPage) -> None:
    page = open_page(f"{clean_site}/editor?{AT}")
    asks(page, "SELECT ?s ?name { ?s a aims:AISystem ; skos:prefLabel ?name } ORDER BY ?name")
    expect(page.locator("#results tbody tr")).to_have_count(8)
    assert "Claims triage" in page.inner_text("#results")
    # Our prefixes are written down where they are used.
    assert "PREFIX aims: <https://w3id.org/aimsgraph/ns#>" in written(page)
    for name, start in (("CSV", b"s,name"), ("JSON", b'{"head"')):
        with page.expect_download() as waiting:
            page.locator("#formats button", has_text=name).click()
        content = Path(waiting.value.path()).read_bytes()
        assert content.startswith(start)
        assert b"Claims triage" in content
    page.locator("#results td a").first.click()
    page.wait_for_url("**/node?*")
    expect(page.locator("h1")).to_be_visible()


def test_the_past_is_asked(clean_site: str, open_page: OpenPage) -> None:
    page = open_page(f"{clean_site}/editor?{AT}")
    page.fill("#as-of", "2")
    asks(page, "SELECT ?s { ?s a aims:AISystem }")
    assert "as recorded at entry 2" in page.inner_text("#message")
    assert "No data" in page.inner_text("#results") or "0 results" in page.inner_text("#results")
    page.fill("#as-of", "")
    page.click("#run")
    expect(page.locator("#results tbody tr")).to_have_count(8)


def test_a_graph_is_drawn(clean_site: str, open_page: OpenPage) -> None:
    page = open_page(f"{clean_site}/editor?{AT}")
    asks(page, "CONSTRUCT { ?s aims:usesModel ?m } WHERE { ?s aims:usesModel ?m }")
    expect(page.locator("#graph canvas").first).to_be_visible()
    with page.expect_download() as waiting:
        page.locator("#formats button", has_text="Turtle").click()
    assert "usesModel" in Path(waiting.value.path()).read_text()


def test_a_named_query_is_found_run_and_opened(clean_site: str, open_page: OpenPage) -> None:
    page = open_page(f"{clean_site}/editor?{AT}")
    page.fill("#find", "upstream dataset")
    books = page.locator(".book:visible")
    expect(books).to_have_count(1)
    books.click()
    expect(page.locator("#book-title")).to_have_text("audit/lineage")
    page.wait_for_function(
        "document.querySelector('.CodeMirror').CodeMirror.getValue().includes('derivedFromVersion')"
    )
    start = page.locator("#book-form input[name=start]")
    assert start.input_value() == "https://halden.example/dsv-claims-train"
    page.click("#book-form button")
    expect(page.locator("#results tbody tr")).to_have_count(3)
    with page.expect_download() as waiting:
        page.locator("#formats button", has_text="Spreadsheet").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"PK")


def test_it_is_explained(clean_site: str, open_page: OpenPage) -> None:
    page = open_page(f"{clean_site}/editor?{AT}")
    write(page, "SELECT ?s { ?s a aims:Risk MINUS { ?s aims:treatedBy ?a . ?a aims:dueAt ?d } }")
    page.click("#explain")
    expect(page.locator("#explanation h2")).to_have_text("How it is run")
    assert "NOT EXISTS" in page.inner_text("#explanation pre")
    assert page.locator("#explanation td", has_text="yes").count()


def test_what_is_wrong_is_told_with_its_place(clean_site: str, browser_page: Page) -> None:
    page = browser_page
    page.goto(f"{clean_site}/editor?{AT}")
    asks(page, "SELECT * WHERE {\n  ?s aims:usesModel }")
    told = page.inner_text("#message")
    assert told.startswith("query, line ")
    assert "has the grammar" in told
    assert len(told) < 400
    page.fill("#find", "upstream dataset")
    page.locator(".book:visible").click()
    page.locator("#book-form input[name=start]").fill("nothing")
    page.click("#book-form button")
    expect(page.locator("#message.wrong")).to_contain_text("start")


def test_limits_are_told(strict_site: str, browser_page: Page) -> None:
    page = browser_page
    page.goto(f"{strict_site}/editor?{AT}")
    asks(page, "SELECT ?s ?p ?o { ?s ?p ?o }")
    assert "The answer is cut after 10 rows" in page.inner_text("#message")
    write(page, RUNAWAY)
    page.click("#run")
    expect(page.locator("#message.wrong")).to_contain_text("second", timeout=15_000)
    write(page, RUNAWAY)
    page.click("#run")
    page.click("#stop")
    expect(page.locator("#message")).to_contain_text("Stopped")


@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_is_cut_off(clean_site: str, open_page: OpenPage, width: int) -> None:
    page = open_page(f"{clean_site}/editor?{AT}", width)
    page.wait_for_selector(".CodeMirror")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "it is not an audit conclusion" in page.locator("footer").inner_text()
