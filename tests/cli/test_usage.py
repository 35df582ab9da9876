"""What a person who does not know the program learns from it: help, and what was meant instead."""

from __future__ import annotations

import re

import pytest

from cli.commands import ALL, Commands


def test_help_names_every_command_with_what_it_does(on_nothing: Commands) -> None:
    said = on_nothing.ok("--help")
    for command in ALL:
        assert re.search(rf"│ {command} +[A-Z]\w+", said), command


@pytest.mark.parametrize("command", ALL)
def test_the_help_of_a_command_explains_it_and_each_of_its_flags(command: str, on_nothing: Commands) -> None:
    said = on_nothing.ok(command, "--help")
    assert re.search(rf"Usage: rtl {command}", said)
    flags = [line for line in said.splitlines() if re.match(r"│ [* ]*--", line)]
    assert any("--help" in flag for flag in flags)
    explanations = [re.split(r"  +", flag.strip("│ "))[-1] for flag in flags]
    assert [words for words in explanations if len(words.split()) < 3] == []
    assert not on_nothing.lake.exists()


def test_it_says_its_version(on_nothing: Commands) -> None:
    assert re.fullmatch(r"rtl \d+\.\d+\.\d+\n", on_nothing.ok("--version"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["ingset", "x"], "ingest"),
        (["verfy"], "verify"),
        (["simulate", "--raet", "5"], "--rate"),
        (["up", "--no-simulater"], "--no-simulator"),
        (["vacuum", "--retention-hour", "5"], "--retention-hours"),
        (["read", "gold.kpis_1m", "--formt", "csv"], "--format"),
    ],
    ids=str,
)
def test_a_wrong_command_or_flag_is_wrong_usage_and_the_right_one_is_said(
    typed: list[str], meant: str, on_nothing: Commands
) -> None:
    assert re.search(rf"Did you mean.*{meant}|Possible options.*{meant}", on_nothing.refused(2, *typed))


@pytest.mark.parametrize("command", ["read", "history", "optimize", "vacuum", "checkpoint"])
def test_a_wrong_table_is_named_with_the_right_one(command: str, rtl: Commands) -> None:
    assert "There is no table 'gold.kpi_1m'. Did you mean gold.kpis_1m?" in rtl.refused(1, command, "gold.kpi_1m")


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        (["read"], "'table'"),
        (["ingest"], "'files'"),
        (["read", "gold.kpis_1m", "--limit", "0"], "--limit"),
        (["read", "gold.kpis_1m", "--limit", "many"], "--limit"),
        (["read", "gold.kpis_1m", "--format", "xml"], "table, csv, json"),
        (["read", "gold.kpis_1m", "--as-of", "yesterday"], "yesterday"),
        (["read", "gold.kpis_1m", "--where", "no_such_column = 1"], "no_such_column"),
        (["read", "gold.kpis_1m", "--where", "events >"], "--where"),
        (["history", "gold.kpis_1m", "--limit", "0"], "--limit"),
        (["vacuum", "--retention-hours", "-1"], "--retention-hours"),
        (["simulate", "--rate", "0"], "--rate"),
        (["simulate", "--malformed", "0.6", "--late", "0.6"], "more than 1"),
        (["simulate", "--to", "f.jsonl"], "--events or --duration"),
        (["simulate", "--to", "f.jsonl", "--events", "1", "--start", "soon"], "ISO 8601"),
        (["ingest", "none.jsonl"], "There is no file none.jsonl"),
        (["ingest", "x", "--tenant", "Acme Inc."], "--tenant"),
        (["ingest", "x", "--received", "later"], "neither `event` nor `now`"),
        (["ingest", "x", "--mapping", "none.yaml"], "There is no mapping file none.yaml"),
        (["api", "--port", "99999"], "port"),
    ],
    ids=str,
)
def test_a_wrong_value_is_wrong_usage_and_said_to_be(typed: list[str], named: str, rtl: Commands) -> None:
    assert named in rtl.refused(2, *typed)


@pytest.mark.parametrize(
    "typed",
    [["verify"], ["history", "silver.events"], ["read", "silver.events"], ["snapshot"], ["optimize"], ["vacuum"], ["checkpoint"]],
    ids=str,
)
def test_without_a_lake_it_says_what_makes_one_and_makes_none(typed: list[str], on_nothing: Commands) -> None:
    said = on_nothing.refused(1, *typed)
    assert f"There is no lake at {on_nothing.lake}" in said
    assert "`rtl up` or `rtl ingest` makes one" in said
    assert not on_nothing.lake.exists()


def test_a_file_that_cannot_be_written_is_a_failure_that_names_it(on_nothing: Commands) -> None:
    said = on_nothing.refused(1, "simulate", "--to", "no/such/folder/f.jsonl", "--events", "1")
    assert "no/such/folder/f.jsonl cannot be written" in said
