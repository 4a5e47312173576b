"""Becomes PostgreSQL: ties its life to the process that asked for it, leaves root behind, then executes it.

Run as a script in a process of its own (``python -I -S embedded_postgres_launcher.py PARENT UID PROGRAM ARGUMENT…``),
because both steps concern a whole process and must not happen in a fork of one that has threads. It imports the
standard library only. Exit status 2: this kernel or container refuses a user namespace.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
NAMESPACE_REFUSED = 2


def leave_root(uid: int) -> None:
    """Enter a user namespace where root is called ``uid``.

    PostgreSQL refuses to run as root. Under another name in a namespace it keeps root's access to its files, so no
    user is created, and no directory changes its owner or its mode.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        sys.exit(NAMESPACE_REFUSED)
    for file, text in (("setgroups", "deny"), ("uid_map", f"{uid} 0 1"), ("gid_map", f"{uid} 0 1")):
        try:
            with open(f"/proc/self/{file}", "w", encoding="ascii") as handle:
                handle.write(text)
        except OSError:
            sys.exit(NAMESPACE_REFUSED)


def stop_with(parent: int) -> None:
    """Ask the kernel for a SIGINT (PostgreSQL's fast, clean stop) when ``parent`` dies, of ``kill -9`` included."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:  # it died before the kernel was asked
        sys.exit(1)


if __name__ == "__main__":
    if sys.argv[2] != "-":
        leave_root(int(sys.argv[2]))
    if sys.platform == "linux":  # after the namespace: a change of identity forgets the death signal
        stop_with(int(sys.argv[1]))
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606  (this is the point of the script)
