"""How the page's files are served: under a policy that lets nothing else in, and asked for again without being sent again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import httpx
import pytest

from api.serving import Site, site_on

STATIC = Path(str(resources.files("rtlakehouse.api.page"))) / "static"
PATHS = ["/", *sorted(f"/page/{file.name}" for file in STATIC.iterdir())]
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_on(tmp_path_factory.mktemp("page") / "lake", datetime.now(UTC)) as found:
        yield found


@pytest.fixture(params=PATHS)
def answer(request: pytest.FixtureRequest, site: Site) -> httpx.Response:
    return site.client.get(request.param)


def test_every_file_is_served_as_what_it_is(answer: httpx.Response) -> None:
    assert answer.status_code == 200
    suffix = Path(answer.url.path).suffix or ".html"
    assert answer.headers["content-type"].startswith(TYPES[suffix])
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_file_lets_anything_else_in(answer: httpx.Response) -> None:
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert not policy.keys() & {"script-src", "style-src", "connect-src", "img-src"}, "looser than default-src"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"


def test_what_did_not_change_is_not_sent_again(answer: httpx.Response, site: Site) -> None:
    again = site.client.get(answer.url.path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/page/gone.js", "/page/", "/page/..%2ffiles.py"])
def test_what_is_no_file_of_the_page_is_a_problem(site: Site, path: str) -> None:
    answer = site.client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_module_is_fetched_at_once_and_none_in_vain() -> None:
    """A module that index.html does not name is known to the browser only once those that import it have arrived."""
    named = set(re.findall(r'"/page/(\w+\.js)"', (STATIC / "index.html").read_text("utf-8")))
    assert named == {file.name for file in STATIC.glob("*.js")}
