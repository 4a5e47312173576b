"""How a web worker lives with Python's garbage collector: what start-up made is left alone, and young objects are
looked at less often.

One search makes some ten thousand small objects that die together by reference counting. With the default threshold
(700) the collector would look at them dozens of times in vain, in the middle of an answer (docs/adr/0004).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 50_000
"""Allocations, less deallocations, before young objects are looked at: a few searches."""


def settle() -> None:
    """Call once, when everything that lives for ever is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)


@contextmanager
def settled() -> Iterator[None]:
    """The same for a while, as benchmarks need; the collector is then as it was."""
    thresholds = gc.get_threshold()
    settle()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
