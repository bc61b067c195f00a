"""`make chaos`: faults by the hundred under load, then the account. Exits 1 when a promise was broken.

python -m tests.chaos --rounds 100 --seed 1               orders as signals; servers, workers and customers end
python -m tests.chaos --front-door --rounds 40 --seed 1   orders over HTTP; the gateway ends too
python -m tests.chaos --sending --kills 400 --seed 1      messages; workers end in every window around a send
"""

import argparse
import asyncio
import sys
from time import monotonic

from tests.chaos.front_door import front_door
from tests.chaos.orders import orders
from tests.chaos.report import holds, report
from tests.chaos.sending import sending


def main() -> int:
    """Run, print the figures, and say whether every promise held."""
    given = _arguments()
    began = monotonic()
    if given.promise == "sending":
        what = f"{given.kills} kills"
        columns = asyncio.run(sending(given.kills, given.seed))
    else:
        what = f"{given.rounds} faults"
        run = front_door if given.promise == "front door" else orders
        columns = {"figure": asyncio.run(run(given.rounds, given.seed))}
    report(f"{what}, seed {given.seed}, {monotonic() - began:.0f} seconds", columns)
    return 0 if holds(columns) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    promise = parser.add_mutually_exclusive_group()
    promise.set_defaults(promise="orders")
    for option, says in (
        ("--front-door", "sell over HTTP, and kill the gateway too"),
        ("--sending", "kill workers around each send, and count what arrives"),
    ):
        promise.add_argument(
            option, dest="promise", action="store_const", const=option.strip("-").replace("-", " "), help=says
        )
    parser.add_argument("--rounds", type=int, default=100, help="how many faults (100)")
    parser.add_argument("--kills", type=int, default=400, help="how many kills with --sending (400)")
    parser.add_argument("--seed", type=int, default=1, help="which run of chance (1)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
