"""What is documented exists, and the reverse: links, make targets, commands and their flags, settings, decisions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from markdown import ROOT, blocks, code, links, manuals, pages
from rtlakehouse.cli.app import program
from rtlakehouse.settings import Settings

SETTINGS_PAGE = Path("docs/settings.md")
DECISIONS = Path("docs/adr")

MAKE_CALL = re.compile(r"(?:^|[\s;&|])make +([a-z][a-z-]*)")
RTL_CALL = re.compile(r"(?:^|[\s;&|/])rtl +([a-z][a-z-]*)")
# A command with what follows it on its line, and what `make` hands on to the command of its target's name.
RTL_LINE = re.compile(r"(?:^|[\s;&|/])rtl +([a-z][a-z-]*)([^\n#;&|]*)")
MAKE_ARGUMENTS = re.compile(r'make +([a-z]+) +ARGS="([^"]*)"')
FLAG = re.compile(r"(?<=\s)--[a-z][a-z-]*")
TARGET = re.compile(r"^([a-z][a-z-]*):(?!=)", re.MULTILINE)
SETTING_ROW = re.compile(r"^\| `(\w+)` \|.*$", re.MULTILINE)
DECISION_PARTS = ("Context", "Decision", "Consequences", "Alternatives")


def broken_links(page: Path, text: str) -> list[str]:
    relative = (link.split("#")[0] for link in links(text) if not re.match(r"[a-z][a-z0-9+.-]*:", link))
    return [link for link in relative if link and not (ROOT / page.parent / link).exists()]


def mentioned(call: re.Pattern[str]) -> dict[str, Path]:
    """Each name that is called in the manuals' code, and a page that does."""
    return {name: page for page, text in manuals().items() for name in call.findall(code(text))}


def targets() -> set[str]:
    return set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))


def commands() -> dict[str, set[str]]:
    """Every command of `rtl` and the flags it takes."""
    found: dict[str, typer.core.TyperCommand] = getattr(typer.main.get_command(program()), "commands", {})
    return {name: {flag for p in command.params for flag in (*p.opts, *p.secondary_opts)} for name, command in found.items()}


def flags_used(text: str) -> Iterator[tuple[str, str]]:
    """Each command and flag that a page's code calls together, also over lines that end in a backslash."""
    joined = code(text).replace("\\\n", " ")
    calls = [*RTL_LINE.findall(joined), *(call for call in MAKE_ARGUMENTS.findall(joined) if call[0] in commands())]
    for command, arguments in calls:
        yield from ((command, flag) for flag in FLAG.findall(f" {arguments}"))


def unknown_flags(text: str) -> list[str]:
    known = commands()
    return [f"rtl {c} {flag}" for c, flag in flags_used(text) if flag != "--help" and flag not in known.get(c, {flag})]


def row_of(name: str) -> str:
    """The line of docs/settings.md for a setting: name, default, description."""
    field = Settings.model_fields[name]
    default = "" if field.default in ("", None) else f"`{field.default}`"
    return f"| `{name}` | {default} | {field.description} |"


def documented_settings() -> dict[str, str]:
    """The lines of docs/settings.md by setting."""
    return {row.group(1): row.group(0) for row in SETTING_ROW.finditer(pages()[SETTINGS_PAGE])}


def decisions() -> dict[Path, str]:
    """The pages of decisions, without their index."""
    return {page: text for page, text in pages().items() if page.parent == DECISIONS and page.name != "README.md"}


def test_every_relative_link_leads_to_a_file() -> None:
    wrong = [f"{page}: {link}" for page, text in pages().items() for link in broken_links(page, text)]
    assert not wrong, "Mend or remove these links:\n" + "\n".join(wrong)


def test_every_make_target_that_is_documented_exists() -> None:
    wrong = [f"{page}: make {name}" for name, page in mentioned(MAKE_CALL).items() if name not in targets()]
    assert not wrong, "No such target in the Makefile:\n" + "\n".join(wrong)


def test_every_command_that_is_documented_exists() -> None:
    wrong = [f"{page}: rtl {name}" for name, page in mentioned(RTL_CALL).items() if name not in commands()]
    assert not wrong, "No such command in rtlakehouse.cli.app:\n" + "\n".join(wrong)


