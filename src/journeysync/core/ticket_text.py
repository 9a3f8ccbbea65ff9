"""A step as the text of a new ticket, to paste into any tracker: we create none ourselves."""

from collections.abc import Sequence

from journeysync.core.number import short
from journeysync.model.coverage import StepCoverage
from journeysync.model.journey import JourneyRepository, Opportunity, Step
from journeysync.model.scoring import OpportunityScore


def ticket_text(
    step: Step,
    figures: StepCoverage,
    opportunities: Sequence[tuple[Opportunity, OpportunityScore]],
    repository: JourneyRepository,
) -> str:
    """Return Markdown: what the step is, why it needs work, what customers say; what is private stays out."""
    journey = repository.journey_by_id[step.journey]
    lines = [f"# {step.name}: {opportunities[0][0].name if opportunities else 'close the gap'}", ""]
    lines += [f"Journey step: {figures.path.replace(' > ', ' › ')} (`{step.id}`)"]
    personas = {persona.id: persona.name for persona in repository.personas}
    if named := [personas.get(each, each) for each in step.personas or journey.personas]:
        lines.append(f"For: {', '.join(named)}")
    for title, text in (("Today", step.today), ("To be", step.to_be)):
        if text:
            lines += ["", f"**{title}:** {text}"]
    if figures.needs:
        lines += ["", "**Why it needs work**", *(f"- {need}" for need in figures.needs)]
    insights = [insight for insight in step.insights if not insight.private]
    for opportunity, _ in opportunities:
        known = repository.insight_by_id
        insights += [known[i] for i in opportunity.because if i in known and not known[i].private]
    if insights:
        unique = {insight.id: insight for insight in insights}.values()
        lines += ["", "**What we know**"]
        lines += [f'- "{i.says}" ({i.source or "no source named"}, evidence {i.evidence} of 3)' for i in unique]
    for opportunity, score in opportunities:
        worth = f"{short(score.score)} of 100" if score.score is not None else "not scored"
        lines += ["", f"Opportunity {opportunity.id}, {opportunity.name}: {worth}"]
    if journey.ask:
        lines += ["", f"Ask: {journey.ask}"]
    return "\n".join(lines) + "\n"
