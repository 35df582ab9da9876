"""Texts are found by words, in other forms and with errors too; each tenant finds its own beside those of all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from rtlakehouse.search.memory import MemoryIndex
from rtlakehouse.search.text import Text, Texts, of_catalogue, of_tables
from rtlakehouse.semantic.catalogue import load

RELEASED = [*of_catalogue(load()), *of_tables()]


@pytest.fixture(scope="module")
def texts() -> Iterator[Texts]:
    with closing(Texts(lambda: RELEASED, MemoryIndex)) as made:
        yield made


def found(texts: Texts, asked: str, *, tenant: str = "ours", own: tuple[Text, ...] = (), limit: int = 3) -> list[str]:
    return [each.text.name for each in texts.find(asked, limit, None, tenant, own)]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("turnover", "gross"),
        ("revenue per order", "gold.revenue_1m.average_order_value"),
        ("conversions", "conversion_rate"),
        ("converson rate", "conversion_rate"),
        ("how many buyers", "purchasing_users"),
        ("which currency", "currency"),
        ("reasons of quarantined records", "silver.quarantine.reasons"),
        ("lateness of events", "silver.events.lateness_ms"),
    ],
)
def test_what_is_meant_is_among_the_first(texts: Texts, asked: str, expected: str) -> None:
    assert expected in found(texts, asked)


def test_what_nothing_is_written_with_finds_nothing(texts: Texts) -> None:
    assert found(texts, "the of and") == found(texts, "…") == []
    assert found(texts, "zzzzqqqq") == []


def test_a_kind_can_be_asked_for(texts: Texts) -> None:
    kinds = {each.text.kind for each in texts.find("currency", 20, "column", "ours", ())}
    assert kinds == {"column"}


def test_a_tenant_finds_its_own_texts_as_they_are_now_and_no_others(texts: Texts) -> None:
    def query(name: str, link: str = "1") -> Text:
        return Text("query", name, name, "", link)

    assert found(texts, "Umsatz nach Land", own=(query("Umsatz nach Land"),))[0] == "Umsatz nach Land"
    assert "Umsatz nach Land" not in found(texts, "Umsatz nach Land", tenant="theirs", own=(query("Bestellungen"),))
    assert "Umsatz nach Land" in found(texts, "Umsatz nach Land", own=(query("Umsatz nach Land"), query("Umsatz", "2")))
    assert found(texts, "Umsatz", own=(query("Umsatz im Jahr"),))[0] == "Umsatz im Jahr"
    assert "Umsatz nach Land" not in found(texts, "Umsatz nach Land", own=(query("Umsatz im Jahr"),))
    assert found(texts, "Umsatz im Jahr") == []
