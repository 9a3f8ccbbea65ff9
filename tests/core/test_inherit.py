"""What a ticket takes over from those above it, per family of targets."""

from journeysync.core.inherit import inherit
from journeysync.model.link import Enabling, Link, Origin, TicketLinks
from journeysync.testing import a_link, a_target, a_ticket, some_links

EPIC, INITIATIVE = a_ticket("BILL-200"), a_ticket("BILL-100")
TICKET = a_ticket("BILL-1")
UPKEEP = Enabling(name="platform", rule="upkeep", cause="rule upkeep: honest work")


def test_a_ticket_without_links_takes_all_of_its_nearest_ancestor_of_each_family() -> None:
    epic = some_links(EPIC, "pay-bill.see-why", "pay-bill", key="BILL-200")
    initiative = some_links(INITIATIVE, "OPP-3", "OPP-4", "pay-bill.pay", key="BILL-100")
    links = inherit(some_links(TICKET), [epic, initiative])
    assert [(link.target.id, link.source) for link in links.links] == [
        ("OPP-3", INITIATIVE.ref),
        ("OPP-4", INITIATIVE.ref),
        ("pay-bill", EPIC.ref),
        ("pay-bill.see-why", EPIC.ref),
    ]
    assert {link.origin for link in links.links} == {Origin.INHERITED}
    assert {link.ticket for link in links.links} == {TICKET.ref}


def test_an_inherited_link_keeps_confidence_and_rule_and_says_where_it_comes_from() -> None:
    epic = TicketLinks(ticket=EPIC.ref, key="BILL-200", links=(a_link(EPIC, "OPP-3", confidence=0.8, rule="r"),))
    (link,) = inherit(some_links(TICKET), [epic]).links
    assert (link.confidence, link.rule) == (0.8, "r")
    assert link.cause == "inherited from BILL-200: rule bill-explained: component Invoicing"


def test_an_ancestor_without_a_key_is_named_by_its_id() -> None:
    (link,) = inherit(some_links(TICKET), [some_links(EPIC, "OPP-3")]).links
    assert link.cause.startswith(f"inherited from {EPIC.ref.id}: ")


def test_a_link_of_its_own_keeps_out_its_own_family_only() -> None:
    epic = some_links(EPIC, "pay-bill.see-why", "OPP-3")
    links = inherit(some_links(TICKET, "pay-bill"), [epic])  # a journey is of the family of steps
    assert [(link.target.id, str(link.origin)) for link in links.links] == [
        ("OPP-3", "inherited"),
        ("pay-bill", "rule"),
    ]


def test_what_a_person_refused_is_not_inherited_and_nothing_further_up_takes_its_place() -> None:
    own = TicketLinks(ticket=TICKET.ref, refused=(a_target("OPP-3"),))
    links = inherit(own, [some_links(EPIC, "OPP-3", "OPP-4"), some_links(INITIATIVE, "OPP-9")])
    assert [link.target.id for link in links.links] == ["OPP-4"]
    assert inherit(own, [some_links(EPIC, "OPP-3"), some_links(INITIATIVE, "OPP-9")]) == own
    assert links.refused == own.refused


def test_what_an_ancestor_refused_is_that_ancestors_own() -> None:
    epic = some_links(EPIC, refused=(a_target("OPP-3"),))
    links = inherit(some_links(TICKET), [epic, some_links(INITIATIVE, "OPP-3")])
    assert [link.target.id for link in links.links] == ["OPP-3"]
    assert links.refused == ()


def test_an_ancestor_that_is_to_be_left_alone_passes_nothing_on() -> None:
    ignored = some_links(EPIC, "OPP-3", ignored=True, enabling=UPKEEP)
    links = inherit(some_links(TICKET), [ignored, some_links(INITIATIVE, "OPP-9")])
    assert [link.target.id for link in links.links] == ["OPP-9"]
    assert links.enabling is None


def test_suggestions_are_not_inherited_and_go_when_their_target_is() -> None:
    waiting = (Link(ticket=TICKET.ref, target=a_target("OPP-3"), origin=Origin.REFERENCE, confidence=0.5, cause="x"),)
    own = TicketLinks(ticket=TICKET.ref, suggestions=waiting)
    assert inherit(own, [some_links(EPIC, "OPP-4")]).suggestions == waiting
    assert inherit(own, [some_links(EPIC, "OPP-3")]).suggestions == ()
    assert inherit(some_links(TICKET), [TicketLinks(ticket=EPIC.ref, suggestions=waiting)]).suggestions == ()


def test_below_enabling_work_is_enabling_work() -> None:
    links = inherit(some_links(TICKET), [some_links(EPIC, enabling=UPKEEP, key="BILL-200")])
    assert links.enabling is not None
    assert (links.enabling.name, links.enabling.cause) == (
        "platform",
        "inherited from BILL-200: rule upkeep: honest work",
    )
    assert not links.is_orphan


def test_a_link_of_its_own_or_a_nearer_ancestor_with_one_keeps_enabling_out() -> None:
    enabling = some_links(INITIATIVE, enabling=UPKEEP)
    assert inherit(some_links(TICKET, "OPP-3"), [enabling]).enabling is None
    assert inherit(some_links(TICKET), [some_links(EPIC, "OPP-3"), enabling]).enabling is None


def test_its_own_enabling_stays() -> None:
    own = some_links(TICKET, enabling=Enabling(name="mine", rule="r", cause="c"))
    assert inherit(own, [some_links(EPIC, enabling=UPKEEP)]).enabling == own.enabling


def test_nothing_to_take_over_gives_the_same_back() -> None:
    own = some_links(TICKET, "OPP-3", "pay-bill")
    assert inherit(own, [some_links(EPIC, "OPP-4", "pay-bill.pay")]) is own
    assert inherit(own, []) is own
