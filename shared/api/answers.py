"""What an answer of the API means: a success in a known form, or one of our errors."""

from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from shared.api.problem import Problem, problem
from shared.api.request import ApiRequest, Kind
from shared.errors import (
    ApiError,
    Conflict,
    NotFound,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnexpectedAnswer,
)
from shared.foreign_json import load_json
from shared.retry import retry_after
from shared.text import one_line

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_NO_CONTENT = 204
# The contract names one code per operation; whichever of these comes, nothing is lost.
_SUCCESS = {200, 201, 202, _NO_CONTENT}
_KNOWN: dict[int, tuple[type[ApiError], str, str]] = {
    401: (
        Unauthorized,
        "the API does not accept the key",
        "Check MISTRAL_API_KEY, and that it belongs to the server in MISTRAL_SERVER_URL.",
    ),
    403: (
        Unauthorized,
        "the key may not do this",
        "Ask for the permission, or use a key that has it.",
    ),
    404: (
        NotFound,
        "the API does not know it",
        "Check the name or id; it may also be hidden from this key.",
    ),
    409: (Conflict, "its present state does not allow it", "Look at its state, then decide."),
}
_RUNNING_ALREADY = (
    Conflict,
    "an execution with this id is already running",
    "Look at it, or choose another id.",
)
_KEYLESS = (Unauthorized, "the API wants a key and none is set", "Set MISTRAL_API_KEY.")


def succeeded(response: httpx.Response) -> bool:
    """Whether the status says that the API did what was asked."""
    return response.status_code in _SUCCESS


def failure(
    request: ApiRequest, response: httpx.Response, body: bytes, doubt: bool = False
) -> ApiError:
    """The error that a status means; `doubt` when an earlier attempt may have been carried out."""
    status, said, wait = (
        response.status_code,
        problem(response, body),
        retry_after(response.headers),
    )
    facts: dict[str, Any] = {"status": status, "code": said.code, "request_id": said.request_id}
    if status in _KNOWN:
        error, reason, advice = _meaning(response, said.code)
        return error(_sentence(request, reason, status, said, advice), **facts)
    if status == 429:
        text = _sentence(request, "too many requests", status, said, _later(wait))
        return RateLimited(text, retry_after=wait, **facts)
    if status >= 500:
        maybe_done = doubt or request.kind is not Kind.READ
        text = _sentence(request, "the API failed", status, said, _outlook(request, maybe_done))
        return Unavailable(text, maybe_done=maybe_done, retry_after=wait, **facts)
    if status >= 400:
        advice = "Correct the arguments and try again."
        text = _sentence(request, "the API refused it", status, said, advice)
        return Rejected(text, detail="\n".join(said.lines) or None, **facts)
    return unexpected(request, response, "such an answer is not known")


def unreachable(
    request: ApiRequest, error: httpx.RequestError, origin: str, doubt: bool = False
) -> ApiError:
    """The error for a request without a complete answer, in our words: those of httpx may quote
    headers."""
    maybe_done = doubt or not (request.kind is Kind.READ or isinstance(error, _NEVER_SENT))
    return Unavailable(
        f"Could not {request.doing}: {_mishap(error)} ({origin}). {_outlook(request, maybe_done)}",
        maybe_done=maybe_done,
    )


def undecided(request: ApiRequest, error: ApiError) -> Unavailable:
    """The error for an act in doubt when looking for its effect failed too."""
    return Unavailable(
        f"Could not {request.doing}: no answer came, and looking for the effect failed. "
        f"{request.check}",
        maybe_done=True,
        # A limiter's answer to the look is as passing as a broken connection.
        status=None if isinstance(error, RateLimited | Conflict) else error.status,
        retry_after=error.retry_after if isinstance(error, RateLimited | Unavailable) else None,
    )


def unexpected(request: ApiRequest, response: httpx.Response, why: str) -> UnexpectedAnswer:
    """The error for a success that cannot be used."""
    said = problem(response, b"")
    advice = "Check MISTRAL_SERVER_URL; if it is right, the API has changed."
    # A status that is not in the contract, such as 203 of a proxy, may tell of a success too.
    maybe_done = request.kind is not Kind.READ and response.is_success
    if maybe_done:
        advice = f"It may have happened all the same. {request.check}"
    return UnexpectedAnswer(
        _sentence(request, why, response.status_code, said, advice),
        maybe_done=maybe_done,
        status=response.status_code,
        request_id=said.request_id,
    )


def json_content(request: ApiRequest, response: httpx.Response) -> Any:
    """The JSON of a success, None where there is none, or UnexpectedAnswer."""
    if response.status_code == _NO_CONTENT or not response.content:
        return None
    content_type = response.headers.get("content-type", "application/json")
    if "json" not in content_type.partition(";")[0]:
        raise unexpected(request, response, f"the answer is {one_line(content_type, 40)}, not JSON")
    try:
        return load_json(response.content)
    except ValueError as error:
        raise unexpected(request, response, "the answer is broken JSON") from error


def parsed[M: BaseModel](
    model: type[M], request: ApiRequest, response: httpx.Response, content: Any = None
) -> M:
    """The content as the model, or UnexpectedAnswer that names the first misfit."""
    try:
        return model.model_validate(json_content(request, response) if content is None else content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        why = f"the answer does not fit, {one_line(f'{place}: {first["msg"]}', 160)}"
        # The cause would quote the answer itself in every traceback.
        raise unexpected(request, response, why) from None


def _meaning(response: httpx.Response, code: str | None) -> tuple[type[ApiError], str, str]:
    if code == "workflow_already_started":
        return _RUNNING_ALREADY
    if response.status_code == 401 and "authorization" not in response.request.headers:
        return _KEYLESS
    return _KNOWN[response.status_code]


def _sentence(request: ApiRequest, reason: str, status: int, said: Problem, advice: str) -> str:
    code = f" {said.code}" if said.code else ""
    trail = f", request {said.request_id}" if said.request_id else ""
    return f"Could not {request.doing}: {reason} ({status}{code}{trail}).{said.quoted}{advice}"


def _outlook(request: ApiRequest, maybe_done: bool) -> str:
    if request.kind is Kind.READ:
        return "Try again in a moment."
    if maybe_done:
        return f"It may have happened all the same. {request.check}"
    return "Nothing was done. Try again in a moment."


def _later(wait: float | None) -> str:
    return f"Try again in {max(round(wait), 1)} s." if wait else "Try again in a moment."


def _mishap(error: httpx.RequestError) -> str:
    match error:
        case httpx.PoolTimeout():
            return "too many requests are open at once"
        case httpx.ConnectTimeout() | httpx.ConnectError() | httpx.ProxyError():
            return "no connection to the API could be made"
        case httpx.TimeoutException():
            return "the API did not answer in time"
        case httpx.UnsupportedProtocol():
            return "the address of the API is not an http address"
    return "the connection to the API broke"
