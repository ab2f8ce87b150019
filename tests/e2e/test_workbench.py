"""The pages as a person sees them: order, links, drawings, keyboard, and two widths."""

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import OpenPage

pytestmark = pytest.mark.browser
JUDGED = "at=2026-07-01&period=2026-01-01/2026-07-01"
SYSTEM = f"/node?iri=https://halden.example/claims-triage&{JUDGED}"


def headings(page: Page) -> list[str]:
    return [text.split(" (")[0] for text in page.locator("h2").all_inner_texts()]


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize(
    "path",
    [f"/?{JUDGED}", f"/items/A.7.5?{JUDGED}", SYSTEM, f"/systems?{JUDGED}", f"/results?{JUDGED}",
     f"/soa?{JUDGED}", f"/ledger?{JUDGED}"],
)  # fmt: skip
def test_nothing_is_cut_off_sideways(
    faulty_site: str, open_page: OpenPage, path: str, width: int
) -> None:
    page = open_page(faulty_site + path, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
    assert "it is not an audit conclusion" in page.locator("footer").inner_text()


def test_the_posture_shows_what_an_auditor_looks_for_in_that_order(
    faulty_site: str, open_page: OpenPage
) -> None:
    page = open_page(f"{faulty_site}/?{JUDGED}")
    facts = page.locator("dl.facts").inner_text()
    for word in ("Scope version", "Edition", "SoA version", "Ledger entry", "Rule pack", "View"):
        assert word in facts
    assert headings(page) == [
        "Open nonconformities",
        "Unsatisfied",
        "Not evaluable",
        "Judgements pending",
        "Suspect or late evidence",
        "The 32 clauses and 38 reference controls",
    ]
    assert page.locator("a.tile").count() == 70
    states = page.locator("a.tile .state").all_inner_texts()
    assert all(text[0] in "●◐○?–" and len(text) > 3 for text in states), "word and sign, not colour"


def test_an_item_shows_computed_status_beside_the_auditors_conclusion(
    clean_site: str, open_page: OpenPage
) -> None:
    page = open_page(f"{clean_site}/items/4.1?{JUDGED}")
    cards = page.locator(".card").all_inner_texts()
    assert cards[0].startswith("Computed status")
    assert cards[1].startswith("Auditor's conclusion")
    assert "conforms" in cards[1]


def test_the_trace_is_drawn_and_told_in_a_table_with_the_break_marked(
    clean_site: str, faulty_site: str, open_page: OpenPage
) -> None:
    whole = open_page(f"{clean_site}/items/A.7.5?{JUDGED}")
    whole.wait_for_selector('.graph[data-drawn="true"] canvas')
    assert "The chain holds" in whole.locator("main").inner_text()
    assert whole.locator("tr.break").count() == 0
    broken = open_page(f"{faulty_site}/items/A.7.3?{JUDGED}")
    broken.wait_for_selector('.graph[data-drawn="true"] canvas')
    assert broken.locator("tr.break").count() >= 1
    assert "(break)" in broken.locator("tr.break").first.inner_text()


def test_a_system_page_ties_everything_and_draws_its_cascade(
    clean_site: str, open_page: OpenPage
) -> None:
    page = open_page(clean_site + SYSTEM)
    assert headings(page) == [
        "Obligations on it",
        "Rule results",
        "If it fails",
        "Everything tied to it",
        "Who said what",
    ]
    page.wait_for_selector('.graph[data-drawn="true"] canvas')
    assert page.locator("dl.ties dt").count() > 20


def test_one_walks_from_posture_to_item_to_evidence_and_keeps_the_instant(
    clean_site: str, open_page: OpenPage
) -> None:
    page = open_page(f"{clean_site}/?{JUDGED}")
    page.locator("a.tile", has_text="Data provenance").click()
    page.wait_for_selector("h1:has-text('A.7.5')")
    page.get_by_role("link", name="Operating records: data provenance").first.click()
    page.wait_for_selector("h1:has-text('Operating records')")
    assert "at=2026-07-01" in page.url


def test_the_period_form_opens_another_view(clean_site: str, open_page: OpenPage) -> None:
    page = open_page(f"{clean_site}/?{JUDGED}")
    page.get_by_label("Judged at").fill("2026-05-01")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**at=2026-05-01**")
    assert "2026-05-01" in page.locator("dl.facts").inner_text()


def test_the_keyboard_reaches_content_first(clean_site: str, open_page: OpenPage) -> None:
    page = open_page(f"{clean_site}/?{JUDGED}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")


def test_pages_work_without_scripts(clean_site: str, browser: object) -> None:
    from playwright.sync_api import Browser

    assert isinstance(browser, Browser)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{clean_site}/items/A.7.5?{JUDGED}")
    assert page.locator("table").count() >= 3
    assert page.get_by_role("link", name="Operating records: data provenance").count() >= 1
    context.close()
