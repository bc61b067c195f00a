"""Run the property tests with new seeds until the time is over: `python -m tests.fuzz --minutes 60`.

Further arguments go to pytest, such as a path. The exit status is 1 when an example was found that fails.
"""

import argparse
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

FUZZ_PROFILE = "fuzz"
FAILED, NO_TESTS = 1, 5
FAILURES = "= FAILURES ="


@dataclass(frozen=True)
class Round:
    """One run of the property tests: how pytest ended, and what it printed."""

    seed: int
    status: int
    output: str
    is_whole: bool

    @property
    def found(self) -> str | None:
        """The failures with their examples, as pytest reports them."""
        lines = self.output.splitlines()
        begin = next((place for place, line in enumerate(lines) if FAILURES in line), None)
        return None if begin is None else "\n".join(lines[begin:])

    @property
    def summary(self) -> str:
        """The last line, such as `176 passed in 60.12s`."""
        return next((line.strip("= ") for line in reversed(self.output.splitlines()) if line), "no output")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run round after round; gives the exit status."""
    options, for_pytest = _parser().parse_known_args(arguments)
    seeds = [options.seed] if options.seed is not None else iter(lambda: random.randrange(2**32), None)
    end = time.monotonic() + options.minutes * 60
    rounds: list[Round] = []
    for seed in seeds:
        done = run_round(seed, for_pytest, None if options.seed is not None else end)
        rounds.append(done)
        print(f"round {len(rounds)}, seed {done.seed}: {done.summary}", flush=True)
        if done.found:
            print(done.found)
            print(f"To repeat it: make fuzz ARGS='--seed {done.seed} {' '.join(for_pytest)}'", flush=True)
        elif done.status not in {0, FAILED} and done.is_whole:
            print(done.output, file=sys.stderr)
            return done.status
        if not done.is_whole or time.monotonic() >= end:
            break
    failed = [done.seed for done in rounds if done.found]
    print(f"{len(rounds)} rounds, {len(failed)} with failures" + "".join(f", seed {seed}" for seed in failed))
    return 1 if failed else 0


def run_round(seed: int, for_pytest: Sequence[str], end: float | None) -> Round:
    """Run all property tests with one seed; pytest is interrupted at `end`, and reports what it found by then."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "hypothesis", "-n", "2", "--no-header", "--tb=short"]
    command += [f"--hypothesis-profile={FUZZ_PROFILE}", f"--hypothesis-seed={seed}", *for_pytest]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8") as running:
        try:
            output, _ = running.communicate(timeout=None if end is None else max(1.0, end - time.monotonic()))
            return Round(seed, running.returncode, output, is_whole=True)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGINT)
        except KeyboardInterrupt:
            pass  # Ctrl-C reaches pytest too
        output, _ = running.communicate()
        return Round(seed, running.returncode, output, is_whole=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=10, help="how long to look, 10 when it is not given")
    parser.add_argument("--seed", type=int, help="run one round with this seed, to repeat what was found")
    return parser


if __name__ == "__main__":
    sys.exit(main())
