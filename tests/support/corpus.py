"""Plans that nobody here wrote: the few in tests/corpus, or all of a larger collection where there is one.

A collection is a folder with an ``index.json`` like ours; PLAN_REVIEW_CORPUS names it, and ``../shared/corpus`` beside
the checkout is found by itself.
"""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

OWN = Path(__file__).parents[1] / "corpus"
SHARED = Path(__file__).parents[3] / "shared" / "corpus"


class Entry(Struct, frozen=True, kw_only=True):
    """A file of the collection: where it is from and its rows by action, counted by somebody else."""

    file: str
    origin: str
    counts: dict[str, int] | None = None


def corpus_folder() -> Path:
    named = os.environ.get("PLAN_REVIEW_CORPUS", "")
    return next(folder for folder in (Path(named), SHARED, OWN) if str(folder) != "." and folder.is_dir())


def list_corpus() -> tuple[Entry, ...]:
    return msgspec.json.decode((corpus_folder() / "index.json").read_bytes(), type=tuple[Entry, ...])
