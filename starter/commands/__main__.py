"""`python -m starter.commands` is the `retention` command."""

from starter.commands import main

if __name__ == "__main__":
    main()
