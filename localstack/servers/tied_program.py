"""Run as a program, becomes another one that the kernel asks to end when the process that started it does.

`python tied_program.py PARENT SIGNAL USER PROGRAM [ARGUMENT ...]`: the parent's number, the signal that ends it, and
whom to run as, where `-` means whoever it is already. Only Linux ties; elsewhere the program just runs.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Change user, tie, and become the program: its number stays this process's."""
    parent, stop_signal, user, program, *arguments = sys.argv[1:]
    if user != "-":
        os.setuid(pwd.getpwnam(user).pw_uid)
    if sys.platform == "linux":
        # After the change of user, by which the kernel forgets the tie.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != int(parent):
            sys.exit("the parent ended before the kernel was asked")
    try:
        os.execvp(program, [program, *arguments])  # noqa: S606 - the programs are our own
    except OSError as error:
        sys.exit(f"{program}: {error.strerror}")


if __name__ == "__main__":
    main()
