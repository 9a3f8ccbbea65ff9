"""The exit code of work on several connections: one rule, for every command (docs/cli.md)."""

from collections.abc import Iterable

from journeysync.errors import ExitCode

WEAKEST_FIRST = (0, 2, 1, 3, 75, 4, 5, 64, 130)


def strongest(codes: Iterable[int]) -> ExitCode:
    """Return the code that wins where several apply: 130 over 64 over 5 over 4 over 75 over 3 over 1 over 2."""
    return ExitCode(max(codes, key=WEAKEST_FIRST.index, default=0))


def exit_code_of(connections: Iterable[int], *, partly: bool = False) -> ExitCode:
    """Return the exit code of a command.

    Args:
        connections: One code a connection that took part, 0 where it worked. Where some worked and some failed,
            the whole is "partly done" (3); the code of each stands in the JSON.
        partly: Single tickets failed.
    """
    codes = list(connections)
    if any(codes) and not all(codes):
        partly, codes = True, []
    return strongest([*codes, ExitCode.PARTLY if partly else ExitCode.DONE])
