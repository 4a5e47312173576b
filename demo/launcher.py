"""Becomes another program that dies with its parent, of `kill -9` included. Standard library only.

Run as a script: ``python -I -S launcher.py PARENT PROGRAM ARGUMENT…``. The kernel ties the death signal to the thread
that started the process: the supervisor starts its children from its main thread.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(sys.argv[1]):  # it died before the kernel was asked
            sys.exit(1)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606  (this is the point of the script)
