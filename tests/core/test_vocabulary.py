"""Teams, kinds and states in our words."""

from journeysync.core.vocabulary import in_our_words, unknown_words
from journeysync.model.rule import Team, TeamWhere, Vocabulary
from journeysync.model.ticket import State
from journeysync.testing import a_ticket

BILLING = Team(
    id="billing",
    name="Billing",
    where=TeamWhere(connection=("Billing",), project=("bill", "INV*")),
    kinds=(("epic", ("Theme", "Initiative")), ("story", ("Feature", "User story")), ("bug", ("Defect",))),
    states=(("dropped", ("Won't do", "Duplicate")), ("doing", ("In review",))),
)
REST = Team(id="rest", name="Rest", where=TeamWhere(connection=("billing",)))
VOCABULARY = Vocabulary(teams=(BILLING, REST))


def test_the_first_team_whose_where_fits_owns_the_ticket() -> None:
    assert in_our_words(a_ticket("BILL-1"), VOCABULARY).team == "billing"
    assert in_our_words(a_ticket("INVOICE-1"), VOCABULARY).team == "billing"
    assert in_our_words(a_ticket("APP-1"), VOCABULARY).team == "rest"
    assert in_our_words(a_ticket("BILL-1", connection="other"), VOCABULARY).team is None


def test_a_team_is_told_by_labels_and_components_too() -> None:
    care = Team(id="care", name="Care", where=TeamWhere(label=("care*",), component=("Desk", "Hotline")))
    vocabulary = Vocabulary(teams=(care,))
    assert in_our_words(a_ticket(labels={"CARE-2"}, components={"desk"}), vocabulary).team == "care"
    assert in_our_words(a_ticket(labels={"care"}), vocabulary).team is None


def test_a_team_without_where_owns_what_nobody_before_it_does() -> None:
    vocabulary = Vocabulary(teams=(BILLING, Team(id="all", name="All")))
    assert in_our_words(a_ticket("APP-1"), vocabulary).team == "all"
    assert in_our_words(a_ticket("BILL-1"), vocabulary).team == "billing"


def test_a_teams_words_for_kinds_become_ours_in_any_case() -> None:
    for word, kind in (("theme", "epic"), ("User Story", "story"), ("DEFECT", "bug"), ("Task", "task")):
        assert in_our_words(a_ticket(kind_word=word, kind="task"), VOCABULARY).kind == kind
    assert in_our_words(a_ticket("APP-1", kind_word="Defect", kind="task"), VOCABULARY).kind == "task"


def test_a_reason_for_the_end_or_a_status_name_corrects_the_state() -> None:
    ended = a_ticket(state=State.DONE, state_word="Closed")
    for resolution, state in (("won't do", State.DROPPED), ("DUPLICATE", State.DROPPED), ("Fixed", State.DONE)):
        assert in_our_words(ended.model_copy(update={"resolution": resolution}), VOCABULARY).state is state
    assert in_our_words(a_ticket(state_word="In Review"), VOCABULARY).state is State.DOING
    assert in_our_words(a_ticket(state=State.DONE, state_word="Duplicate"), VOCABULARY).state is State.DROPPED
    assert in_our_words(a_ticket(state_word="In review", resolution="Duplicate"), VOCABULARY).state is State.DROPPED


def test_the_same_ticket_comes_back_when_nothing_differs() -> None:
    ours = in_our_words(a_ticket(kind_word="Theme"), VOCABULARY)
    assert in_our_words(ours, VOCABULARY) is ours
    nobodys = a_ticket(connection="other")
    assert in_our_words(nobodys, VOCABULARY) is nobodys
    assert in_our_words(ours, Vocabulary()).team is None


def test_another_vocabulary_of_the_same_content_says_the_same() -> None:
    again = Vocabulary.model_validate(VOCABULARY.model_dump())
    assert in_our_words(a_ticket(), again) == in_our_words(a_ticket(), VOCABULARY)


def test_words_that_nobody_mapped_are_counted() -> None:
    tickets = [
        a_ticket("BILL-1", kind_word="Spike"),
        a_ticket("BILL-2", kind_word="Spike"),
        a_ticket("BILL-3", kind_word="Defect"),  # mapped
        a_ticket("BILL-4", kind_word="Story"),  # speaks for itself
        a_ticket("BILL-5", kind_word="Capability", level=2),  # its level says what it is
        a_ticket("APP-1", kind_word="Defect"),  # another team
        a_ticket("APP-2", connection="other", kind_word="Ask"),
        a_ticket("BILL-6", state=State.DONE, resolution="Not our bug"),
        a_ticket("BILL-7", state=State.DONE, resolution="Duplicate"),  # mapped
        a_ticket("BILL-8", state=State.DONE, resolution="Fixed"),
        a_ticket("BILL-9", state=State.DROPPED, resolution="Obsolete"),  # the tracker said so already
    ]
    counts = unknown_words(tickets, VOCABULARY)
    assert list(counts.items()) == [
        ((None, "kind", "Ask"), 1),
        (("billing", "kind", "Spike"), 2),
        (("billing", "state", "Not our bug"), 1),
        (("rest", "kind", "Defect"), 1),
    ]
