"""Whatever an execution says, its message is one that Slack takes and that forges nothing."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.blocks import MESSAGE_BLOCKS
from bot.delivery.ladder import forms
from bot.message import Message
from bot.render import View, render
from bot.render.errors import render_error
from bot.render.page import BUDGET, size
from bot.render.people import render_audit
from shared.errors import OpsError, Rejected
from shared.operation import Effect
from shared.operations import OPERATIONS
from shared.policy import Policy
from shared.results import Result
from tests.bot.made_results import JSON, TEXT, results
from tests.bot.reading import check, markup, offered

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TYPES = [pytest.param(kind, id=kind.__name__) for kind in Result.__subclasses__()]
VIEWS = st.builds(
    View,
    now=st.just(NOW),
    offers=st.sampled_from([Policy(effect).offers for effect in Effect]),
    name=st.sampled_from([each.name for each in OPERATIONS]),
    arguments=st.dictionaries(st.sampled_from(["workflow", "execution_id"]), TEXT),
    thread=st.booleans(),
)
SOME = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def accept(message: Message) -> None:
    check(message)
    assert len(message.blocks) <= MESSAGE_BLOCKS
    assert size(message.blocks) <= BUDGET
    assert message.text.strip()
    assert len(message.text) <= 3_000
    as_text = [Message(each.text) for each in forms(message) if not each.blocks]
    for text in (each for shown in (message, *as_text) for each in markup(shown)):
        assert "<" not in text
        assert not re.search(r"&(?!amp;|lt;|gt;)", text)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,100}", file.name) for file in message.files)


@pytest.mark.parametrize("kind", TYPES)
@given(data=st.data(), view=VIEWS)
@SOME
def test_every_result_becomes_a_message_that_slack_takes(
    kind: type[Result], data: st.DataObject, view: View
) -> None:
    message = render(data.draw(results(kind)), view)

    accept(message)
    effects = {each.name: each.effect for each in OPERATIONS}
    pressed = [shown.request.name for shown in offered(message)]
    assert all(view.offers(effects[name]) for name in pressed if name in effects)


@given(words=TEXT, detail=TEXT, view=VIEWS)
@SOME
def test_every_error_becomes_a_message_that_slack_takes(
    words: str, detail: str, view: View
) -> None:
    accept(render_error(OpsError(words), view))
    accept(render_error(Rejected(words, detail=detail, request_id=detail), view))


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "started_at": st.just(NOW),
                "actor_kind": st.sampled_from(["slack", "mcp"]),
                "actor_id": TEXT,
                "actor_name": TEXT,
                "operation": TEXT,
                "targets": st.lists(TEXT, max_size=4),
                "arguments": st.dictionaries(TEXT, JSON, max_size=3),
                "outcome": TEXT,
                "error": st.none() | TEXT,
            }
        ),
        max_size=4,
    ),
    times=st.sampled_from([1, 40]),
    view=VIEWS,
)
@SOME
def test_every_audit_trail_becomes_a_message_that_slack_takes(
    rows: list[dict[str, object]], times: int, view: View
) -> None:
    accept(render_audit(rows * times, view))
