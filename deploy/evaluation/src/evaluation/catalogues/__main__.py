"""`python -m evaluation.catalogues [--check] [--root FOLDER]`: write the generated documents, or compare them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evaluation.catalogues.described import Described
from evaluation.catalogues.documents import broken_promises, differences, documents, write
from evaluation.catalogues.services import described_services

_ADVICE = """\
A published version of an event only ever gains optional fields. Give the change a new version of the type, published
side by side; of a type that was never released, delete the schema file first.
"""


def main(
    arguments: Sequence[str] | None = None, *, describe: Callable[[], Mapping[str, Described]] = described_services
) -> int:
    """0 when the documents are as the code has them (or were written so), 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.catalogues", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say what differs")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the checkout; by default the current folder")
    options = parser.parse_args(arguments)
    wanted = documents(describe())
    if broken := list(broken_promises(options.root, wanted)):
        sys.stderr.write("\n".join([*broken, _ADVICE]))
        return 1
    if options.check:
        found = list(differences(options.root, wanted))
        sys.stderr.write("".join(f"{line}; `make catalogues` writes it anew\n" for line in found))
        return 1 if found else 0
    write(options.root, wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
