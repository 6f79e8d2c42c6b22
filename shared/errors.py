"""The errors that are expected; the text of each is written for its reader and shown as it is.

OpsError
  InvalidArguments    NotAllowed
  ApiError
    Unauthorized      NotFound (UnknownName)           Conflict
    Rejected          RateLimited    Unavailable       UnexpectedAnswer
"""


class OpsError(Exception):
    """Something expected went wrong: `str(error)` says what failed and what to do next."""


class InvalidArguments(OpsError):
    """What the caller gave does not fit; nothing was sent anywhere."""


class NotAllowed(OpsError):
    """The policy refused."""


class ApiError(OpsError):
    """The Workflows API answered with an error or could not be reached (then `status` is None)."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id


class Unauthorized(ApiError):
    """401 or 403: the key is missing, wrong, or may not do this."""


class NotFound(ApiError):
    """404: no such execution, run, schedule or workflow, or this key cannot see it."""


class UnknownName(NotFound):
    """404 for a `name` that people write; `near` are those there are that may be meant."""

    def __init__(
        self,
        message: str,
        *,
        name: str,
        near: tuple[str, ...] = (),
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code, request_id=request_id)
        self.name = name
        self.near = near


class Conflict(ApiError):
    """409: the state of the thing forbids it; `code` says why, such as workflow_already_started."""


class Rejected(ApiError):
    """400, 422 or another 4xx: the API refused the arguments; `detail` is bounded, clean text."""

    def __init__(
        self,
        message: str,
        *,
        detail: str | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code, request_id=request_id)
        self.detail = detail


class RateLimited(ApiError):
    """429: too many requests; `retry_after` is in seconds where the API named a time."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code, request_id=request_id)
        self.retry_after = retry_after


class Unavailable(ApiError):
    """5xx, a connection that failed, or a timeout; `maybe_done` when an act may have happened."""

    def __init__(
        self,
        message: str,
        *,
        maybe_done: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code, request_id=request_id)
        self.maybe_done = maybe_done
        self.retry_after = retry_after


class UnexpectedAnswer(ApiError):
    """A success that cannot be understood: wrong status, wrong content type or a broken body.

    `maybe_done` when an act may have happened.
    """

    def __init__(
        self,
        message: str,
        *,
        maybe_done: bool = False,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code, request_id=request_id)
        self.maybe_done = maybe_done
