"""While commits land, an ETag stands for one answer: the same ETag is the same bytes, and a 304 is never of changed content."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.conftest import NOW, SiteMaker
from api.questions import Question, fixed, of_site
from api.serving import Site, until
from api.test_time_travel import event

READERS = 3
# How a page was pinned, which the tag of a page tells, too.
CURSOR = re.compile(rb'"next_cursor":"[^"]*"')


class Reader:
    """Asks at random, and again with the tag that it had last, and notes what each tag stood for."""

    def __init__(self, site: Site, questions: list[Question], seed: int, bodies: dict[str, bytes]) -> None:
        self._site = site
        self._questions = questions
        self._draw = random.Random(seed)
        self._bodies = bodies
        self._tags: dict[str, str] = {}
        self.looks = 0
        self.seen: Counter[str] = Counter()

    def read(self, over: threading.Event) -> None:
        while not over.is_set():
            self._look(self._draw.choice(self._questions))
            self.looks += 1

    def _look(self, question: Question) -> None:
        known = self._tags.get(str(question))
        answer = self._ask(question, {} if known is None else {"If-None-Match": known})
        if answer.status_code == 304:
            self.seen["unchanged"] += 1
            assert (answer.headers["etag"], answer.content) == (known, b"")
            # Of just those versions: what the client has must be what they say.
            again = self._ask(question, {}, as_of=answer.headers["x-lake-versions"])
            # A few tell of the present alone.
            if again.status_code != 422:
                self._note(question, again)
                # Windows are final by the clock now, by the past's own time then.
                if b'"next_cursor"' in again.content and question.path != "/windows":
                    assert CURSOR.sub(b"", again.content) == CURSOR.sub(b"", self._bodies[known or ""]), question
            return
        assert answer.headers["etag"] != known, question
        self.seen["changed" if known else "new"] += 1
        self._tags[str(question)] = self._note(question, answer)

    def _note(self, question: Question, answer: httpx.Response) -> str:
        assert answer.status_code == 200, (question, answer.text)
        etag: str = answer.headers["etag"]
        assert self._bodies.setdefault(etag, answer.content) == answer.content, (question, etag)
        return etag

    def _ask(self, question: Question, headers: dict[str, str], **more: str) -> httpx.Response:
        return self._site.client.get(f"/api/v1{question.path}", params=question.parameters | more, headers=headers)


@pytest.mark.parametrize(
    ("commits", "looks"), [(6, 20), pytest.param(60, 60, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
)
def test_while_commits_land_one_tag_stands_for_the_same_bytes(
    commits: int, looks: int, on_copy: SiteMaker, chance: random.Random
) -> None:
    # Nothing is kept, so each answer is worked out anew.
    with on_copy(cache_entries=0) as site, ThreadPoolExecutor(READERS) as threads:
        questions = [question for question in (*fixed(NOW), *of_site(site)) if not question.path.startswith("/forecasts")]
        bodies: dict[str, bytes] = {}
        over = threading.Event()
        readers = [Reader(site, chance.sample(questions, 12), chance.random().__hash__(), bodies) for _ in range(READERS)]
        reading = [threads.submit(reader.read, over) for reader in readers]
        try:
            for i in range(commits):
                before = sum(reader.looks for reader in readers)
                until(lambda: sum(r.looks for r in readers) >= before + looks or any(r.done() for r in reading), "they have read")  # noqa: B023
                site.post(event(i), b"broken")
                site.refine()
        finally:
            over.set()
        for each in reading:
            each.result()
        seen = sum((reader.seen for reader in readers), Counter())
        assert min(seen["unchanged"], seen["changed"], seen["new"]) > 0, seen
