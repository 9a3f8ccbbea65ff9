"""What a command costs before it does anything."""

from benchmarks.measure import middle, ratio, run, table


def main(_tickets: int) -> None:
    python = middle(lambda: run(["-c", "pass"]), times=5)
    rows: list[tuple[object, ...]] = [("python -c pass", python.seconds, python.cpu, python.peak_mb, "")]
    for name, command in (
        ("journeysync --help", ["-m", "journeysync", "--help"]),
        ("journeysync --version", ["-m", "journeysync", "--version"]),
        ("import of all that a run needs", ["-c", "import journeysync.app.syncing, journeysync_jira.connection"]),
    ):
        cost = middle(lambda command=command: run(command), times=5)
        rows.append((name, cost.seconds, cost.cpu, cost.peak_mb, ratio(cost.seconds, python.seconds)))
    table("Start-up", ("", "seconds", "CPU s", "peak MB", "ratio"), rows)
