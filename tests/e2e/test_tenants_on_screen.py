"""Two tenants at one browser: each sees its own, and nothing of what the other was shown stays."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from e2e.conftest import StackMaker, Visit
from e2e.screen import accounted, card, cell, panel, shown
from e2e.stack import event, minute_ago

PAGES = ("/quality", "/explore?metric=units&steps=all&by=product_id", "/tables/silver.events/rows", "/history", "/admin")


def use_key(page: Page, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def go(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()


class Told:
    """All that the API answers to a page, but for the live feed, which does not end: kept on its way to the browser,
    which forgets a body when it goes to another page."""

    def __init__(self, page: Page) -> None:
        self.heard: list[tuple[str | None, str]] = []
        page.route(lambda address: "/live/" not in address, self._pass_on)

    def _pass_on(self, route: Route) -> None:
        # As browsers do (RFC 9112, 9.3.1): the server may end a connection that was idle in the moment in which it is used again.
        answer = route.fetch(max_retries=2)
        if answer.ok:
            self.heard.append((route.request.headers.get("authorization"), answer.text()))
        route.fulfill(response=answer)

    def to(self, key: str) -> str:
        """What a key was told since this was last asked."""
        heard, self.heard = self.heard, []
        return "\n".join(text for bearer, text in heard if bearer == f"Bearer {key}")


def test_a_tenant_never_sees_anything_of_another(start: StackMaker, visit: Visit, complaints: list[str]) -> None:
    stack = start(open_reads="nobody")
    minute = minute_ago(3)
    north = stack.post_as("north", event("north-1", minute, product_id="north-tea"), b'{"event_id": "north-bad"}')
    south = stack.post_as("south", event("south-1", price=77, product_id="south-tea"), b'{"event_id": "south-bad"}')
    page = visit(stack.address)
    told = Told(page)

    use_key(page, south)
    expect(card(page, "Net revenue, EUR")).to_contain_text("€77.00")
    expect(page).to_have_url(f"{stack.address}/?tenant=south")
    go(page, "Quality")
    expect(panel(page, "Records in quarantine")).to_contain_text("south-bad")

    # Another signs in at the same tab, on a page that shows the first one's records.
    page.get_by_role("button", name="Key…").click()
    use_key(page, north)
    expect(panel(page, "Records in quarantine")).to_contain_text("north-bad")
    expect(page.get_by_text("south-")).to_have_count(0)
    go(page, "Overview")
    expect(accounted(page, 2)).to_contain_text("1 accepted, 0 duplicates, 1 quarantined")
    expect(cell(page, "Top products, by units", "north-tea")).to_be_visible()
    read = told.to(north)
    assert "north-tea" in read
    assert "south-" not in read
    for path in PAGES:
        page.goto(stack.address + path)
        expect(shown(page).get_by_text("south-")).to_have_count(0)
        assert "south-" not in told.to(north), path
        expect(page).to_have_url(re.compile("tenant=north"))

    # A link that the first one sent says whose it is, rather than the other's figures under that name.
    page.goto(f"{stack.address}/quality?range=6h&tenant=south")
    expect(page.get_by_role("alert")).to_contain_text("the tenant south, and you read as north")
    expect(page.get_by_text("north-bad")).to_have_count(0)
    page.get_by_role("button", name="Show mine").click()
    expect(panel(page, "Records in quarantine")).to_contain_text("north-bad")
    expect(page).to_have_url(f"{stack.address}/quality?range=6h&tenant=north")

    # A minute in which only the first one sold is nothing to the other, by its link either.
    newest = stack.gateway.client.get("/kpis/latest", headers={"Authorization": f"Bearer {south}"}).json()
    page.goto(f"{stack.address}/explain/{newest['window']['window_start']}")
    expect(page.get_by_role("alert").first).to_be_visible()
    assert "south-" not in told.to(north)
    complaints[:] = [said for said in complaints if "status of 401" not in said and "status of 404" not in said]
    page.unroute_all(behavior="wait")
