"""Runs a command and tells the peak of its memory: `python -I -S peak.py FILE COMMAND...`.

A program of its own because Linux counts what a process held before it became another program: started straight from a
process of 300 MiB, everything would seem to need 300 MiB. FILE gets the exit code and the peak in KiB.
"""

import os
import sys
from pathlib import Path

pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
Path(sys.argv[1]).write_text(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss}")
