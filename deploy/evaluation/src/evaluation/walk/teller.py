"""Says on the terminal what was asked, what was answered, which events followed, and what was refused by which rule."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

_WIDTH = 116


class Teller(Protocol):
    """Who listens to the walk."""

    def step(self, title: str) -> None:
        """A new step of the main job."""
        ...

    def scene(self, text: str) -> None:
        """What happens now, in a sentence."""
        ...

    def asked(self, who: str, call: str, body: Mapping[str, Any] | None) -> None:
        """A request."""
        ...

    def answered(self, status: int, body: Any) -> None:
        """Its answer."""
        ...

    def refused(self, status: int, code: str, rule_ids: Sequence[str], why: Mapping[str, Any]) -> None:
        """A refusal that was expected."""
        ...

    def event(self, service: str, name: str, subject: str) -> None:
        """A fact that was published."""
        ...


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


class Terminal:
    """Tells on standard output, with colours where there is a terminal."""

    def __init__(self) -> None:
        self._colours = sys.stdout.isatty()

    def _line(self, text: str, colour: str = "") -> None:
        if colour and self._colours:
            text = f"\x1b[{colour}m{text}\x1b[0m"
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def step(self, title: str) -> None:
        """A new step of the main job."""
        self._line(f"\n── {title} " + "─" * max(2, 100 - len(title)), "1")

    def scene(self, text: str) -> None:
        """What happens now."""
        self._line(f"\n{text}", "36")

    def asked(self, who: str, call: str, body: Mapping[str, Any] | None) -> None:
        """A request."""
        self._line(f"  {who:<22} {call}" + (f"  {_short(body)}" if body is not None else ""))

    def answered(self, status: int, body: Any) -> None:
        """Its answer."""
        self._line(f"  {'':<22} → {status} {_short(body)}", "32")

    def refused(self, status: int, code: str, rule_ids: Sequence[str], why: Mapping[str, Any]) -> None:
        """A refusal."""
        self._line(f"  {'':<22} → {status} {code}  [{', '.join(rule_ids)}]  {_short(why)}", "33")

    def event(self, service: str, name: str, subject: str) -> None:
        """A published fact."""
        self._line(f"  {'':<22}   ⚑ {service}: {name} {subject}", "35")


class Silence:
    """Tells nothing."""

    def step(self, title: str) -> None:
        """Nothing."""

    def scene(self, text: str) -> None:
        """Nothing."""

    def asked(self, who: str, call: str, body: Mapping[str, Any] | None) -> None:
        """Nothing."""

    def answered(self, status: int, body: Any) -> None:
        """Nothing."""

    def refused(self, status: int, code: str, rule_ids: Sequence[str], why: Mapping[str, Any]) -> None:
        """Nothing."""

    def event(self, service: str, name: str, subject: str) -> None:
        """Nothing."""
