"""The policy in force, with the clauses behind it."""

from starlette.responses import Response

from gateway.console.pages import OVERSIGHT, Visit, page

ACTIONS = {
    "deliver": "Let through",
    "fix": "Put right, then sent",
    "encrypt": "Protected, then sent",
    "quarantine": "Held for review",
    "reject": "Not sent",
}
STAGES = {"observe": "only recorded", "advise": "the tutor gets a tip", "enforce": ""}


async def policy(visit: Visit) -> Response:
    """Rule by rule: what happens, and why."""
    return visit.show("policy.html", policy=visit.parts.policy(), actions=ACTIONS, stages=STAGES)


PAGES = [page("/policy", policy, roles=OVERSIGHT)]
