"""GitHub: a first read by REST and by GraphQL, beside the bytes alone and PyGithub; and what it costs to write.

GraphQL hands out pages by a cursor, one after another; REST names its last page, so pages are read side by side.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.measure import Cost, middle, ratio, run, settings, table
from benchmarks.served import counted, served

REPOSITORY, TOKEN = "acme/shop", "ghp_sandbox-token"
SCORE = "project:1/Score"
WRITTEN = 1_000
DELAY = 0.05  # of every answer: a site that is elsewhere
WAYS = ("bytes only, httpx, 6 in flight", "journeysync, REST side by side", "GraphQL, page after page", "PyGithub")


def main(tickets: int) -> None:
    rows: list[tuple[object, ...]] = []
    with served("benchmarks.github", str(tickets), str(DELAY)) as url:
        costs = [_read(url, str(way)) for way in range(len(WAYS))]
    for way, (cost, requests) in zip(WAYS, costs, strict=True):
        if cost.said["issues"] != tickets:
            raise RuntimeError(f"{way}: {cost.said['issues']} issues arrived, not {tickets}")
        share = ratio(cost.seconds, costs[0][0].seconds) if way != WAYS[0] else ""
        rows.append((way, cost.seconds, cost.cpu, requests, cost.peak_mb, share))
    columns = ("", "seconds", "CPU s", "requests", "peak MB", "ratio")
    table(f"GitHub: cold read of {tickets:,} issues, 50 ms a request, start-up included", columns, rows)
    written = min(tickets, WRITTEN)
    with served("benchmarks.github", str(written), "0") as url:
        cost = _run("write", url, str(written))
    rows = [(name, requests, 1_000 * requests / written) for name, requests in cost.said.items()]
    table(f"GitHub: writing to {written:,} issues", ("", "requests", "of 1,000"), rows)


def _read(url: str, way: str) -> tuple[Cost, int]:
    """Return what one way costs, and how many requests the server counted for it."""
    before = counted(url)
    cost = middle(lambda: _run("read", url, way))
    return cost, (counted(url) - before) // settings.times


def _run(*words: str) -> Cost:
    return run(["-m", "benchmarks.github", *words])


def serve(tickets: str, delay: str) -> None:
    """Serve until stdin ends."""
    from journeysync.sandbox import GithubLimits, start_github

    made = records(int(tickets))
    clock = lambda: time.time() - 3_600.0  # noqa: E731 - writes are an hour old, so that no read takes them for news
    with start_github(records=made, repositories=[REPOSITORY], clock=clock, limits=GithubLimits.off()) as server:
        server.state.add_project("acme", "Roadmap", {"Score": "number"})
        if float(delay):
            server.add_fault(f"delay:seconds={delay}")
        print(server.url, flush=True)
        sys.stdin.read()


def records(tickets: int) -> Iterator[dict[str, Any]]:
    """Yield made-up issues of realistic size in REST's form."""
    from journeysync.sandbox.generate import generate_issues
    from journeysync.sandbox.jira.adf import plain_text

    address = f"https://api.github.com/repos/{REPOSITORY}"
    for number, made in enumerate(generate_issues(tickets), start=1):
        fields = made["fields"]
        yield {
            "id": 1_000 + number,
            "number": number,
            "repository_url": address,
            "url": f"{address}/issues/{number}",
            "title": fields["summary"],
            "body": plain_text(fields["description"]) if fields["description"] else None,
            "user": {"login": f"person-{number % 40}"},
            "author_association": "MEMBER",
            "labels": [{"name": name} for name in fields["labels"]],
            "state": "open",
            "created_at": f"{fields['created'][:19]}Z",
            "updated_at": f"{fields['updated'][:19]}Z",
        }


def _connector(url: str) -> Any:
    from journeysync.connector import ConnectionSettings, Secret
    from journeysync_github.connection import GitHubConnector

    return GitHubConnector(
        ConnectionSettings(
            name="app",
            url=url,
            auth={"kind": "token", "token": Secret(TOKEN, "a benchmark")},
            scope={"repositories": [REPOSITORY]},
            workspace="bench",
            fields=(SCORE,) if "write" in sys.argv else (),
        )
    )


