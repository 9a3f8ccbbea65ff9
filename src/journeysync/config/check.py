"""What must hold between settings and journeys: rules name living steps, names of connections are known."""

import re
from collections.abc import Iterator, Mapping

from journeysync.config.connect import installed_connectors
from journeysync.config.settings import ConnectionConfig, Settings
from journeysync.config.vocabulary import KNOWN_KINDS
from journeysync.core.labels import RESERVED, label_clashes
from journeysync.model.journey import JourneyRepository
from journeysync.model.link import Target, TargetKind
from journeysync.model.rule import Condition, Rule
from journeysync.sources.problem import Problem, in_file_order, listed, nearest, shown
from journeysync.sources.references import reference

AUTH_KINDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "jira": {
        "api-token": ("user", "token"),
        "scoped-token": ("user", "token"),
        "oauth": ("client_id", "client_secret", "refresh_token"),
        "personal-token": ("token",),
        "basic": ("user", "password"),
    },
    "github": {"token": (), "app": ()},
    "linear": {"api-key": (), "oauth": ()},
}
"""The kinds of log-in of each connector, with the keys that each needs beside `kind`, as far as they are known here."""
SCOPES = {
    "jira": ("projects", "jql"),
    "github": ("repositories", "organisation", "search", "include", "exclude", "labels", "milestone"),
    "linear": ("teams", "projects"),
}


def check_mappings(settings: Settings, repository: JourneyRepository) -> tuple[Problem, ...]:
    """Return every problem between ``journeysync.yaml``, ``mappings/`` and the journeys."""
    check = _Check(settings, repository)
    return in_file_order(
        (*check.connections(), *check.prefixes(), *check.labels(), *check.rules(), *check.other_mappings())
    )


def with_current_ids(settings: Settings, repository: JourneyRepository) -> Settings:
    """Return settings whose rules name today's ids where they were written with old ones."""
    tables = _tables(repository)
    return settings.model_copy(update={"rules": tuple(_followed(rule, tables) for rule in settings.rules)})


def _followed(rule: Rule, tables: Mapping[TargetKind, Mapping[str, str]]) -> Rule:
    targets = tuple(Target(kind=t.kind, id=tables[t.kind].get(t.id, t.id)) for t in rule.targets)
    return rule if targets == rule.targets else rule.model_copy(update={"targets": tuple(dict.fromkeys(targets))})


def _tables(repository: JourneyRepository) -> dict[TargetKind, dict[str, str]]:
    return {
        "step": {old: step.id for old, step in repository.step_by_id.items()},
        "journey": {old: journey.id for old, journey in repository.journey_by_id.items()},
        "opportunity": {old: opportunity.id for old, opportunity in repository.opportunity_by_id.items()},
    }


