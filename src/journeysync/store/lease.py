"""One run a connection at a time, for the command line, ``serve`` and workers alike."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, update

from journeysync.errors import LeaseLost
from journeysync.store import bulk, dialect, schema
from journeysync.store.columns import micros, plain
from journeysync.store.database import Database
from journeysync.store.process import may_live
from journeysync.store.values import Lease

_L = schema.lease
_COLUMNS = ("connection", "holder", "until", "token")


class Leases(Database):
    """Taking, keeping and giving back the right to run on a connection."""

    def acquire(self, connection: str, holder: str, *, seconds: float, now: datetime) -> Lease:
        """Take the lease; one that ran out, or whose process is dead on this machine, is taken over.

        Args:
            connection: Which connection.
            holder: Who wants it, for people; ``process.this_process()`` lets others see that the process has died.
            seconds: For how long, until it is renewed.
            now: The time; PostgreSQL has a clock of its own, which all who share the database go by.

        Raises:
            LeaseLost: somebody holds it; the message names who and until when.
        """
        with self._writing() as db:
            # A free row first: of two that come at once, one waits here for the other.
            bulk.put(db, _L, _COLUMNS, [(connection, "", 0, 0)], replace=())
            row = db.execute(select(_L).where(_L.c.connection == connection).with_for_update()).one()
            now = dialect.time_of(db, now)
            if row.holder and row.until > now and may_live(row.holder):
                raise LeaseLost(
                    f"another run is under way on connection '{connection}'",
                    where=f"held by {row.holder} until {_shown(row.until)}",
                    next_step="wait for it to end; one that died on another machine frees the connection at that time",
                )
            until = now + timedelta(seconds=seconds)
            bulk.put(db, _L, _COLUMNS, [(connection, plain(holder), micros(until), row.token + 1)])
        return Lease(connection=connection, holder=holder, until=until, token=row.token + 1, seconds=seconds)

    def renew(self, lease: Lease, *, now: datetime | None = None) -> Lease:
        """Return the lease, good for its full time from now. Raises LeaseLost if another holder took over."""
        with self._writing() as db:
            check_token(db, lease)
            until = dialect.time_of(db, now or datetime.now(UTC)) + timedelta(seconds=lease.seconds)
            db.execute(update(_L).where(_L.c.connection == lease.connection).values(until=until))
        return lease.model_copy(update={"until": until})

    def check(self, lease: Lease) -> None:
        """Raise LeaseLost if another holder took over; a lease that ran out and that nobody took is still ours."""
        with self._reading() as db:
            check_token(db, lease)

    def release(self, lease: Lease) -> None:
        """Give the lease back; does nothing if another holder took over."""
        with self._writing() as db:
            db.execute(
                update(_L).where(_L.c.connection == lease.connection, _L.c.token == lease.token).values(holder="")
            )


def check_token(db: Connection, lease: Lease) -> None:
    """Raise LeaseLost unless the fencing token is still the newest, and the lease was not given back.

    In a writing transaction nobody can take the lease over until that ends.
    """
    query = select(_L).where(_L.c.connection == lease.connection)
    if db.get_execution_options().get(dialect.WRITING):
        query = query.with_for_update()
    row = db.execute(query).first()
    if row is not None and row.token == lease.token and row.holder:
        return
    by = f"held by {row.holder} until {_shown(row.until)}" if row is not None and row.holder else "nobody holds it"
    raise LeaseLost(
        f"the run lost connection '{lease.connection}' to another run",
        where=f"{lease.holder}, token {lease.token}; {by}",
        next_step="run again when the other run has ended; what was written stays written",
    )


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
