"""How a web worker lives with Python's garbage collector: what start-up made is left alone, and young objects are
looked at less often.

One search makes some ten thousand small objects that die together by reference counting. With the default threshold
(700) the collector would look at them dozens of times in vain, in the middle of an answer (docs/adr/0004).
"""

import gc

YOUNG = 50_000
"""Allocations, less deallocations, before young objects are looked at: a few searches."""


def settle() -> None:
    """Call once, when everything that lives for ever is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