def test_every_command_is_documented() -> None:
    missing = sorted(set(commands()) - set(mentioned(RTL_CALL)))
    assert commands(), "rtlakehouse.cli.app:program() has no commands; this test looks in the wrong place."
    assert not missing, f"Write in the README or under docs/ what these do: {missing}."


def test_every_flag_that_is_documented_exists() -> None:
    wrong = [f"{page}: {call}" for page, text in manuals().items() for call in unknown_flags(text)]
    assert not wrong, "No such flag:\n" + "\n".join(wrong)


def test_every_setting_is_documented_as_it_is() -> None:
    rows = documented_settings()
    wrong = [row_of(name) for name in Settings.model_fields if rows.get(name) != row_of(name)]
    assert not wrong, f"{SETTINGS_PAGE} should have these lines:\n" + "\n".join(wrong)


def test_every_documented_setting_exists() -> None:
    gone = sorted(set(documented_settings()) - set(Settings.model_fields))
    assert not gone, f"Remove these from {SETTINGS_PAGE}, or bring them back to settings.py: {gone}."


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_says_what_it_does(name: str) -> None:
    assert Settings.model_fields[name].description, f"Give `{name}` a description in settings.py."


def test_the_index_of_decisions_lists_each_once_in_order_under_its_title() -> None:
    listed = re.findall(r"^\| (\d{4}) \| \[(.+)\]\((.+)\) \|$", pages()[DECISIONS / "README.md"], re.MULTILINE)
    titled = [(page.name[:4], text.splitlines()[0].partition(". ")[2], page.name) for page, text in sorted(decisions().items())]
    assert listed == titled


def test_decisions_are_numbered_without_a_hole() -> None:
    assert [int(page.name[:4]) for page in sorted(decisions())] == list(range(1, len(decisions()) + 1))


@pytest.mark.parametrize("page", sorted(decisions()), ids=lambda page: page.name[:4])
def test_a_decision_says_why_what_follows_and_what_else_there_was(page: Path) -> None:
    assert tuple(re.findall(r"^## (.+)$", decisions()[page], re.MULTILINE)) == DECISION_PARTS


def test_every_page_under_docs_can_be_found_from_the_readme() -> None:
    found, waiting = set[Path](), [Path("README.md")]
    while waiting:
        page = waiting.pop()
        found.add(page)
        there = {(ROOT / page.parent / link.split("#")[0]).resolve() for link in links(pages().get(page, ""))}
        inside = {path.relative_to(ROOT) for path in there if path.is_relative_to(ROOT)}
        waiting += [path for path in inside if path in pages() and path not in found]
    lost = [str(page) for page in pages() if page.parts[0] == "docs" and page not in found]
    assert not lost, f"No page that the README leads to has a link to these: {lost}."


def test_every_page_under_docs_has_its_place_on_the_site() -> None:
    """Else `make docs` fails."""
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    lost = [page.name for page in pages() if page.parent == Path("docs") and page.name not in navigation]
    assert not lost, f"Put these under `nav` of mkdocs.yml: {lost}."


def test_calls_are_read_off_blocks_and_spans_alone() -> None:
    text = "make sense of `rtl up` and `.venv/bin/rtl run`\n```sh\nmake up\nrtl read gold.kpis_1m\n```\n"
    assert RTL_CALL.findall(code(text)) == ["read", "up", "run"]
    assert MAKE_CALL.findall(code(text)) == ["up"]


def test_a_flag_that_does_not_exist_is_caught() -> None:
    text = '```sh\nrtl read a.b --limit 3 --bogus | jq --raw\nmake up ARGS="--rate 9 --fast"\nrtl up \\\n  --slow\n```\n'
    assert unknown_flags(text) == ["rtl read --bogus", "rtl up --slow", "rtl up --fast"]


def test_a_link_to_nothing_is_caught() -> None:
    text = "[a](README.md) [b](gone.md#part) [c](https://a.org/x) [d](#here) `[e](code.md)`\n\n[f]: lost.md"
    assert broken_links(Path("README.md"), text) == ["gone.md", "lost.md"]


def test_blocks_of_a_language_are_told_apart() -> None:
    text = "```sh\nls\n```\n\n```python\nprint()\n```\n"
    assert blocks(text, "python") == ["print()\n"]
