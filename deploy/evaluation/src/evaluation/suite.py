"""All five services behind one address, in one process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

import contracts.app
import contracts.settings
import dispatch.app
import dispatch.settings
import helpdesk.app
import helpdesk.settings
import loaner.app
import loaner.settings
import mdm_gateway.app
import mdm_gateway.settings
from common.assembly import Service, authenticator_of, keys_of
from common.bus.access import KafkaAccess
from common.bus.embedded import EmbeddedBus, role_of
from common.bus.kafka import KafkaBus
from common.bus.protocol import Bus
from common.clock import SystemClock
from common.http.issuer_keys import KeySource
from evaluation.business_time import BusinessTime, clock_of
from evaluation.issuer import EvaluationIssuer, secret_text
from evaluation.sandbox import front_app
from evaluation.settings import EvaluationSettings

KAFKA = "kafka://"
ONE_MACHINE = "1000/s burst 10000"  # everybody here is one person at one machine, and scripts of theirs
POLL_SECONDS = 0.5  # only a safety net: everything here wakes everything else in-process


@dataclass(frozen=True)
class _Kind:
    create: Callable[..., FastAPI]
    settings: Callable[..., Any]
    prefixes: tuple[str, ...]


_KINDS: Mapping[str, _Kind] = {
    "contracts": _Kind(contracts.app.create_app, contracts.settings.ContractsSettings, ("/api/contracts/",)),
    "helpdesk": _Kind(helpdesk.app.create_app, helpdesk.settings.HelpdeskSettings, ("/api/helpdesk/",)),
    "dispatch": _Kind(dispatch.app.create_app, dispatch.settings.DispatchSettings, ("/api/dispatch/",)),
    "loaner": _Kind(loaner.app.create_app, loaner.settings.LoanerSettings, ("/api/loaner/",)),
    "mdm-gateway": _Kind(mdm_gateway.app.create_app, mdm_gateway.settings.MdmGatewaySettings, ("/api/mdm/", "/mdm/")),
}


class Suite:
    """The five applications and the front, built but not started; `keys` instead of those the issuer publishes."""

    def __init__(
        self, settings: EvaluationSettings, database_url_of: Callable[[str], str], *, keys: KeySource | None = None
    ) -> None:
        data = settings.data_dir
        self.settings = settings
        self.issuer = EvaluationIssuer(data / "issuer-key.pem", url=settings.address)
        sandbox_clock = clock_of(data / "clock.json", start=settings.sandbox_start) if settings.sandbox else None
        secret = secret_text(data / "secret-key")
        bus = bus_of(settings, database_url_of)
        self.apps: dict[str, FastAPI] = {}
        for name, kind in _KINDS.items():
            chosen = kind.settings(
                database_url=database_url_of(role_of(name)),
                **settings.trust(),
                secret_key=f"{name}:{secret}",
                bus=settings.bus,
                poll_seconds=POLL_SECONDS,
                **dict.fromkeys(("rate_limit_house", "rate_limit_partner", "rate_limit_anonymous"), ONE_MACHINE),
            )
            self.apps[name] = kind.create(chosen, bus, sandbox_clock or SystemClock())
        self.services: list[Service] = [app.state.service for app in self.apps.values()]
        trusting = self.services[0].settings
        keys = keys or keys_of(trusting)
        for app in self.apps.values():
            app.state.keys = keys  # one reading serves all five
        business_time = BusinessTime(sandbox_clock, self.services, data / "clock.json") if sandbox_clock else None
        self.front = front_app(
            services=self.apps,
            issuer=self.issuer,
            authenticator=authenticator_of(trusting, keys),
            business_time=business_time,
        )
        self.asgi: ASGIApp = _ByPrefix(self.apps, self.front)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start all services, in the order in which their facts flow, and stop them in reverse."""
        if self.settings.bus.startswith(KAFKA):
            from common.bus.topic_plan import ensure_topics  # noqa: PLC0415 - a second Kafka client, seldom needed

            await ensure_topics(KafkaAccess(bootstrap=self.settings.bus.removeprefix(KAFKA)))
        async with AsyncExitStack() as stack:
            for app in self.apps.values():
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield


def bus_of(settings: EvaluationSettings, database_url_of: Callable[[str], str]) -> Bus:
    """The bus that the settings name."""
    if settings.bus.startswith(KAFKA):
        return KafkaBus(settings.bus.removeprefix(KAFKA))
    return EmbeddedBus(lambda service: database_url_of(role_of(service)), poll=POLL_SECONDS)


class _ByPrefix:
    """Hands each request to the application whose paths it belongs to."""

    def __init__(self, apps: Mapping[str, FastAPI], front: FastAPI) -> None:
        self._routes = [(prefix, apps[name]) for name, kind in _KINDS.items() for prefix in kind.prefixes]
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        for prefix, app in self._routes:
            if path.startswith(prefix):
                await app(scope, receive, send)
                return
        await self._front(scope, receive, send)
