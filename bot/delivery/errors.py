"""How a call to Slack fails: it was refused, or nobody knows."""

from shared.errors import OpsError

_ADVICE = {
    "account_inactive": "Install the app in the workspace again.",
    "cant_update_message": "Only messages of this app can be changed.",
    "channel_not_found": "The channel does not exist, or the app is not a member: invite it.",
    "expired_trigger_id": "Slack gives three seconds to open a form; try again.",
    "invalid_auth": "Check SLACK_BOT_TOKEN.",
    "is_archived": "The channel is archived; choose another one.",
    "message_not_found": "The message was deleted.",
    "missing_scope": "Add the scope to the app and install it again.",
    "not_authed": "Set SLACK_BOT_TOKEN.",
    "not_in_channel": "Invite the app to the channel.",
    "ratelimited": "Slack asks for fewer calls; try again in a minute.",
    "restricted_action": "A setting of the workspace forbids it; ask its administrator.",
    "token_revoked": "Install the app in the workspace again.",
}


# About this app and not about what it says: once somebody has put it right, what waits can go.
_OURS = frozenset(
    {
        "access_denied",
        "accesslimited",
        "account_inactive",
        "ekm_access_denied",
        "invalid_auth",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)


class SlackRefused(OpsError):
    """Slack said no, and did nothing; `error` is Slack's name for the reason.

    `needed` is a missing scope, `messages` are details about blocks, `retry_after` is in seconds.
    """

    def __init__(
        self,
        method: str,
        error: str,
        *,
        needed: str | None = None,
        messages: tuple[str, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        scope = f" ({needed})" if needed else ""
        details = f" [{'; '.join(messages)}]" if messages else ""
        advice = f" {_ADVICE[error]}" if error in _ADVICE else ""
        super().__init__(f"Slack refused {method}: {error}{scope}{details}.{advice}")
        self.method = method
        self.error = error
        self.needed = needed
        self.messages = messages
        self.retry_after = retry_after

    @property
    def may_pass(self) -> bool:
        """Whether the same call may be taken later."""
        return self.error == "ratelimited" or self.error in _OURS


class SlackUnreachable(OpsError):
    """Slack did not answer properly; `maybe_done` when the call may have been carried out."""

    def __init__(self, method: str, why: str, *, maybe_done: bool) -> None:
        doubt = " It may have been carried out." if maybe_done else ""
        super().__init__(f"Slack could not be reached for {method}: {why}.{doubt} Try again.")
        self.method = method
        self.maybe_done = maybe_done
