"""An OpenAPI document as a page to read: what there is, then each operation with parameters, body, answer and errors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

__all__ = ["reference"]

Document = Mapping[str, Any]

_HEAD = """# The HTTP interface

Written from the interface's own description, `/api/openapi.json`, by `make openapi`; every server shows its own at `/api/docs`.
What a number means is in semantics, how SQL is bounded in sql, which key may do what in access.
"""


@dataclass(frozen=True)
class _Operation:
    """One method of one path."""

    method: str
    path: str
    spoken: Document

    @property
    def title(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def anchor(self) -> str:
        return str(self.spoken["operationId"])


def reference(document: Document) -> str:
    """The reference in Markdown. The same document gives the same text."""
    by_tag: dict[str, list[_Operation]] = {}
    for path, operations in document["paths"].items():
        for method, spoken in operations.items():
            by_tag.setdefault(spoken["tags"][0], []).append(_Operation(method, path, spoken))
    lines = [_HEAD, str(document["info"]["description"]), "", "| resource | operation | what it does |", "|---|---|---|"]
    lines += [
        f"| {tag} | [`{operation.title}`](#{operation.anchor}) | {_cell(operation.spoken['summary'])} |"
        for tag, operations in by_tag.items()
        for operation in operations
    ]
    for tag, operations in by_tag.items():
        lines += ["", f"## {tag}"]
        for operation in operations:
            lines += ["", *_operation(operation, document)]
    return "\n".join(lines) + "\n"


def _operation(operation: _Operation, document: Document) -> Iterator[str]:
    yield f'<a id="{operation.anchor}"></a>'
    yield ""
    yield f"### {operation.title}"
    yield ""
    summary = operation.spoken["summary"]
    yield f"**{summary}{'' if summary.endswith('?') else '.'}** {_paragraph(operation.spoken.get('description', ''))}"
    if roles := {role for option in operation.spoken["security"] for named in option.values() for role in named}:
        yield from ("", f"Role: `{', '.join(sorted(roles))}`.")
    yield from _parameters(operation.spoken.get("parameters", []), document)
    yield from _body(operation.spoken.get("requestBody", {}), document)
    yield from _answers(operation.spoken["responses"], document)


def _parameters(parameters: list[Document], document: Document) -> Iterator[str]:
    if not parameters:
        return
    yield from ("", "| parameter | in | type | |", "|---|---|---|---|")
    for parameter in parameters:
        schema = parameter["schema"]
        kind = _kind(schema, document)
        default = f" Default: `{json.dumps(schema['default'])}`." if schema.get("default") is not None else ""
        told = _cell(parameter.get("description") or schema.get("description") or "")
        name = f"**`{parameter['name']}`**" if parameter.get("required") else f"`{parameter['name']}`"
        yield f"| {name} | {parameter['in']} | {_cell(kind)} | {told}{default} |"


def _body(body: Document, document: Document) -> Iterator[str]:
    for media_type, content in body.get("content", {}).items():
        example = _example(content, document)
        yield from ("", f"Body, `{media_type}`:")
        if example is not None:
            yield from _code(example)


def _answers(responses: Document, document: Document) -> Iterator[str]:
    for status, response in responses.items():
        if not status.startswith("2"):
            continue
        forms = ", ".join(f"`{media_type}`" for media_type in response.get("content", {}))
        yield from ("", f"Answer {status}{': ' + forms if forms else ''}.")
        for content in response.get("content", {}).values():
            example = _example(content, document)
            if example is not None:
                yield from _code(example)
    errors = [f"{status} {HTTPStatus(int(status)).phrase}" for status in responses if status >= "400"]
    yield from ("", f"Errors: {', '.join(errors)}.")


def _example(content: Document, document: Document) -> Any:
    """What it shows of itself: an example of its own, or the first of its model."""
    if "example" in content:
        return content["example"]
    named = [example["value"] for example in content.get("examples", {}).values()]
    return named[0] if named else _shown(content.get("schema", {}), document)


def _shown(schema: Document, document: Document) -> Any:
    """A value of the schema: the one it shows, else one put together of what its members show. None where nothing is shown."""
    found = _resolved(schema, document)
    if found.get("examples"):
        return found["examples"][0]
    for said in ("const", "default"):
        if said in found:
            return found[said]
    if "enum" in found:
        return found["enum"][0]
    if "anyOf" in found:
        return next((value for part in found["anyOf"] if (value := _shown(part, document)) is not None), None)
    if "properties" in found:
        return {name: _shown(member, document) for name, member in found["properties"].items()}
    if found.get("type") == "array":
        one = _shown(found["items"], document)
        return [] if one is None else [one]
    return None


def _resolved(schema: Document, document: Document) -> Document:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Document = document["components"]["schemas"][name] if name else schema
    return found


def _kind(schema: Document, document: Document) -> str:
    found = _resolved(schema, document)
    if "enum" in found:
        return ", ".join(f"`{value}`" for value in found["enum"])
    options = [_kind(part, document) for part in found.get("anyOf", []) if part.get("type") != "null"]
    if options:
        return " or ".join(options)
    kind = str(found.get("format") or found.get("type", "any"))
    bounds = [f"{sign} {found[name]}" for name, sign in (("minimum", "≥"), ("maximum", "≤")) if name in found]
    return " ".join([kind, *bounds])


def _code(value: Any) -> Iterator[str]:
    # Lines of NDJSON are text already.
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    yield from ("", "```json", text.rstrip("\n"), "```")


def _paragraph(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _paragraph(text).replace("|", "\\|")
