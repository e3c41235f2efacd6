"""Settings of a task process: how rarely it looks for garbage, and how it returns freed memory."""

from __future__ import annotations

import ctypes
import functools
import gc
import os
import sys

#: glibc's names of these settings (mallopt(3)).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
#: Arrays of at least this size, in bytes, are separate mappings, which return to the system when they are freed.
SEPARATE_ABOVE = 1024 * 1024


@functools.cache
def collect_garbage_rarely() -> None:
    """Let the garbage collector pass over what is imported, and look for cycles less often. Done once per process.

    Modules stay until the process ends, and frames hold no cycles: without this a run of 50 changed registrants spends
    a quarter of its processor time on looking for garbage among them.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def return_freed_memory() -> None:
    """Let large arrays return to the system as soon as they are freed.

    By default glibc raises the size above which arrays are separate mappings to that of the largest freed one; later
    arrays then leave holes in its heap. Arrow's own allocators keep freed memory as well, so it uses that of glibc if
    it is not imported yet. Other C libraries have no such settings.
    """
    use_system_memory()
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, SEPARATE_ABOVE)
        mallopt(M_TRIM_THRESHOLD, SEPARATE_ABOVE)


def use_system_memory() -> None:
    """Let Arrow allocate by malloc; it reads this variable when it is imported first (Arrow documentation, Memory
    pools)."""
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
