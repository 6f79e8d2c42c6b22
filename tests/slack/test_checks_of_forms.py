"""What Slack's clients ask of a form before it is sent."""

from typing import Any

import pytest

from sandbox.slack.elements import elements, picked
from sandbox.slack.form_rules import unready
from sandbox.slack.model import Json
from sandbox.slack.view_stack import open_view
from sandbox.slack.workspace import seeded
from tests.slack.kit import field, menu, modal, options, typed


def _said(element: Json, choice: Any = None, **block: Any) -> str | None:
    """The complaint about a form of this one element with this choice in it."""
    workspace = seeded()
    app = workspace.install({})
    body = modal(field({"action_id": "it", **element}, **block))
    view = open_view(workspace, app, next(iter(workspace.users)), body)
    if choice is not None:
        [only] = elements(view.body["blocks"])
        view.state["field"] = {only.action_id: picked(only, choice, [])}
    return unready(view).get("field")


NUMBER: Json = {
    "type": "number_input",
    "is_decimal_allowed": False,
    "min_value": "2",
    "max_value": "9",
}


@pytest.mark.parametrize(
    ("element", "choice"),
    [
        (typed(), "words"),
        (typed(initial_value="words"), None),
        (typed(min_length=5), "words"),
        (NUMBER, "2"),
        (NUMBER | {"is_decimal_allowed": True}, "8.5"),
        ({"type": "email_text_input"}, "ana@acme.example"),
        ({"type": "url_text_input"}, "https://x.example/a"),
        (menu("multi_static_select", options=options(3), max_selected_items=2), ["o0", "o1"]),
        (menu("checkboxes", options=options(2)), ["o0"]),
    ],
)
def test_a_form_that_is_filled_in_well_may_go(element: Json, choice: Any) -> None:
    assert _said(element, choice) is None


@pytest.mark.parametrize(
    ("element", "choice", "said"),
    [
        (typed(), None, "complete this required field"),
        (menu("checkboxes", options=options(2)), None, "complete this required field"),
        (typed(min_length=6), "words", "at least 6 characters"),
        (typed(max_length=4), "words", "at most 4 characters"),
        (NUMBER, "1", "at least 2"),
        (NUMBER, "10", "at most 9"),
        (NUMBER, "2.5", "whole number"),
        (NUMBER, "two", "a number"),
        ({"type": "email_text_input"}, "ana", "valid email address"),
        ({"type": "url_text_input"}, "x.example", "valid URL"),
        (
            menu("multi_static_select", options=options(3), max_selected_items=1),
            ["o0", "o1"],
            "at most 1",
        ),
    ],
)
def test_a_form_is_kept_back_with_a_word_at_its_field(
    element: Json, choice: Any, said: str
) -> None:
    assert said in str(_said(element, choice))


def test_an_optional_field_may_stay_empty_but_not_be_wrong() -> None:
    assert _said(typed(), optional=True) is None
    assert _said(NUMBER, "two", optional=True) is not None
