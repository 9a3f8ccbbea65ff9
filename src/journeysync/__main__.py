"""``python -m journeysync``: the same as the command."""

from journeysync.cli import main

main()
