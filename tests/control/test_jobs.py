"""Jobs in the control store: queued once, handed out in order, cancelled, and taken up again after whoever did them is gone."""

from __future__ import annotations

import pytest

from rtlakehouse.clock import ManualClock
from rtlakehouse.control import JobKind, Jobs, JobState, Store
from rtlakehouse.errors import KeyReusedError, NotFoundError


@pytest.fixture
def jobs(store: Store, clock: ManualClock) -> Jobs:
    return Jobs(store, clock)


def test_jobs_are_handed_out_in_their_order_and_keep_what_they_came_to(jobs: Jobs) -> None:
    first = jobs.ask("acme", JobKind.VACUUM, {"tables": ["silver.events"]}, "Room is needed.")
    second = jobs.ask("acme", JobKind.VERIFY, {})
    assert (first.state, first.options, first.why) == (JobState.QUEUED, {"tables": ["silver.events"]}, "Room is needed.")
    running = jobs.next()
    assert running is not None
    assert (running.id, running.state, running.attempts) == (first.id, JobState.RUNNING, 1)
    assert jobs.progress(first.id, 1, 2)
    jobs.end(first.id, JobState.DONE, [{"table": "silver.events"}])
    done = jobs.get(first.id)
    assert (done.state, done.done, done.steps, done.result) == (JobState.DONE, 1, 2, [{"table": "silver.events"}])
    assert [job.id for job in jobs.newest(10)] == [second.id, first.id]
    assert [job.id for job in jobs.newest(10, before=second.id)] == [first.id]
    assert [job.id for job in jobs.newest(10, state=JobState.QUEUED)] == [second.id]


def test_a_key_stands_for_one_job_of_its_tenant(jobs: Jobs) -> None:
    first = jobs.ask("acme", JobKind.VACUUM, {}, key="k", digest="a")
    assert jobs.ask("acme", JobKind.VACUUM, {}, key="k", digest="a") == first
    assert jobs.ask("other", JobKind.VACUUM, {}, key="k", digest="b").id != first.id
    with pytest.raises(KeyReusedError, match="another job"):
        jobs.ask("acme", JobKind.VERIFY, {}, key="k", digest="b")
    assert len(jobs.newest(10)) == 2


def test_one_that_waits_is_cancelled_at_once_and_one_that_runs_is_told(jobs: Jobs) -> None:
    runs, waits = (jobs.ask("acme", JobKind.VERIFY, {}) for _ in range(2))
    jobs.next()
    assert jobs.cancel(waits.id).state is JobState.CANCELLED
    assert jobs.cancel(runs.id).state is JobState.RUNNING
    assert not jobs.progress(runs.id, 1, 2)
    jobs.end(runs.id, JobState.CANCELLED, [])
    assert jobs.cancel(runs.id).state is JobState.CANCELLED
    assert jobs.next() is None


def test_a_job_that_the_engine_ended_with_is_begun_again_until_it_is_given_up(jobs: Jobs) -> None:
    asked = jobs.ask("acme", JobKind.OPTIMIZE, {})
    for attempt in (1, 2, 3):
        again = jobs.next()
        assert again is not None
        assert (again.id, again.attempts) == (asked.id, attempt)
        jobs.resume()
    assert (jobs.get(asked.id).state, jobs.next()) == (JobState.FAILED, None)
    assert "3 times" in str(jobs.get(asked.id).error)


def test_a_job_that_was_to_end_when_the_engine_did_is_cancelled(jobs: Jobs) -> None:
    asked = jobs.ask("acme", JobKind.OPTIMIZE, {})
    jobs.next()
    jobs.cancel(asked.id)
    jobs.resume()
    assert jobs.get(asked.id).state is JobState.CANCELLED


def test_a_job_of_another_tenant_is_as_if_it_had_never_been(jobs: Jobs) -> None:
    asked = jobs.ask("acme", JobKind.OPTIMIZE, {})
    for act in (jobs.get, jobs.cancel):
        with pytest.raises(NotFoundError, match="rtl jobs"):
            act(asked.id, "other")
    assert jobs.newest(10, tenant_id="other") == []
    assert jobs.get(asked.id, "acme").state is JobState.QUEUED
