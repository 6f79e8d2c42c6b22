"""`make bench`: measures everything in one run and prints a table; fails when a bound is missed."""

import os
import platform
import sys
from datetime import UTC, datetime

from benchmarks import (
    cold_start,
    memory,
    sandbox_start,
    sizes,
    slack_ack,
    slack_cards,
    streams,
)
from benchmarks.table import Row, draw

_MEASUREMENTS = (streams, memory, cold_start, sizes, sandbox_start, slack_ack, slack_cards)


def main() -> int:
    """Run every measurement; answers 1 when one misses its bound."""
    rows: list[Row] = []
    for measurement in _MEASUREMENTS:
        print(f"measuring {measurement.__name__.rpartition('.')[2]} …", file=sys.stderr)
        rows += measurement.measure()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {machine}\n\n{draw(rows)}")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
