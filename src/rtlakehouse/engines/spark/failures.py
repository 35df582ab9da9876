"""What Spark raises, as errors that say the fix."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from rtlakehouse.errors import EngineError, RtlError
from rtlakehouse.storage.durable import failure

__all__ = ["on_spark", "said"]

_NO_FILE = {"java.io.FileNotFoundException", "java.nio.file.NoSuchFileException"}
_DISK = "java.io.IOException"
_MEMORY = "java.lang.OutOfMemoryError"
# What Python raises in a task comes as text.
_TRACEBACK = "Traceback (most recent call last):"
_RAISED = re.compile(r"^[\w.]+: .+$", re.MULTILINE)
_ERRNO = re.compile(r"\[errno (\d+)\]", re.IGNORECASE)


@contextmanager
def on_spark(what: str) -> Iterator[None]:
    """Turn what Spark raises inside the block into an error that says the fix. `what` could not be done."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise _failure(what, error) from error


def said(error: Exception) -> str:
    """The innermost message: those around it repeat it, with pages of stack."""
    cause = _root_cause(error)
    message = str(error).split("JVM stacktrace", 1)[0].strip() if cause is None else str(cause.toString())
    _, traceback, raised = message.partition(_TRACEBACK)
    return _RAISED.findall(raised)[-1] if traceback else message


def _failure(what: str, error: Exception) -> RtlError:
    kinds, message = _kinds(_root_cause(error)), said(error).rstrip(".")
    if kinds & _NO_FILE:
        return failure(what, FileNotFoundError(errno.ENOENT, message))
    if number := _ERRNO.search(message):
        return failure(what, OSError(int(number[1]), message))
    if _DISK in kinds:
        return failure(what, OSError(message))
    fix = (
        "Give it more with spark_driver_mb or spark_executor_mb, or lower max_batch_events"
        if _MEMORY in kinds
        else "Start again what has stopped, and report it where it comes back"
    )
    return EngineError(f"{what} failed on Spark: {message}. {fix}; nothing acknowledged is lost.")


def _root_cause(error: Exception) -> Any:
    """The innermost Java exception; None where Java has raised none."""
    cause = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    while cause is not None and cause.getCause() is not None:
        cause = cause.getCause()
    return cause


def _kinds(cause: Any) -> set[str]:
    """The names of a Java exception's class and of those that it extends."""
    names, kind = set(), None if cause is None else cause.getClass()
    while kind is not None:
        names.add(kind.getName())
        kind = kind.getSuperclass()
    return names
