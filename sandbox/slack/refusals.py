"""How Slack says no."""


class Refusal(Exception):
    """An `ok: false` answer; `error` is Slack's name for it, the details go beside it."""

    def __init__(self, error: str, **details: object) -> None:
        super().__init__(error)
        self.error = error
        self.details = details


class RateLimited(Refusal):
    """429; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after
