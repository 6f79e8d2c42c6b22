"""What stays filled in when a view changes."""

from sandbox.slack.elements import Element, elements
from sandbox.slack.model import Json

type State = dict[str, dict[str, Json]]
"""block_id > action_id > Slack's value object."""


def kept_state(blocks: object, old: State) -> State:
    """What a person had filled in, where block, action and type are the same as before."""
    state: State = {}
    for element in elements(blocks):
        value = old.get(element.block_id, {}).get(element.action_id)
        if value is not None and element.holds and _fits(element, value):
            state.setdefault(element.block_id, {})[element.action_id] = value
    return state


def _fits(element: Element, value: Json) -> bool:
    if value.get("type") != element.body.get("type"):
        return False
    options = list(element.body.get("options") or ())
    for group in element.body.get("option_groups") or ():
        options += group["options"]
    if not options:
        return True
    chosen = value.get("selected_options") or [value.get("selected_option")]
    return all(each in options for each in chosen if each is not None)
