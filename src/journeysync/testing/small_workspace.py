"""The files of a small workspace: one journey of three steps, three opportunities, and nothing in anybody's way.

What a test is about - connections, rules, placement - it adds itself: ``JOURNEY_FILES | {"mappings/rules.yaml": ...}``.
"""

from collections.abc import Mapping
from pathlib import Path

HIERARCHY = """
lifecycles:
  - id: live
    name: Live with us
    macro: [{id: pay, name: Pay}]
"""
JOURNEY = """
id: pay-bill
name: Understand and pay a bill
parent: pay
ask: "#billing"
phases:
  - name: Understand
    steps:
      - id: see-why
        name: See why it changed
        insights: [{id: I-7, kind: pain, says: Nobody says why, evidence: 3}]
      - {id: check-readings, name: Check the readings}
  - name: Pay
    steps:
      - {id: pay, name: Pay}
"""
OPPORTUNITIES = """
opportunities:
  - id: OPP-3
    name: Say why the bill went up
    for: [pay-bill.see-why]
    because: [I-7]
    customer_value: 9.3
    business_value: 8.0
  - {id: OPP-4, name: Pay in one tap, for: [pay-bill.pay], customer_value: 5, business_value: 4}
  - {id: OPP-5, name: Not scored, for: [pay-bill.pay], customer_value: 5}
"""
JOURNEY_FILES: Mapping[str, str] = {
    "journeys/hierarchy.yaml": HIERARCHY,
    "journeys/pay-bill.yaml": JOURNEY,
    "journeys/opportunities.yaml": OPPORTUNITIES,
    "mappings/scoring.yaml": "write: {at_most_every_days: 0}\n",  # a score may be written as often as it changes
}


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files of a workspace, by their names from its folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
