"""A repair and its way back, as one sees them: gold as it was, as the repair has it, and as it was again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Visit
from e2e.screen import accounted, card, cell, panel
from e2e.stack import Stack, event
from rtlakehouse.api.page.dashboard import BUILT

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not BUILT.is_dir(), reason="The dashboard is not built; run `make dashboard`."),
]

NET = "Net revenue, EUR"
REASONS = "Why records were rejected"


def test_a_repaired_group_counts_and_counts_no_more_once_its_repair_is_undone(stack: Stack, visit: Visit) -> None:
    stack.post(event("good"), event("text", price="1.50"), event("comma", price="2,50"))
    page = visit(stack.address)
    page.evaluate("key => sessionStorage.setItem('rtl.key', key)", stack.gateway.key)
    page.reload()
    expect(accounted(page, 3)).to_contain_text("1 accepted, 0 duplicates, 2 quarantined")
    gold_says(page, "€10.00", "1 order")

    page.get_by_role("link", name="2 quarantined").click()
    page.get_by_role("button", name="type:price").click()
    page.get_by_role("link", name="Repair them…").click()
    page.get_by_role("button", name="Preview").click()
    would = page.get_by_role("row", name="gold.revenue_1m")
    expect(would.get_by_text("net 10.0000 → 14.0000")).to_be_visible()
    page.get_by_role("button", name="Re-admit 2 records…").click()
    page.get_by_role("textbox", name="Why").fill("The till sent prices as text.")
    page.get_by_role("button", name="Re-admit them").click()
    expect(page.get_by_text("In gold: 2 accepted (0 of them late), 0 duplicates, 0 rejected again.")).to_be_visible()
    repair = page.url
    page.goto(stack.address)
    gold_says(page, "€14.00", "3 orders")

    page.goto(repair)
    page.get_by_role("button", name="What would undoing it change?").click()
    shown = page.get_by_role("row", name="silver.events")
    expect(shown).to_contain_text(re.compile(r"2 (rows|events)"))
    page.goto(stack.address)
    gold_says(page, "€14.00", "3 orders")

    page.goto(repair)
    page.get_by_role("button", name="What would undoing it change?").click()
    page.get_by_role("button", name="Undo it…").click()
    page.get_by_role("textbox", name="Why").fill("The till was right.")
    page.get_by_role("button", name="Undo it", exact=True).click()
    expect(page.get_by_text("Undone: its records are in quarantine again.")).to_be_visible()
    page.goto(stack.address)
    gold_says(page, "€10.00", "1 order")
    page.get_by_role("link", name="Quality").click()
    expect(cell(page, REASONS, "type:price")).to_be_visible()
    expect(panel(page, REASONS)).to_contain_text("records in quarantine")


def gold_says(page: Page, net: str, orders: str) -> None:
    expect(card(page, NET)).to_contain_text(net)
    expect(card(page, NET)).to_contain_text(re.compile(rf"{orders}$"))
