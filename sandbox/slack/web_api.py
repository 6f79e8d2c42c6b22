"""The door of the Web API: who calls what, may they, may they now, and what is answered."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.slack.access import need
from sandbox.slack.call_log import Call
from sandbox.slack.connection import reset
from sandbox.slack.decoding import Asked, asked
from sandbox.slack.faults import Fault
from sandbox.slack.local import LocalSlack, slack_of
from sandbox.slack.method_call import Method, MethodCall
from sandbox.slack.methods import METHODS
from sandbox.slack.model import App, Json
from sandbox.slack.refusals import RateLimited, Refusal
from sandbox.slack.workspace import new_secret

_AT_THE_DOOR = ("reset_before", "error_500", "ratelimited", "ratelimited_200", "unknown_method")
_WITH_BLOCKS = ("blocks", "view", "chunks")


@dataclass(frozen=True, slots=True)
class _Answer:
    body: Json
    app: App | None = None
    method: Method | None = None
    status: int = 200
    retry_after: int | None = None
    cut: bool = False

    @property
    def error(self) -> str | None:
        return self.body.get("error")


async def handle(request: Request) -> Response:
    """Answer one call of a method."""
    slack = slack_of(request)
    name = request.path_params["method"]
    try:
        question = await asked(request)
    except Refusal as refusal:
        question = Asked(None, {})
        answer = _refused(refusal)
    else:
        answer = await _answer(slack, name, question)
    _note(slack, name, question, answer)
    if answer.cut:
        return await reset(request)
    if answer.status == 500:
        return HTMLResponse("<html><body>Server Error</body></html>", 500)
    return JSONResponse(answer.body, answer.status, _headers(answer))


async def _answer(slack: LocalSlack, name: str, question: Asked) -> _Answer:
    method = METHODS.get(name)
    app: App | None = None
    try:
        if (mishap := await _mishap(slack, name, question)) is not None:
            return mishap
        if method is None:
            raise Refusal("unknown_method", req_method=name)
        app = _caller(slack, method, question.token)
        body = await _run(slack, name, method, MethodCall(slack, app, question.arguments))
    except Refusal as refusal:
        return _refused(refusal, app, method)
    if slack.faults.take(("reset_after",), name, question.channel):
        return _Answer({"ok": True, "error": "reset_after"}, app, method, cut=True)
    return _Answer({"ok": True} | body, app, method)


def _caller(slack: LocalSlack, method: Method, token: str | None) -> App:
    if not token:
        raise Refusal("not_authed")
    app = slack.workspace.app_by_token(token)
    if app is None:
        raise Refusal("invalid_auth")
    if app.revoked:
        raise Refusal("token_revoked")
    if slack.workspace.user(app.user).deleted:
        raise Refusal("account_inactive")
    if token != (app.bot_token if method.token == "bot" else app.app_token):
        raise Refusal("not_allowed_token_type")
    return app


async def _run(slack: LocalSlack, name: str, method: Method, call: MethodCall) -> Json:
    if method.scope is not None:
        need(call.app, method.scope)
    slack.limits.call(call.app.id, name, method.tier)
    return await method.run(call)


async def _mishap(slack: LocalSlack, name: str, question: Asked) -> _Answer | None:
    if slow := slack.faults.take(("slow",), name, question.channel):
        await slack.workspace.clock.sleep(slow.seconds)
    if fault := slack.faults.take(_AT_THE_DOOR, name, question.channel):
        return _faulty(fault)
    blocks = (question.arguments.get(each) for each in _WITH_BLOCKS)
    slack.faults.check_blocks(name, question.channel, *blocks)
    return None


def _faulty(fault: Fault) -> _Answer:
    if fault.kind == "reset_before":
        return _Answer({"ok": False, "error": fault.kind}, cut=True)
    if fault.kind == "error_500":
        return _Answer({"ok": False, "error": fault.kind}, status=500)
    if fault.kind == "ratelimited":
        return _refused(RateLimited(fault.retry_after))
    return _refused(Refusal(fault.kind.removesuffix("_200")))


def _refused(refusal: Refusal, app: App | None = None, method: Method | None = None) -> _Answer:
    body: Json = {"ok": False, "error": refusal.error} | refusal.details
    if isinstance(refusal, RateLimited):
        return _Answer(body, app, method, status=429, retry_after=refusal.retry_after)
    return _Answer(body, app, method)


def _headers(answer: _Answer) -> dict[str, str]:
    headers = {"x-slack-req-id": new_secret()}
    if answer.app is not None:
        headers["x-oauth-scopes"] = ",".join(sorted(answer.app.scopes))
    if answer.method is not None and answer.method.scope is not None:
        headers["x-accepted-oauth-scopes"] = answer.method.scope
    if answer.retry_after is not None:
        headers["retry-after"] = str(answer.retry_after)
    return headers


def _note(slack: LocalSlack, name: str, question: Asked, answer: _Answer) -> None:
    app = answer.app or slack.workspace.app_by_token(question.token or "")
    now = slack.workspace.clock.now()
    ok, error = bool(answer.body["ok"]), answer.error
    slack.calls.add(Call(name, question.arguments, now, app.id if app else None, ok, error))
