"""`python -m common.bus topics plan|apply --bootstrap host:port`: the topics of the suite on a Kafka broker.

`plan` shows what differs from the list and exits with 2 when something does; `apply` brings it there. Credentials come
from `KAFKA_SECURITY_PROTOCOL`, `KAFKA_SASL_MECHANISM`, `KAFKA_SASL_USERNAME`, `KAFKA_SASL_PASSWORD`, `KAFKA_CA_FILE`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from common.bus.access import KafkaCredentials
from common.bus.protocol import BusUnavailable
from common.bus.topic_plan import TopicAdministrator
from common.bus.topics import REPLICATION

DIFFERS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the broker is as listed (or was brought there), 2 when a plan has something to apply, 1 on failure."""
    parser = argparse.ArgumentParser(prog="python -m common.bus", description=__doc__)
    topics = parser.add_subparsers(required=True).add_parser("topics", help="compare with the list, or apply it")
    topics.add_argument("what", choices=["plan", "apply"])
    topics.add_argument("--bootstrap", required=True, help="host:port, several with commas")
    topics.add_argument("--replication", type=int, default=REPLICATION, help="replicas of each partition")
    asked = parser.parse_args(arguments)
    try:
        administrator = TopicAdministrator(KafkaCredentials().access(asked.bootstrap), replication=asked.replication)
        plan = administrator.plan()
        print("\n".join(plan.lines()))
        if asked.what == "apply":
            administrator.apply(plan)
            return 0
    except (BusUnavailable, ValueError) as error:
        print(f"{error}: {error.why}" if isinstance(error, BusUnavailable) else error, file=sys.stderr)
        return 1
    return 0 if plan.empty else DIFFERS


if __name__ == "__main__":
    sys.exit(main())
