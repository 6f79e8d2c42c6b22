"""The Bolt app: who we are, and every listener."""

import logging

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.desk import Desk
from bot.front import Front
from bot.listeners import register
from bot.seen import Seen
from bot.slack_app import Identity, SlackApp


def build_app(
    slack: SlackApp,
    identity: Identity,
    client: AsyncWebClient,
    front: Front,
    desk: Desk,
    seen: Seen,
) -> AsyncApp:
    """An app of one workspace; its signature check is on unless deliveries come by socket."""

    async def authorize() -> AuthorizeResult:
        # Known since the start: a delivery is acknowledged without another call to Slack.
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team_id,
            bot_id=identity.bot_id,
            bot_user_id=identity.user_id,
            bot_token=slack.bot_token,
        )

    # Its warnings are about ways to set it up that are meant here.
    log = logging.getLogger("slack_bolt")
    log.setLevel(logging.ERROR)
    app = AsyncApp(
        name="workflow-ops",
        logger=log,
        client=client,
        authorize=authorize,
        signing_secret=slack.signing_secret or "",
        # Listeners only acknowledge and hand over; else Bolt looks every 10 ms whether they did.
        process_before_response=True,
    )
    register(app, front, desk, seen)
    return app
