"""What a command costs before it does anything."""

from functools import partial

from benchmarks.measure import middle, ratio, run, table


def main(_tickets: int) -> None:
    python = middle(lambda: run(["-c", "pass"]))
    rows: list[tuple[object, ...]] = [("python -c pass", python.seconds, python.cpu, python.peak_mb, "")]
    for name, command in (
        ("journeysync --help", ["-m", "journeysync", "--help"]),
        ("journeysync --version", ["-m", "journeysync", "--version"]),
        ("import of all that a run needs", ["-c", "import journeysync.app.syncing, journeysync_jira.connection"]),
    ):
        cost = middle(partial(run, command))
        rows.append((name, cost.seconds, cost.cpu, cost.peak_mb, ratio(cost.seconds, python.seconds)))
    table("Start-up", ("", "seconds", "CPU s", "peak MB", "ratio"), rows)
