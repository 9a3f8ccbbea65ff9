from journeysync.core.closest import Candidate, Pool, closest, words_of

TEXTS = ("Follow the deposit", "I need the old deposit to pay the new one")


def candidates(*titles: str, parent: str = "") -> Pool:
    return Pool(Candidate(f"billing/{n}", words_of(title), parent) for n, title in enumerate(titles))


def test_a_ticket_comes_close_by_rare_words_that_it_shares_and_says_which() -> None:
    noise = [f"Tidy the list {n}" for n in range(30)]
    (best,) = closest(candidates("Show the deposit status", *noise), TEXTS, {})
    assert (best.name, best.causes) == ("billing/0", ("shares 'deposit'",))


def test_a_word_that_is_everywhere_tells_nothing() -> None:
    assert closest(candidates(*["Pay the deposit"] * 30), TEXTS, {}) == ()


def test_the_company_of_an_epic_counts_and_is_said() -> None:
    (best,) = closest(candidates("Something else", parent="billing/9"), TEXTS, {"billing/9": 3})
    assert best.causes == ("same epic as 3 tickets of this journey",)


def test_the_best_come_first_and_no_more_than_asked() -> None:
    titles = ["Deposit follow", "Deposit", *[f"Other {n}" for n in range(40)]]
    assert [each.name for each in closest(candidates(*titles), TEXTS, {}, limit=1)] == ["billing/0"]


def test_nothing_comes_close_to_nothing() -> None:
    assert closest(candidates(), TEXTS, {}) == ()
    assert closest(candidates("Deposit"), (), {}) == ()


def test_tickets_of_connections_that_somebody_may_not_read_do_not_come() -> None:
    assert closest(candidates("Deposit status"), TEXTS, {}, connections=["app"]) == ()
