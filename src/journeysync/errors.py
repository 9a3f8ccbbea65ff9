"""Errors, sorted by what the caller does about them.

::

    JourneySyncError
      ConfigError          stop before the first request; the person edits a file
      ConnectorError
        AuthFailed         stop this connection; the person renews a token
        Forbidden          the account may not do this; an administrator grants it
        Hidden, Gone       not ours to judge from one answer; confirm, then tell
        RateLimited        wait retry_after seconds, then go on
        Unavailable        retry with backoff, then leave this connection for this run
        TryLater           budget or quota used up: end cleanly, go on next time
        TicketRejected     skip this ticket, report it, go on
        TicketConflict     it changed since the plan: plan it again
      UnsafePlan           stop; a person looks at the plan and allows it
      PlanMoved            stop; the plan file no longer matches: plan anew
      StoreError           full, locked, newer schema: stop before the next request
      LeaseLost            stop after the operation under way

Every error says what, where and what to do next. The first line stands alone in
a log. No error ever carries a secret: the tracker's own words pass through
``http.redact`` before they get here.
"""

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command line; frozen (docs/cli.md)."""

    DONE = 0
    ERROR = 1
    CHANGES_PENDING = 2
    PARTLY = 3
    AUTH = 4
    BRAKE = 5
    USAGE = 64
    TRY_LATER = 75
    INTERRUPTED = 130


class JourneySyncError(Exception):
    """Base of every error that a person can act on.

    Args:
        what: One line that stands alone in a log.
        where: File, line, connection or ticket it is about; empty if it is about none.
        next_step: What the reader does now.
    """

    exit_code = ExitCode.ERROR

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.next_step:
            lines.append(f"  next:  {self.next_step}")
        return "\n".join(lines)


class ConfigError(JourneySyncError):
    """A file, flag or environment variable is wrong; nothing was requested yet.

    Args:
        what: One line that stands alone in a log.
        where: File with line and column, or the flag.
        next_step: What the reader does now.
        problems: When several were found at once, each as one printable block.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, *, where: str = "", next_step: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(what, where=where, next_step=next_step)
        self.problems = tuple(problems)


class ConnectorError(JourneySyncError):
    """Something between us and a tracker.

    ``status`` is the HTTP status where there was one.
    """

    def __init__(self, what: str, *, where: str = "", next_step: str = "", status: int | None = None) -> None:
        super().__init__(what, where=where, next_step=next_step)
        self.status = status


class AuthFailed(ConnectorError):
    """The tracker does not know us: stop this connection, renew the token."""

    exit_code = ExitCode.AUTH


class Forbidden(ConnectorError):
    """The account is known and may not do this: an administrator grants it."""

    exit_code = ExitCode.AUTH


class Hidden(ConnectorError):
    """The tracker shows nothing there; it may exist without our permission."""


class Gone(ConnectorError):
    """The tracker says that it was deleted."""


class RateLimited(ConnectorError):
    """Too many requests: wait ``retry_after_seconds``, then go on."""

    exit_code = ExitCode.TRY_LATER

    def __init__(
        self, what: str, *, where: str = "", next_step: str = "", status: int | None = None, retry_after_seconds: float
    ) -> None:
        super().__init__(what, where=where, next_step=next_step, status=status)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(ConnectorError):
    """Outage, timeout, cut or unreadable answer: retried already, leave this connection for this run."""

    exit_code = ExitCode.TRY_LATER


class TryLater(ConnectorError):
    """A budget or quota is used up; what was done stays done, the next run goes on."""

    exit_code = ExitCode.TRY_LATER


class TicketRejected(ConnectorError):
    """The tracker refuses this change of this ticket: report it, go on with the others."""

    exit_code = ExitCode.PARTLY


class TicketConflict(ConnectorError):
    """The ticket changed since we read it: plan it again."""

    exit_code = ExitCode.PARTLY


class UnsafePlan(JourneySyncError):
    """A brake holds: ``brakes`` names each one, as ``--allow`` takes it."""

    exit_code = ExitCode.BRAKE

    def __init__(self, what: str, *, where: str = "", next_step: str = "", brakes: Sequence[str] = ()) -> None:
        super().__init__(what, where=where, next_step=next_step)
        self.brakes = tuple(brakes)


class PlanMoved(JourneySyncError):
    """Nothing of a plan file is still to be done as printed there."""

    exit_code = ExitCode.BRAKE


class StoreError(JourneySyncError):
    """The store is full, locked, damaged or of a newer release."""


class LeaseLost(JourneySyncError):
    """Another run took over this connection: stop after the operation under way."""

    exit_code = ExitCode.TRY_LATER
