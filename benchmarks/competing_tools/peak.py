"""Runs a command and writes its exit code and peak memory (KiB) to a file: `python -I -S peak.py FILE COMMAND...`.

A separate program, because Linux includes the memory that a process had before `exec`: every command started by a
process of 300 MiB would have a peak of at least 300 MiB.
"""

import os
import sys
from pathlib import Path

pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
Path(sys.argv[1]).write_text(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss}")
