"""Doctor on a lake whose home is an object store, here a directory: whose it is, what it promises, how far it is behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from rtlakehouse.clock import SystemClock
from rtlakehouse.home import HomeStatus, examine, examining, opened_home
from rtlakehouse.home.status import write_status
from rtlakehouse.mirror import Objects
from rtlakehouse.settings import Settings
from rtlakehouse.storage.doctor import Diagnosis
from rtlakehouse.storage.lake import Lake


@pytest.fixture
def settings(refined: Lake, tmp_path: Path) -> Settings:
    return Settings(lake=refined.root, home=(tmp_path / "home").as_uri())


def ailments(settings: Settings) -> list[Diagnosis]:
    return [diagnosis for diagnosis in examine(settings) if not diagnosis.well]


def said(settings: Settings) -> str:
    return "\n".join(diagnosis.what for diagnosis in examine(settings))


def test_a_lake_without_a_home_has_nothing_to_look_at(refined: Lake) -> None:
    assert list(examine(Settings(lake=refined.root))) == []


def test_a_home_says_whose_it_is_and_that_it_has_everything(settings: Settings) -> None:
    assert "nobody has had its lease yet" in said(settings)
    assert "nothing was uploaded from this working copy yet" in said(settings)
    with opened_home(settings, SystemClock()) as home:
        home.keep(Lake.open(settings.lake), lambda: None)
        assert f"its lease is that of the process {os.getpid()} on {os.uname().nodename}" in said(settings)
    assert f"its lease was last that of the process {os.getpid()}" in said(settings)
    assert "conditional puts are kept" in said(settings)
    assert "has all that is committed here" in said(settings)
    assert ailments(settings) == []


def test_a_store_that_is_away_is_ill_with_what_it_said(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ENDPOINT_URL", "http://127.0.0.1:1"), ("REGION", "here"), ("ALLOW_HTTP", "true")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    (found,) = ailments(settings.model_copy(update={"home": "s3://shop-lake/live"}))
    assert "s3://shop-lake/live failed" in found.what
    assert "what is not there waits" in found.fix


def test_an_address_that_is_none_is_ill(settings: Settings) -> None:
    (found,) = ailments(settings.model_copy(update={"home": "shop-lake/live"}))
    assert "is no address of an object store" in found.what


def test_a_home_that_is_behind_for_long_is_ill_with_the_reason(settings: Settings) -> None:
    control = Lake(settings.lake).control
    write_status(control, HomeStatus(settings.home, {}, time.time() - 5))
    assert ailments(settings) == []
    write_status(control, HomeStatus(settings.home, {}, time.time() - 100, "The bucket is gone."))
    (found,) = ailments(settings)
    assert "s behind: The bucket is gone." in found.what


class Careless(Objects):
    """A store that takes no notice of a condition."""

    def create(self, path: str, content: bytes) -> bool:
        self.put(path, content)
        return True


def test_a_store_without_conditional_puts_is_ill(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "Objects", Careless)
    (found,) = ailments(settings)
    assert "conditional puts are not kept" in found.what
    assert "If-None-Match" in found.fix
