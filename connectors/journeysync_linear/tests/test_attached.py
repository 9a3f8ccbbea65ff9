"""Links that members attach to an issue come with it: they may lead to an epic of another tracker."""

from journeysync_linear.translate import Lens, issue_ticket


def test_links_that_members_attached_come_with_the_issue_and_ours_do_not() -> None:
    nodes = [
        {"id": "1", "url": "https://solvane.example/browse/ONB-12", "metadata": {}},
        {"id": "2", "url": "https://figma.example/file", "metadata": None},
        {"id": "3", "url": "https://journeys.example/tickets/1", "metadata": {"journeysync": "k3f9", "link": 1}},
        {"id": "4", "url": "https://journeys.example/tickets/1", "metadata": {"journeysync": "zzzz"}},
    ]
    node = {"id": "a", "identifier": "ENI-1", "updatedAt": "2026-11-22T00:00:00.000Z", "attachments": {"nodes": nodes}}
    ticket = issue_ticket(node, Lens("insights", "k3f9"))
    assert ticket.attached == ("https://figma.example/file", "https://solvane.example/browse/ONB-12")
