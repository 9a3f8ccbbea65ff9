"""A workspace on disk for a benchmark: twelve needs with a step and an opportunity each, thirty rules."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Cost, run
from benchmarks.tracker import FIELD

NEEDS = 12
WORDS = (
    ("the bill", "an amount"),
    ("meter readings", "the estimated reading"),
    ("the tariff comparison",),
    ("direct debit", "payment plans"),
    ("the identity check",),
    ("charging sessions",),
    ("the welcome mail",),
    ("the outage map",),
    ("the moving-house form", "after a move"),
    ("on old phones",),
    ("for renters",),
    ("for small firms",),
)
_SETTINGS = """
workspace: {{id: bench, name: Benchmark}}
{public_url}
store: {{url: "sqlite:///{store}"}}
connections:
  billing:
    connector: jira
    url: {url}
    auth: {{kind: api-token, user: bot@sandbox.example, token: {{env: BENCH_TOKEN}}}}
    scope: {{projects: [BILL, ONB]}}
    write: sync
    brakes: {{changed: 100%, removed: 1000000, writes: 10000000}}
"""
_HIERARCHY = """
lifecycles:
  - id: live
    name: Live with us
    macro: [{id: pay, name: Pay}]
"""
_PLACEMENT = f"""
defaults:
  quiet_after_days: 0
connections:
  billing:
    score: [{{field: {FIELD}}}, label]
    context: [link]
"""
ENV = {"BENCH_TOKEN": "sandbox-token", "NO_COLOR": "1"}


class Bench:
    """One workspace folder against one address; each use case runs as the command line, in its own process."""

    def __init__(self, folder: Path, url: str, *, links: bool = False, rules: str = "words") -> None:
        self.folder = folder
        self.store = folder / "state.db"
        public_url = "public_url: https://journeys.example" if links else ""
        self._write("journeysync.yaml", _SETTINGS.format(url=url, store=self.store, public_url=public_url))
        self._write("journeys/hierarchy.yaml", _HIERARCHY)
        self._write("journeys/serve.yaml", _journey())
        self._write("mappings/rules.yaml", "rules:\n" + "".join(_word_rules() if rules == "words" else _label_rules()))
        self._write("mappings/placement.yaml", _PLACEMENT)
        self._write("mappings/scoring.yaml", "write: {again: always, at_most_every_days: 0}\n")
        self.scores(0)

    def scores(self, shift: int) -> None:
        """Give every opportunity another value, so that every ticket has to show another score."""
        rows = "".join(
            f"  - {{id: OPP-{n}, name: Serve need {n}, for: [serve.step-{n}], "
            f"customer_value: {(n * 7 + shift * 3) % 10 + 0.5}, business_value: {(n * 3 + shift * 5) % 9 + 1}}}\n"
            for n in range(NEEDS)
        )
        self._write("journeys/opportunities.yaml", "opportunities:\n" + rows)

    def forget(self) -> None:
        """Take the store away, so that the next read is the first."""
        for file in self.folder.glob("state.db*"):
            file.unlink()

    def command(self, *words: str) -> Cost:
        """Run a command with JSON output."""
        return run(["-m", "journeysync", *words, *self.options], env=ENV)

    @property
    def options(self) -> Sequence[str]:
        """Return the options that every command gets."""
        return ("--output", "json", "--config", str(self.folder))

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _journey() -> str:
    steps = "".join(f"      - {{id: step-{n}, name: Step {n}}}\n" for n in range(NEEDS))
    return "id: serve\nname: Serve\nparent: pay\nphases:\n  - name: All\n    steps:\n" + steps


def _rule(name: str, when: str, need: int) -> str:
    return (
        f"  - id: {name}\n    when: {when}\n"
        f"    link: {{step: serve.step-{need}, opportunity: OPP-{need}}}\n    confidence: 0.9\n"
    )


def _word_rules() -> list[str]:
    """Return rules by words of title and text, by component, by label and by expression."""
    rules = [_rule(f"title-{n}", f"{{words: [{', '.join(words)}], in: [title]}}", n) for n, words in enumerate(WORDS)]
    rules += [_rule(f"label-{n}", f"{{label: [a11y-{n}, customer-call-{n}]}}", n) for n in range(NEEDS)]
    rules += [_rule("expression", r"{regex: '(?i)\b(statement|invoice)s?\s+never\b'}", 0)]
    rules += [_rule("phrase", "{phrase: [support hangs up on it]}", 1)]
    return rules


def _label_rules() -> list[str]:
    return [_rule(f"need-{n}", f"{{label: [need-{n}]}}", n) for n in range(NEEDS)]
