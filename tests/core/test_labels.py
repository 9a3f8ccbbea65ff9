"""Names of labels in our namespace, what they stand for, and whose they are."""

import re
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeysync.core.labels import (
    LABEL_LIMIT,
    Mark,
    band_label,
    band_of_label,
    did_you_mean_label,
    ignore_label,
    is_ignore_label,
    is_ours_by_name,
    label_clashes,
    label_for,
    origin_of_label,
    target_of_label,
)
from journeysync.model.journey import Journey, JourneyRepository, Opportunity, Step
from journeysync.testing import NOW, a_target

NS = "journey."
LONG = "understand-and-pay-a-very-long-bill-word.see-why-it-changed-since-last-month"
REPOSITORY = JourneyRepository(
    journeys=(
        Journey(
            id="pay-bill",
            name="Pay",
            was=("billing-journey",),
            steps=(
                Step(id="pay-bill.see-why", name="See why", journey="pay-bill", was=("pay-bill.why",)),
                Step(id=LONG, name="Long", journey="understand-and-pay-a-very-long-bill-word"),
            ),
        ),
    ),
    opportunities=(Opportunity(id="OPP-3", name="Say why", was=("OPP-1",)),),
)


def test_labels_are_the_namespace_and_the_id_in_lower_case() -> None:
    assert label_for("pay-bill", NS) == "journey.pay-bill"
    assert label_for("pay-bill.see-why", NS) == "journey.pay-bill.see-why"
    assert label_for(a_target("OPP-3"), NS) == "journey.opp-3"
    assert band_label(5, NS) == "journey.band-5"
    assert ignore_label(NS) == "journey.ignore"


def test_a_long_id_is_cut_to_37_characters_and_4_hex_of_the_full_id() -> None:
    label = label_for(LONG, NS)
    assert label == f"journey.{LONG[:37]}-{sha256(LONG.encode()).hexdigest()[:4]}"
    assert len(label) == 50
    assert label_for("a" * 42, NS) == f"journey.{'a' * 42}"  # just fits
    assert label_for("a" * 43, NS) != f"journey.{'a' * 43}"


@given(
    id_=st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)?", fullmatch=True).filter(
        lambda x: len(x) <= 81
    ),
    namespace=st.sampled_from(["journey.", "j.", "customer-journey."]),
)
def test_every_id_makes_a_label_that_all_trackers_take(id_: str, namespace: str) -> None:
    assert re.fullmatch(r"[a-z0-9.-]{1,50}", label_for(id_, namespace))


@pytest.mark.parametrize(
    ("label", "target"),
    [
        ("journey.pay-bill", "pay-bill"),
        ("Journey.Pay-Bill", "pay-bill"),
        ("journey.billing-journey", "pay-bill"),
        ("journey.pay-bill.see-why", "pay-bill.see-why"),
        ("journey.pay-bill.why", "pay-bill.see-why"),
        ("journey.opp-3", "OPP-3"),
        ("JOURNEY.OPP-1", "OPP-3"),
        (label_for(LONG, NS).upper(), LONG),
    ],
)
def test_a_label_stands_for_its_target_by_any_id_and_in_any_case(label: str, target: str) -> None:
    assert target_of_label(label, NS, REPOSITORY) == a_target(target)


@pytest.mark.parametrize(
    "label", ["journey.", "journey.pay", "pay-bill", "journey.opp-33", "xjourney.pay-bill", "", NS + "x" * 42]
)
def test_other_labels_stand_for_nothing(label: str) -> None:
    assert target_of_label(label, NS, REPOSITORY) is None


def test_names_in_the_namespace_are_told_from_others() -> None:
    assert is_ours_by_name("Journey.anything", NS)
    assert not is_ours_by_name("journey.", NS)
    assert not is_ours_by_name("journeys.x", NS)


def test_band_and_ignore_labels_are_known_in_any_case() -> None:
    assert band_of_label("Journey.Band-5", NS) == 5
    for other in (
        "journey.band-",
        "journey.band-x",
        "journey.band-५",
        "journey.pay-bill",
        "band-5",
        "journey.band-555",
    ):
        assert band_of_label(other, NS) is None
    assert is_ignore_label("JOURNEY.IGNORE", NS)
    assert not is_ignore_label("ignore", NS)


def test_a_misspelt_label_has_a_suggestion() -> None:
    assert did_you_mean_label("journey.pay-bil", NS, REPOSITORY) == "journey.pay-bill"
    assert did_you_mean_label("Journey.OPP3", NS, REPOSITORY) == "journey.opp-3"
    assert did_you_mean_label("journey.ignored", NS, REPOSITORY) == "journey.ignore"
    assert did_you_mean_label("journey.xyzzy", NS, REPOSITORY) == ""
    assert did_you_mean_label("bug", NS, REPOSITORY) == ""


def test_ids_that_would_share_a_label_are_named() -> None:
    assert label_clashes(REPOSITORY, NS) == ()
    clashing = JourneyRepository(
        journeys=(Journey(id="opp-3", name="x"), Journey(id="ignore", name="x"), Journey(id="band-5", name="x")),
        opportunities=(Opportunity(id="OPP-3", name="x"),),
    )
    assert label_clashes(clashing, NS) == (
        ("journey.band-5", ("band-5", "(reserved)")),
        ("journey.ignore", ("ignore", "(reserved)")),
        ("journey.opp-3", ("opp-3", "OPP-3")),
    )


def _origin(**more: object) -> Mark:
    values: dict[str, object] = {
        "seen_without_it": False,
        "first_seen_now": True,
        "created_at": NOW,
        "first_run_at": NOW - timedelta(days=1),
        "has_receipt": False,
    }
    return origin_of_label(**(values | more))  # type: ignore[arg-type]  # one case a line below


def test_a_label_is_typed_by_a_person_where_we_had_seen_the_ticket_without_it() -> None:
    assert _origin(seen_without_it=True, first_seen_now=False) is Mark.TYPED
    assert _origin(seen_without_it=True, first_seen_now=False, has_receipt=True, created_at=None) is Mark.TYPED


def test_a_label_on_a_new_ticket_without_receipt_is_typed_by_a_person() -> None:
    assert _origin() is Mark.TYPED


@pytest.mark.parametrize(
    "more",
    [
        {"first_run_at": None},  # the first run, or a lost store
        {"created_at": NOW - timedelta(days=2)},
        {"created_at": None},
        {"has_receipt": True},
        {"is_copy": True},
    ],
)
def test_a_label_that_may_be_ours_from_before_is_of_unknown_origin(more: dict[str, object]) -> None:
    assert _origin(**more) is Mark.UNKNOWN


def test_the_limit_is_that_of_the_narrowest_tracker() -> None:
    assert LABEL_LIMIT == 50
