"""The interface's own description: valid, complete, with examples that are true, and held to by what is answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from api.conftest import NOW
from api.serving import Site, fill, site_on
from api.sockets import listening
from rtlakehouse.api.app import create_app
from rtlakehouse.api.errors import PROBLEM
from rtlakehouse.api.reference import reference
from rtlakehouse.settings import Settings

Document = dict[str, Any]
DOCUMENT: Document = create_app(Settings()).openapi()
OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
SCHEMAS: Document = DOCUMENT["components"]["schemas"]
each_operation = pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
# What is never refused for being asked too often, or has a limit of its own.
UNLIMITED = ("/api/v1/health", "/api/v1/version", "/api/v1/live/")
# A value of these says itself what it may be.
SPEAKING = {"enum", "const", "default", "$ref", "examples"}


def accepts(schema: Document, value: object) -> bool:
    """Whether a schema of the document takes a value."""
    whole = {**schema, "components": {"schemas": SCHEMAS}}
    return jsonschema_rs.Draft202012Validator(whole).is_valid(value)


def speaks(schema: Document) -> bool:
    """Whether a schema, or one that it is made of, shows a value."""
    inside = [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]
    return bool(SPEAKING & schema.keys()) or any(speaks(part) for part in inside)


def examples_in(content: Document) -> list[Any]:
    named = [example["value"] for example in content.get("examples", {}).values()]
    return [*named, *([content["example"]] if "example" in content else [])]


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(DOCUMENT)] == []


def test_the_document_is_served_where_the_docs_find_it(site: Site) -> None:
    assert site.client.get("/api/openapi.json").json() == json.loads(json.dumps(DOCUMENT))
    assert "/api/openapi.json" in site.client.get("/api/docs").text


def test_what_is_committed_of_it_is_what_the_code_says() -> None:
    """`make openapi` writes both."""
    root = Path(__file__).parents[2]
    assert json.loads((root / "web/openapi.json").read_text("utf-8")) == json.loads(json.dumps(DOCUMENT))
    assert (root / "docs/api.md").read_text("utf-8") == reference(DOCUMENT)


def test_the_reference_shows_every_operation_and_needs_nothing_from_elsewhere(site: Site) -> None:
    page = site.client.get("/api/docs")
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            assert f"{method.upper()} {path}" in page.text
            assert f'<a id="{operation["operationId"]}"></a>' in page.text
    assert "<script" not in page.text
    assert re.findall(r'(?:src|href)="(?![/#])[^"]*"', page.text) == []
    assert "style-src 'self'" in page.headers["content-security-policy"]
    assert site.client.get("/api/docs/style.css").headers["content-type"].startswith("text/css")


def test_operations_are_named_once() -> None:
    names = [operation["operationId"] for operations in DOCUMENT["paths"].values() for operation in operations.values()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)


def test_a_model_has_a_name_of_its_own() -> None:
    """Two of one name would be called by the modules they are in."""
    assert [name for name in SCHEMAS if "__" in name] == []


@each_operation
def test_an_operation_says_what_it_does(path: str, method: str, operation: Document) -> None:
    assert operation["summary"]
    assert operation["description"][-1] in ".)"
    assert operation["tags"]


@each_operation
def test_every_parameter_says_what_it_is_and_shows_a_value_that_it_takes(path: str, method: str, operation: Document) -> None:
    for parameter in operation.get("parameters", []):
        schema = SCHEMAS[parameter["schema"]["$ref"].rpartition("/")[2]] if "$ref" in parameter["schema"] else parameter["schema"]
        assert parameter["in"] == "path" or schema.get("description") or parameter.get("description"), parameter["name"]
        assert speaks(schema), parameter["name"]
        assert all(accepts(schema, value) for value in schema.get("examples", [])), parameter["name"]


@each_operation
def test_every_success_has_a_schema_and_a_body_an_example(path: str, method: str, operation: Document) -> None:
    (success,) = [status for status in operation["responses"] if status.startswith("2")]
    assert all("schema" in content for content in operation["responses"][success]["content"].values())
    for content in operation.get("requestBody", {}).get("content", {}).values():
        assert examples_in(content)


@each_operation
def test_every_error_is_a_problem_with_an_example(path: str, method: str, operation: Document) -> None:
    errors = {status: response for status, response in operation["responses"].items() if status >= "400"}
    assert "422" in errors
    for status, response in errors.items():
        content = response["content"][PROBLEM]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        (example,) = examples_in(content)
        assert accepts(SCHEMAS["Problem"], example)
        assert example["status"] == int(status)
        assert ("Retry-After" in response.get("headers", {})) == (status in ("429", "503"))


@each_operation
def test_what_is_limited_or_kept_says_by_which_headers(path: str, method: str, operation: Document) -> None:
    responses = operation["responses"]
    asks = method == "get" or ["reader"] in [scheme.get("bearer") for scheme in operation["security"]]
    if asks and path.startswith("/api/v1/") and not path.startswith(UNLIMITED):
        assert {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} <= responses["429"]["headers"].keys()
    else:
        assert "RateLimit-Limit" not in responses.get("429", {}).get("headers", {})
    if "304" in responses:
        assert method == "get"
        assert responses["304"]["headers"].keys() == responses["200"]["headers"].keys() - {"Link"}
        assert "ETag" in responses["200"]["headers"]


def test_every_post_that_changes_something_takes_an_idempotency_key() -> None:
    for path, operations in DOCUMENT["paths"].items():
        if (operation := operations.get("post")) is not None:
            changes = any(scheme["bearer"] != ["reader"] for scheme in operation["security"] if "bearer" in scheme)
            taken = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert ("Idempotency-Key" in taken) == changes, path


# The problem of each status has its own example, where it is answered.
@pytest.mark.parametrize("name", sorted(SCHEMAS.keys() - {"Problem"}))
def test_every_member_of_an_answer_is_shown(name: str) -> None:
    schema = SCHEMAS[name]
    assert schema.get("description"), "it says what it is"
    for example in schema.get("examples", []):
        assert accepts(schema, example)
    shown = {member for example in schema.get("examples", []) for member in example}
    for member, found in schema.get("properties", {}).items():
        # What may be null may be left out of an example, where it is null.
        assert member in shown or speaks(found) or {"type": "null"} in found.get("anyOf", []), member


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """A small lake with everything in it, which may be posted to: its address, and a key that may do everything."""
    path = tmp_path_factory.mktemp("openapi") / "lake"
    fill(path, NOW, batches=3)
    with site_on(path, NOW) as site, listening(site) as found:
        yield found, site.key()


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: object, value: object) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


# Every operation that comes to an end: the live feed is read in test_live.py.
DESCRIBED = schemathesis.openapi.from_dict(json.loads(json.dumps(DOCUMENT))).exclude(path_regex="/live/")
# A 500 is described nowhere.
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@DESCRIBED.parametrize()
@settings(max_examples=10, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate], deadline=None)
def test_every_answer_is_one_of_those_described(case: schemathesis.Case[Any], served: tuple[str, dict[str, str]]) -> None:
    # Whatever a line is, it is taken, and judged later.
    refused = [] if case.media_type == "application/x-ndjson" else [negative_data_rejection]
    address, key = served
    case.call_and_validate(base_url=address, headers=key, checks=[*CHECKS, *refused])
