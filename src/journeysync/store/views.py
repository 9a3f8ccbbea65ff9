"""The views that others read with SQL: their columns never change. A better view gets the next number.

Times are text like ``2026-11-22T20:15:03Z`` in SQLite and ``timestamptz`` in PostgreSQL.
"""

from collections.abc import Mapping

_TICKET = {
    "connection": "Name of the connection",
    "ticket_id": "The tracker's own id of the ticket; with `connection` it never changes",
    "key": "What people call the ticket now",
}

VIEWS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "v_connections_v1": (
        "A row a connection that was read to its end at least once",
        {
            "connection": "Name of the connection",
            "read_at": "End of its last complete read",
            "swept_at": "End of its last sweep, which finds what is gone",
            "tickets": "Tickets in scope",
        },
    ),
    "v_tickets_v1": (
        "A row a ticket in scope, as its tracker showed it last",
        _TICKET
        | {
            "project": "Jira project, GitHub repository, Linear team",
            "kind": "epic, story, bug, task ... as the tracker says it, before `vocabulary.yaml`",
            "state": "todo, doing, done, dropped: as the tracker says it, before `vocabulary.yaml`",
            "state_word": "The tracker's own status",
            "title": "Its title",
            "url": "Where it is",
            "parent": "Id of its parent, same connection",
            "estimate": "The team's own unit: never add up over teams",
            "visibility": "private, public or unknown",
            "created_at": "When it was made",
            "updated_at": "When its tracker last changed it",
            "done_at": "When it was done",
            "read_at": "When it was last read",
            "links": "How many journeys, steps and opportunities it is linked to",
            "enabling": "Name of the enabling work that a rule says it is",
            "is_orphan": "1: no link, and not enabling work",
        },
    ),
    "v_links_v1": (
        "A row a link, also inherited ones",
        _TICKET
        | {
            "target_kind": "step, journey or opportunity",
            "target_id": "Full id of the step, id of the journey or opportunity",
            "origin": "hand, accepted, label, reference, rule, inherited",
            "confidence": "0 to 1",
            "rule": "The rule that made it",
            "cause": "Why it is there",
        },
    ),
    "v_work_v1": (
        "A row a step, journey or opportunity that tickets are linked to, before the limits of `coverage.yaml`",
        {
            "target_kind": "step, journey or opportunity",
            "target_id": "Its id",
            "todo": "Tickets to do",
            "doing": "Tickets under way",
            "done": "Tickets done, whenever",
        },
    ),
    "v_runs_v1": (
        "A row a run",
        {
            "run": "Its id",
            "kind": "apply, sync, undo ...",
            "started_by": "Who let it write",
            "started_at": "When it began",
            "finished_at": "When it ended; empty while it runs, or when it was cut off",
            "seconds": "How long it took",
            "exit_code": "How it ended",
            "written": "Changes written",
            "unchanged": "Changes that stood there already",
            "failed": "Changes that failed",
            "skipped": "Changes left for the next plan",
            "requests": "Requests to trackers",
        },
    ),
    "v_writes_v1": (
        "A row a write",
        {"run": "Its run"}
        | _TICKET
        | {
            "slot": "Where in the ticket",
            "result": "written, failed, not settled, superseded",
            "cause": "Why it was written",
            "outcome": "Why it failed",
            "at": "When",
        },
    ),
    "v_held_v1": (
        "A row a place in a ticket that we hold: the ledger",
        _TICKET
        | {
            "slot": "Where in the ticket",
            "shows": "What the tracker showed after we wrote, as JSON",
            "state": "live, drift (a person changed it) or released",
            "cause": "Why it was written",
            "run": "By which run",
            "at": "When",
        },
    ),
    "v_inbox_v1": (
        "A row a thing that waits for a person",
        {"kind": "failed, drift, refused, unknown-label ..."}
        | _TICKET
        | {
            "slot": "Where in the ticket",
            "cause": "What is wrong",
            "next_step": "What to do",
            "owner": "Whose it is",
            "first_seen": "Since when",
            "last_seen": "When it was last met",
            "times": "How often",
            "next_try": "Until then the ticket is left out",
        },
    ),
    "v_decisions_v1": (
        "A row a decision of a person",
        {
            "decision": "Its id",
            "kind": "link, unlink, refuse, take-ours, ignore ...",
            "connection": "Name of the connection",
            "ticket_id": "The tracker's own id of the ticket",
            "target": "Step, journey, opportunity, slot or row that it is about",
            "decided_by": "Who",
            "at": "When",
            "why": "In their words",
            "until": "When it ends by itself",
        },
    ),
    "v_coverage_v1": (
        "A row a run that took a snapshot of the figures: the trend",
        {
            "run": "The run",
            "at": "When",
            "steps": "Steps",
            "needs": "Steps with a need, as far as known",
            "needs_with_work": "Of those, steps with enough or thin work",
            "gaps": "Steps with a need and no open work",
            "thin": "Steps with a need and little open work",
            "over_served": "Steps with much work and a low score",
            "work_without_need": "Steps with work and no need",
            "not_known": "Steps whose trackers were not read in time",
            "tickets": "Open tickets, and those done within the period",
            "without_step": "Of those, tickets on no step",
            "orphans": "Of those, tickets with no link that are no enabling work",
            "enabling": "Of those, enabling work",
            "without_reason": "Of those, tickets that no insight stands behind",
            "top_without_ticket": "Opportunities of band 4 or 5 without an open ticket",
            "unscored_opportunities": "Opportunities without a score: left out of the needs",
        },
    ),
}
"""Every view: what a row is, and its columns in order with what they mean."""
