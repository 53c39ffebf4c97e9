"""A service as a process of its own, for a benchmark: `python -m bench.serving contracts|helpdesk DATABASE_URL`.

Prints one line of JSON, its port and a token, and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import sys
import time
from datetime import UTC, datetime

import uvicorn
import uvloop
from pydantic import SecretStr

from common.clock import FrozenClock
from common.testing import TestIssuer
from common.testing.suite import NoBus
from common.testing.tokens import AUDIENCE, ISSUER
from contracts.app import create_app as create_contracts
from contracts.settings import ContractsSettings
from helpdesk.app import create_app as create_helpdesk
from helpdesk.settings import HelpdeskSettings

_NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
_HOUR = 3600


_SERVICES = {"contracts": (create_contracts, ContractsSettings), "helpdesk": (create_helpdesk, HelpdeskSettings)}


async def serve(service: str, url: str) -> None:
    """Serve until nobody holds the other end of standard input."""
    issuer = TestIssuer()
    create_app, settings_of = _SERVICES[service]
    settings = settings_of(
        database_url=url,
        issuer=ISSUER,
        audience=AUDIENCE,
        jwks_url="http://127.0.0.1:9/jwks",
        secret_key=SecretStr(secrets.token_hex(32)),
        background=False,
        rate_limit_house=None,  # all clients ask in one name; how many may is not measured here
    )
    app = create_app(settings, NoBus(), FrozenClock(_NOW))
    app.state.keys = issuer.keys()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)  # whoever connects early waits until the application has started
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve([listening]))
    token = issuer.token("op-sato", ["operator"], exp=int(time.time()) + _HOUR)
    sys.stdout.write(json.dumps({"port": listening.getsockname()[1], "token": token}) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:]))
