"""The dashboard's pages for those who operate the lake, on a real one: what they show is what the API would say."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from e2e.conftest import Visit
from e2e.screen import settled
from e2e.stack import Stack, event, minute_ago
from faults.programs import until
from rtlakehouse.api.page.dashboard import BUILT

pytestmark = pytest.mark.skipif(not BUILT.is_dir(), reason="The dashboard is not built; run `make dashboard`.")


def open_page(visit: Visit, stack: Stack, path: str, scheme: str = "light") -> Page:
    # axe-core makes code of text, which the page's own policy forbids.
    return visit(f"{stack.address}{path}", color_scheme=scheme, bypass_csp=True)


def violations(page: Page) -> str:
    """What axe-core finds wrong with the page itself; nothing where nothing is."""
    settled(page)
    found = Axe().run(page, "main")
    return str(found.generate_report()) if found.violations_count else ""


def fits_a_phone(page: Page) -> None:
    """Nothing has to be scrolled sideways. Raises TimeoutError where something has to."""
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("document.documentElement.scrollWidth <= 390")


def admin_key(stack: Stack) -> str:
    made = stack.programs.run("keys", "create", "--role", "admin", lake=stack.lake)
    found = re.search(r"rtl_\S+", made.printed)
    assert found, made.printed + made.said
    return found[0]


def test_the_pipeline_is_paused_with_a_key_and_goes_on(stack: Stack, visit: Visit, complaints: list[str]) -> None:
    stack.post(event("first"))
    page = open_page(visit, stack, "/pipeline")
    page.get_by_role("button", name="Pause…").click()
    page.get_by_label("Why").fill("a reload")
    page.get_by_role("button", name="Pause for everybody").click()
    page.get_by_label("API key", exact=True).fill(admin_key(stack))
    page.get_by_role("button", name="Use this key").click()
    # All that was shown is read anew, and the question is put anew.
    page.get_by_role("button", name="Pause…").click()
    page.get_by_label("Why").fill("a reload")
    page.get_by_role("button", name="Pause for everybody").click()
    expect(page.get_by_text("by default. a reload")).to_be_visible()
    stack.post(event("second"))
    expect(page.get_by_role("group", name="Bronze")).to_contain_text("1 not shown yet")
    page.get_by_role("button", name="Resume…").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("region", name="State")).to_contain_text("running")
    expect(page.get_by_role("group", name="Bronze")).not_to_contain_text("not shown yet")
    page.reload()
    expect(page.get_by_role("row", name="received to readable")).to_be_visible()
    complaints[:] = [complaint for complaint in complaints if "status of 401" not in complaint]
    assert not violations(page)
    fits_a_phone(page)


def test_a_day_is_told_in_single_minutes_and_the_newest_moves(stack: Stack, visit: Visit) -> None:
    stack.post(event("before", minute_ago(3)))
    page = open_page(visit, stack, "/?range=1d")
    now = datetime.now(UTC)
    stack.post(event("first", now))
    page.get_by_role("combobox", name="Steps").click()
    page.get_by_role("option", name="1 min", exact=True).click()
    panel = page.get_by_role("region", name="Events over time")
    chart = panel.get_by_role("application")
    newest = panel.get_by_role("status").filter(has_text=f"{now:%Y-%m-%d %H:%M} UTC")

    def reaches_this_minute() -> bool:
        chart.press("End")
        return newest.is_visible()

    # Before the feed tells of it, the newest step is another one.
    until(reaches_this_minute, "the chart reaches this minute")
    expect(newest).to_contain_text("Events, open: 1")
    stack.post(event("second", now))
    expect(panel.get_by_role("status")).to_contain_text("Events, open: 2")
    page.keyboard.press("PageUp")
    expect(panel.get_by_role("status")).to_contain_text("Events: 0")
    assert not violations(page)
    fits_a_phone(page)


def test_lineage_leads_from_a_table_to_the_bytes_by_keyboard(stack: Stack, visit: Visit) -> None:
    stack.post(event("first"))
    page = open_page(visit, stack, "/pipeline/lineage?column=silver.events.price", "dark")
    link = page.get_by_role("link", name="bronze.events.raw, member price")
    link.focus()
    page.keyboard.press("Enter")
    made = page.get_by_role("region", name="What is made of the record's member price, and who reads it")
    expect(made.get_by_role("row", name="gold.revenue_1m.net its values are made of it")).to_be_visible()
    expect(page.get_by_role("region", name="What would break").get_by_text("would break.")).to_be_visible()
    assert not violations(page)
    fits_a_phone(page)


def test_a_table_is_read_from_the_list_to_its_rows_and_files(stack: Stack, visit: Visit) -> None:
    stack.post(event("first"))
    page = open_page(visit, stack, "/tables")
    page.get_by_role("link", name="silver.events").click()
    expect(page.get_by_role("row", name="event_id string no")).to_be_visible()
    # What is opened stays at its version, so the event has to be there before.
    expect(page.get_by_text("1 row,")).to_be_visible()
    page.get_by_role("tab", name="Rows").click()
    expect(page.get_by_role("cell", name="first")).to_be_visible()
    page.get_by_role("tab", name="Files").click()
    page.get_by_text(".parquet").click()
    expect(page.get_by_role("row", name="event_id 0 first first")).to_be_visible()
    assert not violations(page)
    fits_a_phone(page)


def test_a_snapshot_is_tried_asked_for_followed_and_taken_away(stack: Stack, visit: Visit) -> None:
    stack.post(event("first"))
    page = open_page(visit, stack, "/tables/upkeep")
    page.evaluate("key => sessionStorage.setItem('rtl.key', key)", stack.gateway.key)
    page.reload()
    page.get_by_role("combobox", name="Job").click()
    page.get_by_role("option", name="snapshot: write gold as Parquet").click()
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("cell", name="would write one beside")).to_be_visible()
    page.get_by_role("button", name="Have it done…").click()
    page.get_by_role("button", name="Queue it").click()
    expect(page.get_by_role("group", name="Job 1").get_by_text("done")).to_be_visible()
    assert not violations(page)
    fits_a_phone(page)
    page.get_by_role("tab", name="Snapshots").click()
    page.get_by_text("rows ·").first.click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download kpis_1m.parquet").click()
    assert pq.read_table(taken.value.path()).column("purchases").to_pylist() == [1]
    assert not violations(page)
    fits_a_phone(page)


def test_a_figure_is_explored_by_choice_and_its_statement_runs(stack: Stack, visit: Visit) -> None:
    stack.post(event("first", country="DE"), event("second", country="FR", device="phone"))
    page = open_page(visit, stack, "/explore?metric=purchases&steps=all&by=country")
    expect(page.get_by_role("row", name="DE 1")).to_be_visible()
    page.get_by_role("combobox", name="Only where").click()
    page.get_by_role("option", name="Device").click()
    page.get_by_role("combobox", name="Value").fill("phone")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("row", name="FR 1")).to_be_visible()
    expect(page.get_by_role("row", name="DE 1")).to_be_hidden()
    assert not violations(page)
    fits_a_phone(page)
    page.get_by_role("link", name="Open in Query").click()
    expect(page.get_by_role("row", name="FR 1")).to_be_visible()


def test_a_statement_is_written_with_suggestions_run_from_the_keyboard_and_saved(
    stack: Stack, visit: Visit, complaints: list[str]
) -> None:
    stack.post(event("first"))
    page = open_page(visit, stack, "/query?sql=select fooo from silver.events", "dark")
    expect(page.get_by_text("Line 1, column 11")).to_be_visible()
    expect(page.locator(".cm-fault")).to_have_text("fooo")
    page.get_by_label("SQL").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("select event_id from silver.ev")
    expect(page.get_by_role("option", name="silver.events")).to_be_visible()
    page.keyboard.type("ents")
    page.keyboard.press("Escape")
    expect(page.get_by_label("SQL")).to_have_text("select event_id from silver.events")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("cell", name="first")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download CSV").click()
    assert saved.value.path().read_text("utf-8").split() == ['"event_id"', '"first"']
    page.go_back()
    expect(page.get_by_label("SQL")).to_have_text("select fooo from silver.events")
    page.go_forward()
    expect(page.get_by_label("SQL")).to_have_text("select event_id from silver.events")
    expect(page.get_by_role("cell", name="first")).to_be_visible()
    complaints[:] = [complaint for complaint in complaints if "status of 400" not in complaint]
    assert not violations(page)
    fits_a_phone(page)


def test_quarantined_prices_are_repaired_by_keyboard_and_followed_into_gold(
    stack: Stack, visit: Visit, complaints: list[str]
) -> None:
    stack.post(event("good"), event("text", price="1.50"), event("comma", price="2,50"), event("word", price="x"))
    page = open_page(visit, stack, "/quality?reason=type:price")
    page.get_by_role("link", name="Repair them…").click()
    preview = page.get_by_role("button", name="Preview")
    preview.focus()
    page.keyboard.press("Enter")
    page.get_by_label("API key", exact=True).fill(admin_key(stack))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    preview.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 records: 2 would be accepted, 0 would be duplicates, 1 would stay.")).to_be_visible()
    expect(page.get_by_role("row", name="gold.revenue_1m").get_by_text("net 10.0000 → 14.0000")).to_be_visible()
    page.get_by_role("button", name="Re-admit 2 records…").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Why").fill("The till sent prices as text.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("In gold: 2 accepted (0 of them late), 0 duplicates, 0 rejected again.")).to_be_visible()
    money = stack.gateway.get("/kpis/revenue").json()["data"]
    assert sum(float(row["net"]) for row in money) == 14
    expect(page.get_by_role("row", name="The till sent prices as text.")).to_contain_text("members")
    complaints[:] = [complaint for complaint in complaints if "status of 401" not in complaint]
    assert not violations(page)
    fits_a_phone(page)
    page.goto(f"{stack.address}/quality/figures?over=time")
    expect(page.get_by_text("The watermark waits 15 s")).to_be_visible()
    expect(page.get_by_role("row", name="bronze.events.price").get_by_text("50.0%")).to_be_visible()
    assert not violations(page)
    fits_a_phone(page)
