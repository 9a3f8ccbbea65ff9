"""What matching costs: tickets by rules, ours beside the plainest way on a sample of the same tickets.

Run: python -m benchmarks.matching [--tickets 100000] [--rules 500] [--sample 200] [--labels-only]

The tickets and rules are made here, the same in every run: titles of 8 words, bodies of about
1,500 characters, labels and components; rules of all kinds (a tenth with regular expressions).
"""

import argparse
import random
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import re2

from journeysync.core.match import Matcher
from journeysync.model.journey import Journey, JourneyRepository, Opportunity, Step
from journeysync.model.link import Target
from journeysync.model.rule import Condition, Rule
from journeysync.model.ticket import Ticket, TicketRef

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SYLLABLES = re.findall("[a-z]+?[aeiou]", "bacedifoguhajekilomunaperisotuvawexiyozubracledriflogru")


def main(tickets: int) -> None:
    """Measure rules of all kinds, then rules by label and component only; each in a process of its own."""
    for more in ([], ["--labels-only"]):
        command = [sys.executable, "-m", "benchmarks.matching", "--tickets", str(tickets), *more]
        sys.stdout.write("\n" + subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure() -> int:
    options = parsed()
    chance = random.Random(7)
    words = sorted({"".join(chance.choices(SYLLABLES, k=chance.choice((2, 2, 3, 3, 4)))) for _ in range(6_000)})
    rules = label_rules(chance, options.rules) if options.labels_only else mixed_rules(chance, words, options.rules)
    repository = made_repository()
    started = time.perf_counter()
    matcher = Matcher(rules, repository, namespace="journey.")
    built = time.perf_counter() - started
    sample = list(made_tickets(words, options.sample))
    plain_seconds = plain_time(rules, sample, matcher)
    ours, own, links, made = our_time(matcher, made_tickets(words, options.tickets))
    print(
        f"{options.tickets} tickets x {len(rules)} rules{' (label and component only)' if options.labels_only else ''}"
    )
    print(f"  matcher built in        {built:8.3f} s")
    print(f"  rules asked             {ours:8.2f} s   {ours / options.tickets * 1e6:8.1f} us a ticket")
    print(f"  own links, all voices   {own:8.2f} s   {own / options.tickets * 1e6:8.1f} us a ticket, {links} links")
    each = plain_seconds / options.sample
    print(f"  each rule asked         {each * options.tickets:8.0f} s   {each * 1e6:8.1f} us a ticket, from a sample")
    print(f"  making the tickets      {made:8.2f} s (not counted above)")
    print(f"  peak memory             {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--rules", type=int, default=500)
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--labels-only", action="store_true")
    return parser.parse_args()


def our_time(matcher: Matcher, tickets: Iterator[Ticket]) -> tuple[float, float, int, float]:
    """Return seconds for the rules, seconds for all voices, number of links, seconds to make the tickets."""
    rules = own = made = 0.0
    links = 0
    while True:
        before = time.perf_counter()
        batch = [ticket for _, ticket in zip(range(1_000), tickets, strict=False)]
        start = time.perf_counter()
        made += start - before
        if not batch:
            return rules, own, links, made
        for ticket in batch:
            matcher.hits(ticket)
        middle = time.perf_counter()
        for ticket in batch:
            links += len(matcher.own_links(ticket).links)
        rules += middle - start
        own += time.perf_counter() - middle


def plain_time(rules: list[Rule], tickets: list[Ticket], matcher: Matcher) -> float:
    """Return seconds; every answer is compared with ours, so that nobody measures a wrong one."""
    ours = [tuple(hit.rule.id for hit in matcher.hits(ticket)) for ticket in tickets]
    asked = [(rule.id, Question(rule.when)) for rule in rules]
    started = time.perf_counter()
    theirs = [plain_hits(asked, ticket) for ticket in tickets]
    seconds = time.perf_counter() - started
    if ours != theirs:
        sys.exit("the two ways do not agree")
    return seconds


def plain_hits(asked: list[tuple[str, "Question"]], ticket: Ticket) -> tuple[str, ...]:
    """Return what hits, every rule asked: text folded once a ticket, words by one compiled expression a rule."""
    texts = {"title": ticket.title.casefold(), "body": ticket.body.casefold()}
    labels = [label.casefold() for label in ticket.labels]
    components = [component.casefold() for component in ticket.components]
    return tuple(rule_id for rule_id, question in asked if question.fits(ticket, texts, labels, components))


class Question:
    """One condition of the kinds that are made here, asked in the plainest way that is not foolish."""

    def __init__(self, when: Condition) -> None:
        self.when = when
        words = "|".join(re.escape(word.casefold()) for word in when.words)
        self.words = re.compile(rf"\b(?:{words})\b") if when.words else None
        self.regex = [re2.compile(expression) for expression in when.regex]
        self.all = [Question(inner) for inner in when.all]
        self.unless = Question(when.unless) if when.unless else None

    def fits(self, ticket: Ticket, texts: dict[str, str], labels: list[str], components: list[str]) -> bool:
        """Return whether the condition holds; text and values come folded."""
        when = self.when
        if when.label and not any(has_value(labels, label.casefold()) for label in when.label):
            return False
        if when.component and not any(has_value(components, value.casefold()) for value in when.component):
            return False
        if (when.project and ticket.project not in when.project) or (when.kind and ticket.kind not in when.kind):
            return False
        if self.words and not any(self.words.search(texts[place]) for place in when.in_):
            return False
        if when.phrase and not any(phrase in text for phrase in when.phrase for text in (ticket.title, ticket.body)):
            return False
        if self.regex and not any(one.search(text) for one in self.regex for text in (ticket.title, ticket.body)):
            return False
        if not all(inner.fits(ticket, texts, labels, components) for inner in self.all):
            return False
        return self.unless is None or not self.unless.fits(ticket, texts, labels, components)


def has_value(values: list[str], wanted: str) -> bool:
    return any(value.startswith(wanted[:-1]) if wanted.endswith("*") else value == wanted for value in values)


def made_repository() -> JourneyRepository:
    journeys = tuple(
        Journey(
            id=f"journey-{n}",
            name=f"Journey {n}",
            steps=tuple(Step(id=f"journey-{n}.step-{s}", name=f"Step {s}", journey=f"journey-{n}") for s in range(8)),
        )
        for n in range(40)
    )
    return JourneyRepository(
        journeys=journeys, opportunities=tuple(Opportunity(id=f"OPP-{n}", name=f"Opportunity {n}") for n in range(40))
    )


def made_tickets(words: list[str], count: int) -> Iterator[Ticket]:
    chance = random.Random(11)
    for n in range(count):
        project = chance.choice("ABCDEFGH") * 3
        body = " ".join(chance.choices(words, k=190))
        yield Ticket(
            ref=TicketRef(connection="billing", id=str(10_000 + n)),
            key=f"{project}-{n}",
            url=f"https://billing.example/browse/{project}-{n}",
            project=project,
            kind=chance.choice(("epic", "story", "bug", "task")),
            title=" ".join(chance.choices(words, k=8)).capitalize(),
            body=body if n % 10 else body.replace("a", "ä"),  # one in ten in a script past ASCII
            labels=tuple(sorted({f"Label-{chance.randrange(2_000)}" for _ in range(3)})),
            components=(f"Component {chance.randrange(300)}",),
            updated_at=NOW,
        )


def label_rules(chance: random.Random, count: int) -> list[Rule]:
    return [rule(n, label_condition(chance, n)) for n in range(count)]


def label_condition(chance: random.Random, n: int) -> Condition:
    if n % 3 == 0:
        return Condition(component=(f"component {chance.randrange(300)}",), project=(chance.choice("ABCDEFGH") * 3,))
    if n % 10 == 1:
        return Condition(label=(f"label-{chance.randrange(10, 200)}*",))
    return Condition(label=tuple(f"LABEL-{chance.randrange(2_000)}" for _ in range(3)))


def mixed_rules(chance: random.Random, words: list[str], count: int) -> list[Rule]:
    return [rule(n, mixed_condition(chance, words, n)) for n in range(count)]


def mixed_condition(chance: random.Random, words: list[str], n: int) -> Condition:
    some = chance.sample(words, 6)
    match n % 10:
        case 0:
            return Condition(regex=(rf"(?i)\b({some[0]}|{some[1]})(s|es)?\s+{some[2][:2]}\w+",))
        case 1 | 2:
            return Condition(phrase=(f"{some[0]} {some[1][:3]}", f"{some[2]} {some[3][:2]}"))
        case 3 | 4 | 5 | 6:
            pair = f"{some[2]} {some[3]}"
            return Condition(words=(some[0], some[1], pair), in_=("title",) if n % 2 else ("title", "body"))
        case 7:
            project = Condition(project=(chance.choice("ABCDEFGH") * 3,))
            return Condition(all=(project, Condition(words=(some[0], some[1]))), unless=Condition(kind=("epic",)))
        case _:
            return label_condition(chance, n)


def rule(n: int, when: Condition) -> Rule:
    step = Target(kind="step", id=f"journey-{n % 40}.step-{n % 8}")
    return Rule(
        id=f"rule-{n}", when=when, targets=(step, Target(kind="opportunity", id=f"OPP-{n % 40}")), confidence=0.9
    )


if __name__ == "__main__":
    sys.exit(measure())
