"""The command line: arguments in, text out, no logic.

Everything heavy is imported inside the commands, so that ``--help`` stays quick.
"""

from journeysync.cli.main import main

__all__ = ["main"]
