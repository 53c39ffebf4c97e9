"""A process of its own that has one inquiry open: `python attending_process.py INQUIRY OPERATOR`.

Reads the database's URL from standard input; says so when it is there, and stays until it is killed.
"""

from __future__ import annotations

import asyncio
import sys

from common.db import Database
from helpdesk.api import attendance


async def main() -> None:
    inquiry, operator = sys.argv[1:]
    attendance.LEASE_SECONDS = 2.0
    database = await Database.open(sys.stdin.readline().strip(), service="helpdesk", package="helpdesk", size=1)
    async for _ in attendance.Attendance(database).attend(inquiry, operator):
        sys.stdout.write("there\n")
        sys.stdout.flush()


asyncio.run(main())