def _bytes(url: str) -> int:
    from concurrent.futures import ThreadPoolExecutor

    import httpx

    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60) as client:

        def page(number: int) -> httpx.Response:
            params = {"state": "all", "sort": "created", "direction": "asc", "per_page": 100, "page": number}
            return client.get(f"/repos/{REPOSITORY}/issues", params=params).raise_for_status()

        first = page(1)
        last = first.links.get("last", {}).get("url", "page=1").rpartition("page=")[2]
        with ThreadPoolExecutor(6) as pool:
            pages = [first, *pool.map(page, range(2, int(last) + 1))]
    return sum(each.content.count(b'"node_id":"I_') for each in pages)


def _rest(url: str) -> int:
    connector = _connector(url)
    issues = sum(len(page.tickets) for page in connector.pull(None))
    connector.close()
    return issues


def _graphql(url: str) -> int:
    from journeysync_github.documents import _ISSUE
    from journeysync_github.translate import Lens, row_of, ticket_of

    connector, lens = _connector(url), Lens("app", "bench")
    fields = f"{_ISSUE} stateReason issueType {{ name }} parent {{ id }}"
    document = f"""query($owner: String!, $name: String!, $after: String) {{ repository(owner: $owner, name: $name) {{
      issues(first: 100, after: $after, orderBy: {{field: CREATED_AT, direction: ASC}}) {{
        pageInfo {{ hasNextPage endCursor }} nodes {{ {fields} }} }} }} }}"""
    owner, _, name = REPOSITORY.partition("/")
    after, issues = None, 0
    while True:
        data, _errors, _answer = connector._client.graphql(document, {"owner": owner, "name": name, "after": after})
        page = data["repository"]["issues"]
        for node in page["nodes"]:
            row, home, parent, _comments = row_of(node)
            ticket_of(row, lens, home, parent=parent)
            issues += 1
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    connector.close()
    return issues


def _pygithub(url: str) -> int:
    from github import Auth, Github

    client = Github(base_url=url, auth=Auth.Token(TOKEN), per_page=100, seconds_between_requests=0, timeout=60)
    issues = client.get_repo(REPOSITORY, lazy=True).get_issues(state="all")
    return len([(issue.number, issue.title, issue.body) for issue in issues])  # `raw_data` would ask for each again


def read(url: str, way: str) -> None:
    """Read everything in one of the ways."""
    ways: tuple[Callable[[str], int], ...] = (_bytes, _rest, _graphql, _pygithub)
    print(json.dumps({"issues": ways[int(way)](url)}))


def write(url: str, tickets: str) -> None:
    """Write label, score and receipt to all issues, then other values, then the same again."""
    from journeysync.model.change import AddLabel, SetField, SetProperty, TicketChanges

    connector = _connector(url)
    found = [ticket for page in connector.pull(None) for ticket in page.tickets][: int(tickets)]
    costs: dict[str, int] = {}
    for name, value in (("first write: label, field, receipt", 1), ("other values", 2), ("the same again", 2)):
        before = connector.traffic.requests
        works = []
        for ticket in found:
            about: dict[str, Any] = {"ticket": ticket.ref, "cause": "benchmark"}
            receipt = {"v": 1, "links": [], "score": value, "slots": {}}
            changes = (
                AddLabel(label=f"journey.step-{value}", **about),
                SetField(field=SCORE, after=value, **about),
                SetProperty(after=receipt, **about),
            )
            works.append(TicketChanges(ticket=ticket.ref, key=ticket.key, changes=changes))
        if failed := [outcome.cause for outcome in connector.write(works) if outcome.cause]:
            raise RuntimeError(f"{len(failed)} writes failed: {failed[0]}")
        costs[name] = connector.traffic.requests - before
    connector.close()
    print(json.dumps(costs))


if __name__ == "__main__":
    {"serve": serve, "read": read, "write": write}[sys.argv[1]](*sys.argv[2:])
