"""``python -m tests.fuzz SECONDS [FIRST_SEED]``: damaged plans for as long as wanted; a failure tells its seed."""

import sys
import time
import traceback
from collections import Counter

from tests.fuzz.check import check
from tests.fuzz.mutation import damage


def main(seconds: float, first: int) -> int:
    """0 where every document got its verdict, 1 otherwise."""
    verdicts: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    end, seed = time.monotonic() + seconds, first
    while time.monotonic() < end:
        try:
            verdicts[check(damage(seed)).word] += 1
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            name = f"{type(error).__name__} {place.filename.rpartition('/')[2]}:{place.lineno}"
            failed[name] += 1
            if failed[name] <= 3:
                print(f"seed {seed}: {name}", flush=True)
        seed += 1
    print(f"{seed - first} documents (seeds {first} to {seed - 1}): {dict(verdicts)}; failed: {dict(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())))
