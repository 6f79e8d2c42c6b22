"""What a request to the Web API says, however it says it."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from sandbox.slack.method_call import load_json
from sandbox.slack.model import Json
from sandbox.slack.refusals import Refusal

_JSON = "application/json"
_JSON_FIELDS = frozenset(
    ("attachments", "blocks", "chunks", "files", "metadata", "unfurls", "view")
)
_MAX_BODY = 5_000_000
_MAX_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """The token and the arguments of a call."""

    token: str | None
    arguments: Json

    @property
    def channel(self) -> str | None:
        """The channel it concerns, if it names one."""
        named = self.arguments.get("channel") or self.arguments.get("channel_id")
        return named if isinstance(named, str) else None


async def asked(request: Request) -> Asked:
    """Read a GET or a POST; raises Slack's refusals of malformed ones."""
    arguments: Json = dict(request.query_params)
    token = arguments.pop("token", None)
    if request.method != "GET" and await _sends_body(request):
        kind, _, parameters = request.headers.get("content-type", "").partition(";")
        kind = kind.strip().lower()
        fields = await _fields(request, kind, parameters)
        inside = fields.pop("token", None)
        # With a JSON body Slack wants the token in the header: one inside it does not count.
        token = token if kind == _JSON else inside or token
        arguments |= fields
    return Asked(
        _bearer(request) or token, {name: _open(name, value) for name, value in arguments.items()}
    )


async def _sends_body(request: Request) -> bool:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > _MAX_BODY:
        raise Refusal("request_too_large")
    return bool(await request.body())


async def _fields(request: Request, kind: str, parameters: str) -> Json:
    if not kind:
        raise Refusal("missing_post_type")
    charset = parameters.lower().partition("charset=")[2].split(";")[0].strip(' "')
    if charset not in ("", "utf-8", "utf8", "iso-8859-1"):
        raise Refusal("invalid_charset")
    if kind == _JSON:
        return _json(await request.body())
    if kind == "application/x-www-form-urlencoded":
        return _form(await request.body())
    if kind == "multipart/form-data":
        return await _parts(request)
    raise Refusal("invalid_post_type")


async def _parts(request: Request) -> Json:
    try:
        async with request.form(max_fields=_MAX_FIELDS) as form:
            return {name: value for name, value in form.items() if isinstance(value, str)}
    except HTTPException:
        raise Refusal("invalid_form_data") from None


def _json(body: bytes) -> Json:
    try:
        fields = load_json(body)
    except ValueError:
        raise Refusal("invalid_json") from None
    if not isinstance(fields, dict):
        raise Refusal("json_not_object")
    return fields


def _form(body: bytes) -> Json:
    try:
        return dict(
            parse_qsl(
                body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
            )
        )
    except ValueError:
        raise Refusal("invalid_form_data") from None


def _open(name: str, value: object) -> object:
    """JSON in a string is opened, so that the log and the faults see one form of it."""
    if name not in _JSON_FIELDS or not isinstance(value, str):
        return value
    try:
        return load_json(value)
    except ValueError:
        return value


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
