"""Who answers for a slot: the owner of the journey behind it, else of the rule that wrote it."""

from typing import TYPE_CHECKING

from journeysync.core.labels import target_of_id, target_of_label
from journeysync.model.base import Pairs
from journeysync.model.change import Slot, slot_kind, slot_name
from journeysync.model.link import Target

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace


def owner_of(workspace: "Workspace", inputs: Pairs, slot: Slot = "") -> str:
    """Return the owner as the files name them; empty if nobody is named.

    Args:
        workspace: Whose journeys and rules.
        inputs: What the slot was worked out from, as a change or ledger row keeps it.
        slot: A label says its target by its name.
    """
    facts = dict(inputs)
    because = facts.get("because") or ("",)  # of a score: the opportunities that decide it
    target = target_of_id(str(facts.get("target") or because[0]), workspace.repository)
    if target is None and slot_kind(slot) == "label":
        target = target_of_label(slot_name(slot), workspace.namespace, workspace.repository)
    of_rule = next((rule.owner for rule in workspace.settings.rules if rule.id == facts.get("rule")), None)
    return (_owner_of_target(workspace, target) if target else None) or of_rule or ""


def _owner_of_target(workspace: "Workspace", target: Target) -> str | None:
    repository = workspace.repository
    named = target.id
    if target.kind == "opportunity":
        opportunity = repository.opportunity_by_id[named]
        if opportunity.owner:
            return opportunity.owner
        named = opportunity.for_[0] if opportunity.for_ else ""
    step = repository.step_by_id.get(named)
    journey = repository.journey_by_id.get(step.journey if step else named)
    while journey is not None:
        if journey.owner:
            return journey.owner
        above = journey.parent
        lifecycle = next((one for one in repository.lifecycles if one.id == above), None)
        if lifecycle is not None:
            return lifecycle.owner
        journey = repository.journey_by_id.get(above) if above else None
    return None
