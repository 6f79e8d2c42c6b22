"""Modals and App Homes: opened by trigger, stacked, updated, published."""

from typing import Any

import pytest

from sandbox.slack.checks import check_view
from sandbox.slack.interactions import use
from sandbox.slack.model import Json
from sandbox.slack.refusals import Refusal
from sandbox.slack.spots import view_spot
from sandbox.slack.view_stack import close_view, respond
from tests.slack.calling import Caller, calling, error, refusal
from tests.slack.kit import actions, button, field, home, menu, modal, option, options, plain, table
from tests.slack.kit import typed as text_field


async def _opened(caller: Caller, view: Json) -> Json:
    answer = await caller.client.views_open(trigger_id=_trigger(caller), view=view)
    return dict(answer["view"])


def _trigger(caller: Caller, name: str = "ana") -> str:
    return caller.slack.triggers.issue(caller.app.id, caller.person(name))


async def _fill(caller: Caller, view_id: str, action_id: str, choice: Any) -> None:
    user = caller.workspace.user(caller.person("ana"))
    await use(caller.slack, user, view_spot(caller.slack, user, view_id), action_id, None, choice)


@pytest.mark.parametrize(
    ("view", "complaint"),
    [
        ({"type": "modal"}, "missing required field: title [json-pointer:/view]"),
        (modal(title=plain("x" * 25)), "less than 25 characters [json-pointer:/view/title/text]"),
        (modal(submit=plain("x" * 25)), "less than 25 characters [json-pointer:/view/submit/text]"),
        (modal(close=plain("x" * 25)), "less than 25 characters [json-pointer:/view/close/text]"),
        (modal(private_metadata="x" * 3001), "less than 3001 characters"),
        (modal(callback_id="x" * 256), "less than 256 characters"),
        (modal(submit_disabled=True), "invalid additional property: submit_disabled"),
        (modal(*[{"type": "divider"}] * 101), "no more than 100 items allowed"),
        (modal() | {"blocks": []}, "no less than 1 items allowed [json-pointer:/view/blocks]"),
        (modal(table()), "unsupported type: table [json-pointer:/view/blocks/0/type]"),
        (
            {"type": "modal", "title": plain(), "blocks": [field(text_field())]},
            "`submit` is required when the view has an input block [json-pointer:/view]",
        ),
        (home(submit=plain()), "invalid additional property: submit [json-pointer:/view]"),
        (home(field({"type": "file_input"})), "unsupported type: file_input"),
        ({"type": "workflow_step", "blocks": []}, "unsupported type: workflow_step"),
    ],
)
def test_a_view_that_slack_refuses_says_what_is_wrong(view: Json, complaint: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_view(view)
    assert caught.value.error == "invalid_arguments"
    messages: Any = caught.value.details["response_metadata"]
    assert any(complaint in each for each in messages["messages"])


def test_a_view_may_use_all_of_its_limits() -> None:
    check_view(
        modal(
            *[{"type": "divider"}] * 99,
            field({"type": "file_input", "max_files": 10}),
            title=plain("t" * 24),
            private_metadata="m" * 3000,
            callback_id="c" * 255,
            notify_on_close=True,
        )
    )


def test_a_view_of_too_many_bytes_is_too_large() -> None:
    groups = [{"label": plain(), "options": options(100)}] * 40
    with pytest.raises(Refusal, match="view_too_large"):
        check_view(modal(field(menu(option_groups=groups))))


async def test_an_opened_modal_comes_back_as_payloads_show_it() -> None:
    async with calling() as caller:
        shown = await _opened(
            caller,
            modal(
                field(text_field(initial_value="first"), optional=True),
                actions(button(), menu(options=options(2), initial_option=option("o1"))),
                private_metadata="draft-1",
                callback_id="form:start",
            ),
        )

        assert shown["team_id"] == caller.workspace.team_id
        assert (shown["app_id"], shown["bot_id"]) == (caller.app.id, caller.app.bot_id)
        assert (shown["root_view_id"], shown["previous_view_id"]) == (shown["id"], None)
        assert (shown["private_metadata"], shown["callback_id"]) == ("draft-1", "form:start")
        assert shown["title"] == plain("Form")
        row = shown["blocks"][1]["block_id"]
        assert shown["state"]["values"] == {
            "field": {"typed": {"type": "plain_text_input", "value": "first"}},
            row: {"menu": {"type": "static_select", "selected_option": option("o1")}},
        }


async def test_a_trigger_opens_one_modal_and_only_for_three_seconds() -> None:
    async with calling() as caller:
        views = caller.client
        spent = _trigger(caller)
        await views.views_open(trigger_id=spent, view=modal())
        late = _trigger(caller)
        caller.workspace.clock.advance(3.1)
        foreign = caller.slack.triggers.issue("A0", caller.person("ana"))

        for trigger_id, name in (
            (spent, "exchanged_trigger_id"),
            (late, "expired_trigger_id"),
            ("1.2.3", "invalid_trigger_id"),
            (foreign, "invalid_trigger_id"),
        ):
            assert await error(views.views_open(trigger_id=trigger_id, view=modal())) == name


async def test_a_refused_view_leaves_its_trigger_unspent() -> None:
    async with calling() as caller:
        trigger_id = _trigger(caller)
        refused = await refusal(caller.client.views_open(trigger_id=trigger_id, view={}))
        assert refused["error"] == "invalid_arguments"
        assert await caller.client.views_open(trigger_id=trigger_id, view=modal())


async def test_three_modals_lie_on_one_another_and_not_four() -> None:
    async with calling() as caller:
        first = await _opened(caller, modal())
        push = caller.client.views_push
        second = (await push(trigger_id=_trigger(caller), view=modal()))["view"]
        third = (await push(trigger_id=_trigger(caller), view=modal()))["view"]

        assert third["previous_view_id"] == second["id"]
        assert {second["root_view_id"], third["root_view_id"]} == {first["id"]}
        fourth = push(trigger_id=_trigger(caller), view=modal())
        assert await error(fourth) == "push_limit_reached"


async def test_nothing_is_pushed_onto_nothing() -> None:
    async with calling() as caller:
        pushed = caller.client.views_push(trigger_id=_trigger(caller), view=modal())
        assert await error(pushed) == "not_found"


async def test_opening_takes_the_place_of_what_was_open() -> None:
    async with calling() as caller:
        await _opened(caller, modal())
        second = await _opened(caller, modal())
        stack = caller.workspace.stack(caller.person("ana"), caller.app.id)
        assert [view.id for view in stack] == [second["id"]]


async def test_an_update_with_an_old_hash_is_a_conflict() -> None:
    async with calling() as caller:
        view = await _opened(caller, modal())
        update = caller.client.views_update
        newer = (await update(view_id=view["id"], hash=view["hash"], view=modal()))["view"]

        assert newer["hash"] != view["hash"]
        late = update(view_id=view["id"], hash=view["hash"], view=modal())
        assert await error(late) == "hash_conflict"
        await update(view_id=view["id"], view=modal())


async def test_what_was_typed_stays_while_block_and_action_do() -> None:
    async with calling() as caller:
        picker = field(menu(options=options(2))) | {"block_id": "picker"}
        view = await _opened(caller, modal(field(text_field()), picker))
        await _fill(caller, view["id"], "typed", "by hand")
        await _fill(caller, view["id"], "menu", "o1")

        fewer = field(menu(options=options(1))) | {"block_id": "picker"}
        again = modal(field(text_field(initial_value="new")), fewer)
        kept = (await caller.client.views_update(view_id=view["id"], view=again))["view"]
        other = modal(field(text_field(initial_value="new")) | {"block_id": "another"})
        gone = (await caller.client.views_update(view_id=view["id"], view=other))["view"]

        assert kept["state"]["values"]["field"]["typed"]["value"] == "by hand"
        assert kept["state"]["values"]["picker"]["menu"]["selected_option"] is None
        assert gone["state"]["values"] == {
            "another": {"typed": {"type": "plain_text_input", "value": "new"}}
        }


async def test_a_view_is_found_by_the_apps_own_id_which_no_other_has() -> None:
    async with calling() as caller:
        view = await _opened(caller, modal(external_id="run-1"))
        found = await caller.client.views_update(external_id="run-1", view=modal())
        assert found["view"]["id"] == view["id"]

        await caller.client.views_update(view_id=view["id"], view=modal(external_id="run-1"))
        twice = caller.client.views_push(
            trigger_id=_trigger(caller), view=modal(external_id="run-1")
        )
        assert await error(twice) == "duplicate_external_id"


async def test_an_app_does_not_reach_the_views_of_another() -> None:
    async with calling() as caller:
        view = await _opened(caller, modal())
        stranger = caller.other_app()
        assert await error(stranger.views_update(view_id=view["id"], view=modal())) == "not_found"


async def test_a_home_is_published_and_replaced_by_hash() -> None:
    async with calling() as caller:
        ana = caller.person("ana")
        publish = caller.client.views_publish
        first = (await publish(user_id=ana, view=home()))["view"]
        second = (await publish(user_id=ana, view=home(), hash=first["hash"]))["view"]

        assert second["id"] == first["id"]
        assert await error(publish(user_id=ana, view=home(), hash=first["hash"])) == "hash_conflict"
        assert await error(publish(user_id=ana, view=modal())) == "invalid_arguments"
        assert await error(publish(user_id="U0", view=home())) == "user_not_found"


async def test_the_answer_to_a_submission_updates_pushes_clears_or_closes() -> None:
    async with calling() as caller:
        workspace, app = caller.workspace, caller.app
        shown = await _opened(caller, modal(field(text_field())))
        view = workspace.view(shown["id"])

        errors = {"response_action": "errors", "errors": {"field": "Not that."}}
        respond(workspace, app, view, errors)
        assert view.errors == {"field": "Not that."}
        with pytest.raises(Refusal):
            respond(workspace, app, view, {"response_action": "errors", "errors": {"x": "y"}})

        respond(workspace, app, view, {"response_action": "update", "view": modal()})
        assert not view.errors
        assert all(each["block_id"] for each in view.body["blocks"])
        respond(workspace, app, view, {"response_action": "push", "view": modal()})
        assert len(workspace.stack(view.user, app.id)) == 2
        respond(workspace, app, view, {"response_action": "clear"})
        assert workspace.stack(view.user, app.id) == []


async def test_closing_takes_what_lies_on_top_or_all_where_the_view_says_so() -> None:
    async with calling() as caller:
        workspace = caller.workspace
        await _opened(caller, modal())
        push = caller.client.views_push
        second = (await push(trigger_id=_trigger(caller), view=modal()))["view"]
        third = (await push(trigger_id=_trigger(caller), view=modal(clear_on_close=True)))["view"]

        closed = close_view(workspace, workspace.view(third["id"]))
        assert [view.id for view in closed][:2] == [third["id"], second["id"]]
        assert workspace.views == {}


async def test_blocks_validate_keeps_nothing_and_refuses_by_name() -> None:
    async with calling() as caller:
        validate = caller.client.blocks_validate
        assert (await validate(blocks=[{"type": "divider"}]))["ok"]
        assert (await validate(view=modal()))["ok"]
        assert (await validate(message={"text": "x", "blocks": [{"type": "divider"}]}))["ok"]
        assert await error(validate(blocks=[{"type": "teapot"}])) == "invalid_blocks"
        assert await error(validate(view=modal(table()))) == "invalid_arguments"
        assert await error(validate()) == "invalid_arguments"
        assert caller.workspace.views == {}
