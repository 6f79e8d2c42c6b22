"""The API's error object, and the one exception that becomes it."""

import json

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


class ApiError(Exception):
    """An answer other than success: `{"object": "Error", "message", "type", "code"}`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def workflow_not_found(what: str) -> ApiError:
    """404, the code that the worker package maps to its own not-found error."""
    return ApiError(404, "workflow_not_found", f"{what} was not found.")


async def answer_error(_: Request, error: Exception) -> JSONResponse:
    """Render an `ApiError` the way the API does."""
    if not isinstance(error, ApiError):
        raise error
    kind = "invalid_request_error" if error.status < 500 else "server_error"
    body = {"object": "Error", "message": error.message, "type": kind, "code": error.code}
    headers = {"www-authenticate": "Bearer"} if error.status == 401 else None
    return JSONResponse(body, error.status, headers)


async def answer_bad_request(_: Request, error: Exception) -> Response:
    """Render what does not validate, without echoing it: it may be text that no answer can hold."""
    if not isinstance(error, RequestValidationError):
        raise error
    detail = [{key: each[key] for key in ("type", "loc", "msg")} for each in error.errors()]
    return Response(json.dumps({"detail": detail}), 422, media_type="application/json")
