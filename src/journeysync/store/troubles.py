"""What a database driver's errors mean to a person."""

from journeysync.errors import StoreError

_FULL = ("the store is full", "free some disk space and run again: nothing was half written")
_LOCKED = ("the store is locked by another process", "wait for the other run to end, or end it, and run again")
_READ_ONLY = ("the store cannot be written", "give this user write permission on the store")
_AWAY = ("the store cannot be reached", "check the address in store.url, and that the database is up")
_REFUSED = (
    "the database refuses this user",
    "check the user in store.url, and its password: store.password, PGPASSWORD or .pgpass",
)
_NO_DATABASE = ("the database does not exist", "create it, or correct store.url")
_NO_RIGHTS = (
    "the user of the database may not do this",
    "let its owner run: GRANT CREATE, USAGE ON SCHEMA ... TO the user; or make the tables with that user",
)
_SQLITE_TROUBLE = {  # words of the driver -> what it means, what next
    "database or disk is full": _FULL,
    "is locked": _LOCKED,
    "readonly database": _READ_ONLY,
    "not a database": ("the file is not a store", "name the right file in store.url, or move it away to begin anew"),
    "malformed": ("the store is damaged", "put back a copy, or move it away and run `journeysync ledger rebuild`"),
    "unable to open": ("the store cannot be opened", "check that the folder exists and that this user may write to it"),
    "disk I/O error": ("the disk of the store fails", "check the disk; then run again"),
}
_POSTGRESQL_TROUBLE = {  # how the SQLSTATE begins -> what it means, what next
    "53100": _FULL,
    "53": ("the database is short of memory or connections", "run fewer things at a time, or raise its limits"),
    "55P03": _LOCKED,
    "40": ("two runs changed the same rows at once", "run again: nothing was half written"),
    "25006": _READ_ONLY,
    "42501": _NO_RIGHTS,
    "3F000": _NO_RIGHTS,  # no schema to make tables in
    "28": _REFUSED,
    "3D000": _NO_DATABASE,
    "08": _AWAY,
    "57P": _AWAY,
}


_CONNECTING_TROUBLE = {  # words of PostgreSQL to who is not let in: libpq hands on no SQLSTATE then
    "password": _REFUSED,
    "authentication": _REFUSED,
    "pg_hba.conf": _REFUSED,
    "role": _REFUSED,
    "the database system": _AWAY,  # "... is starting up", "... is shutting down", "... is in recovery mode"
    "database": _NO_DATABASE,
    "too many": ("the database is short of connections", "run fewer things at a time, or raise its limits"),
}


def store_error(failure: BaseException, where: str) -> StoreError:
    """Return what a driver's error means to a person."""
    said = str(failure).strip().partition("\n")[0]
    what, next_step = _meaning(failure, said)
    return StoreError(what, where=f"{where} ({said})", next_step=next_step)


def _meaning(failure: BaseException, said: str) -> tuple[str, str]:
    state = getattr(failure, "sqlstate", "")
    if state:
        found = next((it for begins, it in _POSTGRESQL_TROUBLE.items() if state.startswith(begins)), None)
    elif state is None:  # psycopg without a verdict: not let in, or nobody is there
        told = said.rpartition("FATAL:")[2] if "FATAL:" in said or "no password" in said else ""
        found = next((it for words, it in _CONNECTING_TROUBLE.items() if words in told), _AWAY)
    else:
        found = next((it for words, it in _SQLITE_TROUBLE.items() if words in said), None)
    return found or ("the store refused a statement", "run again; if it stays, report this message")
