"""What a thread is told: everything once, in lines that do not depend on when one looked."""

from bot.live import ALL, STATE, Rhythm
from bot.live.telling import Told
from bot.live.thread_lines import lines
from shared.timeline import Picture, build
from tests.shared.happenings import Happenings, recorded, second, seen

RHYTHM = Rhythm(gather=3, summary=60)


def test_a_recorded_failure_is_told_line_by_line() -> None:
    events, execution = recorded("act-fails")

    assert [line.text for line in lines(build(events, execution).picture)] == [
        "❌ `always_fails` · failed · attempt 2 · 1.1 s · boom 2",
        "❌ act-fails `4fc0395590c344b2adfc36cd4dcc74e0` failed after 1.8 s: boom 2"
        " · 1 step · 1 failed · 1 attempt repeated",
    ]


def test_wherever_one_looks_in_between_the_same_things_are_told_once() -> None:
    """A bot that was killed after any event begins anew, and tells only what was not told."""
    for name in ("act-fails", "app-error", "approval-timeout", "progress"):
        events, execution = recorded(name)
        whole = [line.key for line in lines(build(events, execution).picture)]
        for interrupted in range(len(events)):
            told = Told.of(ALL, RHYTHM, ())
            said = listen(told, [build(events[:interrupted]).picture])
            anew = Told.of(ALL, RHYTHM, said)
            pictures = [build(events[:count]).picture for count in range(len(events))]
            said += listen(anew, [*pictures, build(events, execution).picture])
            assert len(said) == len(set(said))
            assert set(whole) <= set(said)


def test_a_stage_that_passed_is_not_told_after_a_later_one() -> None:
    happenings = Happenings()
    happenings.starts()
    happenings.activity("STARTED", "1")
    running = build(happenings.events).picture
    happenings.activity("RETRYING", "1", attempt=1, message="busy")
    happenings.activity("COMPLETED", "1")

    told = Told.of(ALL, RHYTHM, ())

    assert listen(told, [build(happenings.events).picture, running]) == [
        f"step:run-1:1#{10**9}",
    ]


def test_ends_are_told_only_when_the_api_confirms_them() -> None:
    events, execution = recorded("app-error")

    assert lines(build(events).picture) == ()
    assert [line.kind for line in lines(build(events, execution).picture)] == ["ends"]


def test_lines_are_gathered_and_urgent_ones_take_the_others_along() -> None:
    happenings = Happenings()
    happenings.starts()
    happenings.activity("STARTED", "1")
    told = Told.of(ALL, RHYTHM, ())

    assert told.replies(lines(build(happenings.events).picture), now=10) == []
    assert told.due(now=11) == 2
    happenings.activity("FAILED", "2", attempt=1, message="out of stock")
    [reply] = told.replies(lines(build(happenings.events).picture), now=11)
    assert [line.kind for line in reply.told] == ["steps began", "steps failed"]
    told.taken([reply])
    assert told.due(now=11) is None
    assert told.replies(lines(build(happenings.events).picture), now=20) == []


def test_gathered_lines_are_told_when_their_time_has_come() -> None:
    happenings = Happenings()
    happenings.starts()
    happenings.activity("STARTED", "1")
    told = Told.of(ALL, RHYTHM, ())
    news = lines(build(happenings.events).picture)

    assert told.replies(news, now=10) == []
    [reply] = told.replies(news, now=13)

    assert "step-1" in reply.message.text


def test_a_reply_holds_twenty_lines() -> None:
    told = Told.of(ALL, RHYTHM, ())

    replies = told.replies(lines(many_steps(50)), now=0)

    assert [len(reply.told) for reply in replies] == [20, 20, 10]
    assert all(
        len(block["text"]["text"]) <= 3_000 for reply in replies for block in reply.message.blocks
    )


def test_beyond_two_hundred_lines_the_rest_is_told_in_numbers() -> None:
    told = Told.of(ALL, RHYTHM, [f"step:earlier:{number}#1" for number in range(195)])
    happenings = Happenings()
    happenings.starts()
    for number in range(30):
        happenings.activity("STARTED", str(number))
        happenings.activity("COMPLETED", str(number))
    picture = build(happenings.events, seen("FAILED", end_time=second(90))).picture

    replies = told.replies(lines(picture), now=0)

    assert [reply.message.text.split(" ")[0] for reply in replies] == ["…", "❌"]
    assert replies[0].message.text == "… 30 steps completed"
    told.taken(replies)
    assert told.news(lines(picture)) == []


def test_a_watch_of_states_is_told_of_the_execution_alone() -> None:
    events, execution = recorded("approval-timeout")
    told = Told.of(STATE, RHYTHM, ())

    said = listen(told, [build(events[:8]).picture, build(events, execution).picture])

    assert [key.split(":")[0] for key in said] == ["question", "end"]


def test_code_that_fails_for_ever_is_told_less_and_less_often() -> None:
    happenings = Happenings()
    happenings.starts()
    told, said = Told.of(ALL, RHYTHM, ()), list[str]()
    for _ in range(32):
        happenings.fails("no rates")
        said += listen(told, [build(happenings.events, seen("RUNNING")).picture])

    assert len(said) <= 7
    assert all(key.startswith("code:") for key in said)


def test_ids_of_any_length_fit_the_store() -> None:
    happenings = Happenings()
    happenings.starts(workflow_run_id="r" * 900)
    happenings.activity("STARTED", "t" * 200, workflow_run_id="r" * 900)

    assert all(len(line.key) <= 200 for line in lines(build(happenings.events).picture))


def listen(told: Told, pictures: list[Picture]) -> list[str]:
    """The keys of all that is said when the pictures come one after the other."""
    said: list[str] = []
    for number, picture in enumerate(pictures):
        replies = told.replies(lines(picture), now=number * 100.0, at_last=True)
        told.taken(replies)
        said += [line.key for reply in replies for line in reply.told]
    return said


def many_steps(count: int) -> Picture:
    happenings = Happenings()
    happenings.starts()
    for number in range(count):
        happenings.activity("STARTED", str(number))
    return build(happenings.events).picture
