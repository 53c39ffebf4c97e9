"""A telephone system's side of 1,000 calls, as a program of its own: it knows the product only by its address.

`python telephones.py PORT SEED CALLS` reads the secret from standard input, tells of each call by its three signals (or
two: not answered), shuffled within a short stretch of time and some of them told twice or thrice, as JSON or as a form,
from eight connections at once. Then it prints what became of each call, which is what the product should say.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

PATH = "/api/helpdesk/v1/calls"
CONNECTIONS = 8
CUSTOMERS = [f"3{number:08d}" for number in range(10000000, 10000040)]
STRANGERS = [f"6{number:08d}" for number in range(20000000, 20000010)]
SPELLINGS = ("81{}", "+81{}", "0{}")


def a_call(number: int, fate: random.Random) -> tuple[dict[str, object], list[dict[str, str]]]:
    """What became of a call, and its signals in their order."""
    answered = fate.random() < 0.7
    withheld = fate.random() < 0.05
    caller = fate.choice(CUSTOMERS if fate.random() < 0.9 else STRANGERS)
    known = {
        "callId": f"call-{number}",
        "direction": "in",
        "from": "anonymous" if withheld else fate.choice(SPELLINGS).format(caller),
        "to": "81120000000",
    }
    signals = [{**known, "event": "newCall"}]
    if answered:
        signals.append({**known, "event": "answer", "user": "op-sato"})
    signals.append({**known, "event": "hangup", "cause": "normalClearing" if answered else "noAnswer"})
    truth: dict[str, object] = {
        "reference": known["callId"],
        "number": None if withheld else f"+81{caller}",
        "answered": answered,
    }
    return truth, signals


def disordered(calls: list[list[dict[str, str]]], fate: random.Random) -> list[dict[str, str]]:
    """All signals, some of them several times, none further from its place than the calls around it."""
    placed = [
        (number + fate.uniform(0, 20), signal)
        for number, signals in enumerate(calls)
        for signal in signals
        for _ in range(fate.choices((1, 2, 3), (8, 2, 1))[0])
    ]
    placed.sort(key=lambda each: each[0])
    return [signal for _, signal in placed]


def tell(port: int, secret: str, signals: list[dict[str, str]]) -> None:
    """Send signals over one connection; every answer must be 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for at, signal in enumerate(signals):
        form = at % 2 == 0
        body = urllib.parse.urlencode(signal) if form else json.dumps(signal)
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        connection.request("POST", PATH, body, {"Authorization": f"Bearer {secret}", "Content-Type": kind})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{signal} was answered {answer.status} {content!r}")
    connection.close()


def main() -> None:
    """Play, then print the truth."""
    port, seed, count = (int(word) for word in sys.argv[1:4])
    secret = sys.stdin.readline().strip()
    fate = random.Random(seed)  # noqa: S311 - chance, not a secret
    played = [a_call(number, fate) for number in range(count)]
    signals = disordered([own for _, own in played], fate)
    with ThreadPoolExecutor(CONNECTIONS) as lines:
        # Dealt out in turn: signals of one call are told at once over several connections.
        list(lines.map(lambda at: tell(port, secret, signals[at::CONNECTIONS]), range(CONNECTIONS)))
    sys.stdout.write(json.dumps({"calls": [truth for truth, _ in played], "signals": len(signals)}))


if __name__ == "__main__":
    main()
