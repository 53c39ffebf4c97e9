"""What the edge knows of a request, handed to routes without asking FastAPI for it.

A route names it in its signature as any dependency. FastAPI would open a place for each of them, resolve what it needs
(nothing) and look whether it may be cached, at every request; a route gets it put into its arguments instead. Where
another dependency asks for it, FastAPI does as it always does.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from fastapi import Depends
from fastapi.params import Depends as Dependency
from starlette.requests import Request

Endpoint = Callable[..., Coroutine[Any, Any, Any]]
Of = Callable[[Request], Any]
_OF: dict[Callable[..., Any] | None, Of] = {}
_REQUEST = "the_request"


def given(of: Of) -> Dependency:
    """A dependency on what `of` finds in the request; it must not wait for anything."""

    async def asked(request: Request) -> Any:
        return of(request)

    _OF[asked] = of
    return Depends(asked)  # type: ignore[no-any-return]


def handed(endpoint: Endpoint) -> Endpoint:
    """The endpoint as FastAPI is to see it: of a request, and of what is not given."""
    hints = get_type_hints(endpoint, include_extras=True)
    signature = inspect.signature(endpoint)
    known = {name: of for name, hint in hints.items() if (of := _of(hint)) is not None}
    if not known:
        return endpoint
    own = next((name for name, hint in hints.items() if hint is Request), None)  # FastAPI gives it to one parameter

    @functools.wraps(endpoint)
    async def called(**values: Any) -> Any:
        request = values.pop(_REQUEST) if own is None else values[own]
        for name, of in known.items():
            values[name] = of(request)
        return await endpoint(**values)

    asked = [
        each.replace(annotation=hints.get(name, each.annotation), kind=inspect.Parameter.KEYWORD_ONLY)
        for name, each in signature.parameters.items()
        if name not in known
    ]
    if own is None:
        asked.append(inspect.Parameter(_REQUEST, inspect.Parameter.KEYWORD_ONLY, annotation=Request))
    called.__signature__ = signature.replace(parameters=asked)  # type: ignore[attr-defined]
    return called


def _of(hint: Any) -> Of | None:
    """How to find what a parameter with this annotation is given; None: FastAPI has to say."""
    if get_origin(hint) is not Annotated:
        return None
    found = (
        _OF.get(each.dependency) for each in get_args(hint)[1:] if isinstance(each, Dependency) and each.dependency
    )
    return next((of for of in found if of is not None), None)
