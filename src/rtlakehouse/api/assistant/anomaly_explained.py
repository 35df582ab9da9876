"""An anomaly explained: why it is one, what was around it, how far it is from what was expected, and what moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from rtlakehouse.anomalies.identity import Identity
from rtlakehouse.anomalies.judging import figure
from rtlakehouse.api.anomalies.causes import tables_of_causes
from rtlakehouse.api.anomalies.schemas import AnomalyDetail, Causes, MovedPart
from rtlakehouse.api.anomalies.service import anomaly
from rtlakehouse.api.answers import Reading
from rtlakehouse.api.assistant.asking import versions_of
from rtlakehouse.api.assistant.explain_schemas import AssistantExplanation, ExplainedSentence, ExplanationLink, Topic
from rtlakehouse.api.assistant.explaining import explanation
from rtlakehouse.assistant.explaining import PRODUCT
from rtlakehouse.ml import detector
from rtlakehouse.semantic.catalogue import load

__all__ = ["anomaly_explained", "tables_of_anomaly"]

_SEGMENTS = 3
_PRODUCTS = 2


def tables_of_anomaly(identity: Identity) -> list[str]:
    """Every table that the explanation takes."""
    return sorted({identity.subject.table, *tables_of_causes(identity.subject)})


def anomaly_explained(reading: Reading, identity: Identity) -> AssistantExplanation:
    """A minute that was told, in words. Raises NotFoundError where there is no such minute, or no such detector."""
    tables = tables_of_anomaly(identity)
    versions = versions_of(reading, tables)
    found = anomaly(reading, identity, detector(identity.detector), versions)
    pinned = urlencode({"as_of": ",".join(f"{name}={version}" for name, version in versions.items())})
    link = ExplanationLink(method="GET", path=f"/api/v1/anomalies/{identity}?{pinned}")
    sentences = [ExplainedSentence(about=about, text=text) for about, text in _sentences(found)]
    return explanation(reading, sentences, tables, [link], anomaly=str(identity))


def _sentences(found: AnomalyDetail) -> Iterator[tuple[Topic, str]]:
    yield "what", f"At {found.window_start:%Y-%m-%d %H:%M} UTC {found.reason}. {_standing(found)}"
    if found.expected:
        apart = (found.judged - found.expected) / found.expected
        yield "change", f"That is {apart:+.0%} against the {figure(found.metric, found.expected)} that was to be expected."
    high, low = (pick(found.course, key=lambda each: each.judged) for pick in (max, min))
    ends = (f"{each.window_start:%H:%M}, {figure(found.metric, each.judged)}" for each in (high, low))
    yield "extremes", "In the half hour before and after it was highest at {}, and lowest at {}.".format(*ends)
    known = [each for each in found.course if each.low is not None and each.high is not None]
    if known:
        outside = sum(not (each.low or 0) <= each.judged <= (each.high or 0) for each in known)
        yield "expected", f"Of these {len(known)} minutes {outside} lay outside of the range that was expected."
    yield "moved", _moved(found.causes)


def _standing(found: AnomalyDetail) -> str:
    if found.is_anomaly:
        return f"It is told as {found.severity}."
    if found.severity is None:
        return "It lies in the range now: events that came later have corrected it, or it was another version that told it."
    return "It is not told as an anomaly: one was told within the hour before it."


def _moved(causes: Causes) -> str:
    if not causes.days:
        return "No day before it is known at these minutes, so nothing can be said of what moved."
    parts = [*_first(causes.data, products=False), *_first(causes.data, products=True)]
    if not parts:
        return "No country, device, campaign, referrer or product has moved."
    told = "; ".join(_part(causes, part) for part in parts)
    days = "the day" if causes.days == 1 else f"the {causes.days} days"
    return f"What moved most against the same minutes of {days} before: {told}."


def _first(parts: Sequence[MovedPart], *, products: bool) -> list[MovedPart]:
    return [part for part in parts if (part.dimension == PRODUCT) is products][: _PRODUCTS if products else _SEGMENTS]


def _part(causes: Causes, part: MovedPart) -> str:
    title = load().dimension(part.dimension).title.lower()
    return f"{title} {part.value}: {figure(causes.metric, part.now)}, usually {figure(causes.metric, part.usual)}"
