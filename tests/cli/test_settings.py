"""Where a setting comes from, and what is said of one that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.commands import Commands
from rtlakehouse.settings import SETTINGS_FILE, Settings


def _file(rtl: Commands, text: str) -> Path:
    """A settings file where the command is run."""
    path = rtl.programs.folder / SETTINGS_FILE
    path.write_text(text)
    return path


def _setting(rtl: Commands, name: str, *flags: str, **environment: object) -> tuple[Any, str]:
    """Its value, and where that is from."""
    found = rtl.json("settings", *flags, settings=environment)[name]
    return found["value"], found["from"]


def test_a_flag_goes_before_the_environment_before_the_file_before_the_default(on_nothing: Commands) -> None:
    assert _setting(on_nothing, "port") == (8000, "default")
    _file(on_nothing, 'port = 8001\nlake = "from-file"\n')
    assert _setting(on_nothing, "port") == (8001, "rtlakehouse.toml")
    assert _setting(on_nothing, "port", port=8002) == (8002, "RTL_PORT")
    assert _setting(on_nothing, "lake", lake="from-environment") == ("from-environment", "RTL_LAKE")
    assert _setting(on_nothing, "lake", "--lake", "from-flag", lake="from-environment") == ("from-flag", "flag")


def test_an_empty_variable_is_none(on_nothing: Commands) -> None:
    assert _setting(on_nothing, "port", port="") == (8000, "default")


def test_every_setting_is_listed_with_what_it_does(on_nothing: Commands) -> None:
    assert set(on_nothing.json("settings")) == set(Settings.model_fields)
    shown = on_nothing.ok("settings", settings={"COLUMNS": "400"})
    for name, field in Settings.model_fields.items():
        assert name in shown
        assert str(field.description) in shown


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"prot": 1}, "RTL_PROT is not a setting. Did you mean RTL_PORT?"),
        ({"log_levl": "info"}, "RTL_LOG_LEVL is not a setting. Did you mean RTL_LOG_LEVEL?"),
        ({"zzzzzz": 1}, "RTL_ZZZZZZ is not a setting. `rtl settings` lists them."),
        ({"port": "many"}, "Setting port = 'many': Input should be a valid integer"),
        ({"port": 70_000}, "Setting port = '70000': Input should be less than or equal to 65535"),
        ({"log_level": "loud"}, "Setting log_level = 'loud': Input should be 'debug', 'info', 'warning' or 'error'"),
        ({"retention_days": '{"golden": 3}'}, "it may name bronze, quarantine, silver and gold, or one of these of a tenant"),
        ({"retention_days": '{"golden": 3}'}, "such as acme.bronze. Did you mean gold?\n"),
        ({"retention_days": '{"acme.bronce": 3}'}, "Did you mean acme.bronze?"),
        ({"retention_days": '{"Acme.bronze": 3}'}, "Did you mean acme.bronze?"),
        ({"retention_days": '{"bronze.events": 3}'}, "Did you mean bronze?"),
        ({"retention_days": '{"zzz": 3}'}, "such as acme.bronze.\n"),
        ({"port": "x", "watermark_s": -1}, "Setting watermark_s = '-1'"),
    ],
    ids=str,
)
def test_a_wrong_variable_is_wrong_usage_that_says_the_right_one(
    environment: dict[str, object], said: str, on_nothing: Commands
) -> None:
    assert said in on_nothing.refused(2, "settings", settings=environment)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1", "'prot' is not a setting. Did you mean port?"),
        ("port = 'many'", "Setting port = 'many'"),
        ("[server]\nport = 1", "'server' is not a setting."),
        ("port = ", "rtlakehouse.toml is not valid TOML"),
    ],
    ids=str,
)
def test_a_wrong_line_of_the_file_is_wrong_usage_that_says_the_right_one(text: str, said: str, on_nothing: Commands) -> None:
    _file(on_nothing, text)
    assert said in on_nothing.refused(2, "settings")


def test_a_wrong_setting_stops_every_command_before_it_does_anything(on_nothing: Commands, tmp_path: Path) -> None:
    (tmp_path / "f.jsonl").write_text("{}\n")
    for command in (["run"], ["api"], ["up"], ["verify"], ["ingest", str(tmp_path / "f.jsonl")]):
        assert "RTL_PROT" in on_nothing.refused(2, *command, settings={"prot": 1})
    assert not on_nothing.lake.exists()
