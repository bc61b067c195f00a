"""A program that replaces itself with another one, which the kernel ends together with the parent process.

`python tied_program.py PARENT SIGNAL USER PROGRAM [ARGUMENT ...]`: the parent's process id, the signal that ends the
program, and the user to run as; `-` is the current user. Only Linux supports this; elsewhere the program just runs.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Change the user, ask the kernel for the signal, and become the program with this process's id."""
    parent, stop_signal, user, program, *arguments = sys.argv[1:]
    if user != "-":
        os.setuid(pwd.getpwnam(user).pw_uid)
    if sys.platform == "linux":
        # After the change of user, which resets this setting.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != int(parent):
            sys.exit("the parent ended before its end could be watched")
    try:
        os.execvp(program, [program, *arguments])  # noqa: S606 - the programs are our own
    except OSError as error:
        sys.exit(f"{program}: {error.strerror}")


if __name__ == "__main__":
    main()
