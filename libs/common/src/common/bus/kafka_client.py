"""What publisher and subscription on Kafka share: waiting for librdkafka beside the event loop, its errors."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ParamSpec, Protocol, TypeVar

from confluent_kafka import KafkaError, KafkaException

from common.bus.access import KafkaAccess
from common.bus.protocol import BusUnavailable

log = logging.getLogger("anshin.bus")

ANSWER_SECONDS = 15.0

_ATTEMPT_SECONDS = 0.3
_LATE = f"no answer within {ANSWER_SECONDS:g} s"
_MAY_PASS = {KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._WAIT_COORD}
_NOBODY = {KafkaError._ALL_BROKERS_DOWN, KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError._RESOLVE}

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def answering() -> Iterator[None]:
    """Whatever the client library raises, as `BusUnavailable`."""
    try:
        yield
    except KafkaException as error:
        raise BusUnavailable(reason=words(error.args[0])) from error
    except TimeoutError as error:
        raise BusUnavailable(reason=_LATE) from error


def words(error: KafkaError) -> str:
    """What went wrong, in Kafka's words."""
    return f"{error.name()}: {error.str()}"


class Thread:
    """Where the blocking calls of one client run, one after the other."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    def begin(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        """A call that goes on whether or not somebody waits for it."""
        return asyncio.wrap_future(self._pool.submit(call, *args, **kwargs))

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a call; raises `BusUnavailable` for what the client library raises, and when it is late."""
        with answering():
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asyncio.shield(self.begin(call, *args, **kwargs))

    def end(self) -> None:
        """Takes no further calls."""
        self._pool.shutdown(wait=False)


class _Client(Protocol):
    def poll(self, timeout: float) -> Any: ...


class Connection:
    """The settings every client of a broker has, and what it says when there is nobody to talk to."""

    def __init__(self, access: KafkaAccess) -> None:
        self.settings: dict[str, Any] = {
            **access.for_librdkafka(),
            "error_cb": self._hear,
            "logger": log,
            "reconnect.backoff.max.ms": 1000,
            "topic.metadata.refresh.interval.ms": 30_000,
            "socket.keepalive.enable": True,
        }
        self._nobody: KafkaError | None = None

    def _hear(self, error: KafkaError) -> None:
        log.warning("Kafka: %s", words(error))
        if error.code() in _NOBODY:
            self._nobody = error

    def establish(self, client: _Client, ask: Callable[[float], object]) -> None:
        """Ask (for so many seconds) until there is an answer; raises `BusUnavailable` when nobody can give one."""
        until = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                ask(_ATTEMPT_SECONDS)
            except KafkaException as error:
                client.poll(0)  # hears meanwhile what else went wrong
                told: KafkaError = error.args[0]
                if self._nobody or not (told.retriable() or told.code() in _MAY_PASS):
                    raise BusUnavailable(reason=words(self._nobody or told)) from error
                if time.monotonic() > until:
                    raise BusUnavailable(reason=_LATE) from error
            else:
                return
