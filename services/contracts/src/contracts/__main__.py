"""`python -m contracts api | worker | migrate | dead-letters | rebuild | catalogue | import-legacy | republish`."""

from __future__ import annotations

from common.main import main
from contracts.app import create_app
from contracts.orders.catalogue import CATALOGUE
from contracts.orders.legacy_import import IMPORT_LEGACY
from contracts.orders.republish import REPUBLISH
from contracts.settings import ContractsSettings

if __name__ == "__main__":
    main("contracts", ContractsSettings, create_app, orders=(CATALOGUE, IMPORT_LEGACY, REPUBLISH))
