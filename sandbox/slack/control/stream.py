"""The bell of the workspace as server-sent events."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.slack.control.question import Question
from sandbox.slack.control.sight import concerns
from sandbox.slack.local import slack_of
from sandbox.slack.model import User
from sandbox.slack.refusals import Refusal


async def _events(request: Request) -> Response:
    question = Question(slack_of(request), dict(request.query_params))
    try:
        user = question.user()
    except Refusal as refusal:
        return JSONResponse({"ok": False, "error": refusal.error} | refusal.details, 400)
    return StreamingResponse(
        _lines(question, user),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _lines(question: Question, user: User) -> AsyncIterator[str]:
    slack = question.slack
    with slack.clients.listening() as bell:
        # Whoever reads this line misses nothing that happens after it.
        yield ": listening\n\n"
        while (happening := await bell.get()) is not None:
            if concerns(slack.workspace, user, happening):
                yield f"data: {json.dumps(asdict(happening))}\n\n"


ROUTE = Route("/control/events", _events, methods=["GET"])
