"""`python -m evaluation`: the whole suite with one command, nothing installed but Python."""

from __future__ import annotations

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from common.logs import configure_logging
from evaluation.postgres import EmbeddedPostgres
from evaluation.schema import DATABASE, bring_up_to_date
from evaluation.settings import EvaluationSettings, data_directory


def main() -> int:
    """Start PostgreSQL, bring the schemas up to date, serve, play the demo on an empty database; until told to stop."""
    started = time.perf_counter()
    settings = EvaluationSettings()
    settings = settings.model_copy(update={"data_dir": data_directory(settings)})
    configure_logging(settings.log_level)
    postgres = EmbeddedPostgres(settings.data_dir / "postgres")
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="database") as aside:
            database = aside.submit(_start_database, postgres, settings)
            # Reading five services takes longer than starting PostgreSQL: both at once.
            from evaluation.serving import build, serve  # noqa: PLC0415

            database.result()
        suite = build(settings, lambda role: postgres.role_url(role, DATABASE))
        return asyncio.run(serve(suite, started))
    finally:
        postgres.stop()


def _start_database(postgres: EmbeddedPostgres, settings: EvaluationSettings) -> None:
    postgres.start()
    bring_up_to_date(postgres.admin_url(), postgres.admin_url(DATABASE), settings.data_dir / "schema-stamp")


if __name__ == "__main__":
    sys.exit(main())