class _Check:
    def __init__(self, settings: Settings, repository: JourneyRepository) -> None:
        self.settings, self.repository = settings, repository
        self.positions = dict(settings.positions)
        self.names = tuple(connection.name for connection in settings.connections)

    def where(self, key: str, otherwise: str = "") -> str:
        """Return where a key stands, or where the thing above it stands."""
        return str(self.positions.get(key) or otherwise or self.settings.path.name)

    def connections(self) -> Iterator[Problem]:
        """Yield unknown connectors, kinds of auth and keys of scope."""
        installed = installed_connectors()
        for connection in self.settings.connections:
            key = f"connections.{connection.name}"
            if connection.connector not in installed:
                where = self.where(f"{key}.connector", connection.where)
                yield _unknown_connector(connection.connector, installed, where)
            kinds, scopes = AUTH_KINDS.get(connection.connector), SCOPES.get(connection.connector)
            if kinds is None or scopes is None:
                continue
            kind = str(dict(connection.auth).get("kind") or "")
            if kind not in kinds:
                says = f"{key}.auth.kind is {shown(kind)}: not known" if kind else f"{key}.auth.kind is missing"
                where = self.where(f"{key}.auth.kind", connection.where)
                yield Problem(where=where, says=says, allowed=listed(kinds), did_you_mean=nearest(kind, kinds))
            yield from self._auth_keys(key, kind, kinds.get(kind, ()), connection)
            yield from self._scope(key, dict(connection.scope), scopes, connection.where)

    def _auth_keys(
        self, key: str, kind: str, needed: tuple[str, ...], connection: ConnectionConfig
    ) -> Iterator[Problem]:
        given = dict(connection.auth)
        if missing := [name for name in needed if not given.get(name)]:
            where = self.where(f"{key}.auth.kind", connection.where)
            says = f"{key}.auth: the kind {kind} needs {', '.join(missing)} too"
            yield Problem(where=where, says=says, allowed=listed(("kind", *needed)))

    def _scope(self, key: str, scope: dict[str, object], known: tuple[str, ...], where: str) -> Iterator[Problem]:
        if not scope:
            yield Problem(where=where, says=f"{key}.scope is missing", allowed=listed(known))
        for name in scope:
            if name not in known:
                at = self.where(f"{key}.scope.{name}", where)
                says = f"{key}.scope: unknown key {shown(name)}"
                yield Problem(where=at, says=says, allowed=listed(known), did_you_mean=nearest(name, known))

    def prefixes(self) -> Iterator[Problem]:
        """Yield project keys that are also the prefix of opportunities or insights: OPP-3 would be a ticket too."""
        prefixes = {o.id.rpartition("-")[0]: f"the opportunity {o.id}" for o in self.repository.opportunities}
        prefixes |= {id_.rpartition("-")[0]: f"the insight {id_}" for id_ in self.repository.insight_by_id}
        for connection in self.settings.connections:
            scope = dict(connection.scope)
            projects = {*_words(scope.get("projects")), *_words(scope.get("teams"))}
            projects |= set(re.findall(r"\b[A-Z][A-Z0-9_]+\b", str(scope.get("jql") or "")))
            for project in sorted(projects & set(prefixes)):
                key = f"connections.{connection.name}.scope"
                where = self.where(f"{key}.projects", self.where(f"{key}.jql", connection.where))
                says = f"the project {project} and {prefixes[project]} have the same prefix"
                yield Problem(where=where, says=says, next_step="give them another prefix, like OPPORTUNITY-3")

    def labels(self) -> Iterator[Problem]:
        """Yield labels that would stand for several things: whoever reads or types one could not tell which."""
        namespace = self.settings.placement.label_namespace
        folder = f"{self.settings.journeys[0].name}/" if self.settings.journeys else "journeys/"
        for label, ids in label_clashes(self.repository, namespace):
            meant = " and ".join("a word of ours" if each == RESERVED else each for each in ids)
            says = f"the label {label} would stand for {meant}"
            step = "give one of them another id; its old one goes under `was`"
            yield Problem(where=folder, says=says, next_step=step)

    def rules(self) -> Iterator[Problem]:
        """Yield rules that name steps, journeys, opportunities, connections or teams that are not there."""
        tables = _tables(self.repository)
        teams = {team.id: team.id for team in self.settings.vocabulary.teams}
        names = {name: name for name in self.names}
        for rule in self.settings.rules:
            for target in rule.targets:
                where = self.where(f"rules.{rule.id}.{target.kind}.{target.id}", rule.where)
                yield from reference(target.id, target.kind, tables[target.kind], where=where, key=f"rule {rule.id}")
            for condition in _conditions(rule.when):
                for what, words, table in (
                    ("connection", condition.connection, names),
                    ("team", condition.team, teams),
                ):
                    for word in words:
                        if not word.endswith("*") and word.casefold() not in {known.casefold() for known in table}:
                            yield from reference(word, what, table, where=rule.where, key=f"rule {rule.id}")

    def other_mappings(self) -> Iterator[Problem]:
        """Yield connections that vocabulary and placement name and nobody configured, and unknown kinds."""
        names = {name: name for name in self.names}
        for team in self.settings.vocabulary.teams:
            for name in team.where.connection:
                where = self.where(f"vocabulary.{team.id}.connection.{name}", "mappings/vocabulary.yaml")
                yield from reference(name, "connection", names, where=where, key=f"team {team.id}")
        for name, _ in self.settings.placement.connections:
            where = self.where(f"placement.connections.{name}", "mappings/placement.yaml")
            yield from reference(name, "connection", names, where=where, key="connections")
        own = {kind for team in self.settings.vocabulary.teams for kind, _ in team.kinds}
        kinds = (*KNOWN_KINDS, *sorted(own - set(KNOWN_KINDS)))
        for key, where in self.settings.positions:
            level = key.removeprefix("placement.level.")
            if level != key and level not in kinds:
                says = f"levels: there is no kind {shown(level)}"
                yield Problem(where=where, says=says, allowed=listed(kinds), did_you_mean=nearest(level, kinds))


def _unknown_connector(name: str, installed: tuple[str, ...], where: str) -> Problem:
    if not installed:
        step = "install journeysync again with its connectors (pip install --force-reinstall journeysync)"
        return Problem(where=where, says="no connector is installed at all", next_step=step)
    says = f"no connector is installed under the name {shown(name)}"
    step = f"correct the name, or install the distribution journeysync-{name}"
    allowed = f"installed: {', '.join(installed)}"
    return Problem(where=where, says=says, allowed=allowed, did_you_mean=nearest(name, installed), next_step=step)


def _conditions(condition: Condition) -> Iterator[Condition]:
    yield condition
    below = (*condition.all, *condition.any, *((condition.unless,) if condition.unless else ()))
    for inner in below:
        yield from _conditions(inner)


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, tuple | list) else ()
