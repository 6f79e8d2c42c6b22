"""Is Slack there, does it know us, and may we do what we have to?"""

from bot.delivery import SlackRefused
from bot.doctor.cards import sample_cards
from bot.doctor.slack_look import SlackLook, WhoWeAre
from bot.manifest import manifest
from bot.settings import ANYONE, BotSettings
from bot.transport.connected import Connected
from shared.doctor.check import Examination, Outcome, bad, fine, skipped, warning
from shared.doctor.clocks import header_skew, judged
from shared.doctor.once import unless_failed
from shared.text import duration_words, one_line

GROUP = "Slack"
SILENT = "Slack does not say who we are"


def slack_examinations(
    look: SlackLook, settings: BotSettings, connected: Connected | None
) -> list[Examination]:
    """Of Slack; `connected` tells how many connections of this process are open."""

    async def bot_token() -> Outcome:
        return _token(await look.who())

    async def scopes(who: WhoWeAre) -> Outcome:
        return _scopes(who.scopes)

    async def app_token() -> Outcome:
        return await _app_token(look, connected)

    async def clock(who: WhoWeAre) -> Outcome:
        found = header_skew(who.headers, who.asked, who.answered)
        return judged(found, "Slack's clock") if found else skipped("its answers have no Date")

    async def command(_: WhoWeAre) -> Outcome:
        return skipped(f"it is {settings.command} here; Slack does not tell what the app has")

    async def rights(_: WhoWeAre) -> Outcome:
        return await _rights(look, settings)

    async def cards(_: WhoWeAre) -> Outcome:
        return await _cards(look)

    return [
        Examination(GROUP, "bot token", bot_token),
        Examination(GROUP, "scopes", unless_failed(look.who, SILENT, scopes)),
        Examination(GROUP, "app token", app_token),
        Examination(GROUP, "clock", unless_failed(look.who, SILENT, clock)),
        Examination(GROUP, "command", unless_failed(look.who, SILENT, command)),
        Examination(GROUP, "rights", unless_failed(look.who, SILENT, rights)),
        Examination(GROUP, "cards", unless_failed(look.who, SILENT, cards)),
    ]


def _token(who: WhoWeAre) -> Outcome:
    took = duration_words((who.answered - who.asked).total_seconds() * 1_000)
    name, team = one_line(str(who.body.get("user")), 60), one_line(str(who.body.get("team")), 60)
    return fine(f"we are @{name} in {team}; Slack answers in {took}")


def _scopes(given: frozenset[str] | None) -> Outcome:
    if given is None:
        return skipped("Slack does not tell which scopes the token has")
    wanted = manifest()["oauth_config"]["scopes"]
    missing = sorted(set(wanted["bot"]) - given)
    if missing:
        return bad(
            f"missing: {', '.join(missing)}",
            "Add them to the app (OAuth & Permissions, or manifest.yaml) and install it again.",
        )
    lesser = sorted(set(wanted["bot_optional"]) - given)
    if lesser:
        return warning(
            f"without {', '.join(lesser)}",
            "A post whose answer is lost cannot be looked for, and may appear twice. "
            "Add them to the app and install it again.",
        )
    more = sorted(given - set(wanted["bot"]) - set(wanted["bot_optional"]))
    beyond = f"; it does not need {', '.join(more)}" if more else ""
    return fine(f"all {len(wanted['bot']) + len(wanted['bot_optional'])} are there{beyond}")


async def _app_token(look: SlackLook, connected: Connected | None) -> Outcome:
    if look.app.app_token is None:
        return skipped("Slack sends to this bot over HTTP")
    count = await connected() if connected else 0
    if count:
        return fine(f"{count} connections are open")
    try:
        await look.call("apps.connections.open", {}, token=look.app.app_token)
    except SlackRefused as error:
        if error.error == "ratelimited":
            return skipped("Slack was asked too often to tell", "Try again in a minute.")
        return bad(
            f"Slack refuses SLACK_APP_TOKEN: {error.error}",
            "Make an app-level token with the scope connections:write "
            "(Basic Information, App-Level Tokens).",
        )
    if connected is not None:
        return bad("Slack takes it, and no connection is open", "See the log of the bot.")
    return fine("Slack lets us open connections")


async def _rights(look: SlackLook, settings: BotSettings) -> Outcome:
    if not settings.writers and not settings.admins:
        return warning(
            "everybody may look, and nobody may do anything",
            "Set WORKFLOW_OPS_SLACK_WRITERS and WORKFLOW_OPS_SLACK_ADMINS.",
        )
    unknown = await _unknown_groups(look, settings.writers | settings.admins)
    if unknown:
        return warning(
            f"Slack knows no user group {', '.join(unknown)}",
            "Correct WORKFLOW_OPS_SLACK_WRITERS and WORKFLOW_OPS_SLACK_ADMINS.",
        )
    return fine(f"write: {_named(settings.writers)}; destroy: {_named(settings.admins)}")


async def _unknown_groups(look: SlackLook, names: frozenset[str]) -> list[str]:
    wanted = sorted(name for name in names if name.startswith(("@", "S")))
    if not wanted:
        return []
    body, _ = await look.call("usergroups.list", {})
    groups = body.get("usergroups") or ()
    known = {str(group.get("id")) for group in groups}
    known |= {f"@{group.get('handle')}" for group in groups}
    return [name for name in wanted if name not in known]


def _named(names: frozenset[str]) -> str:
    if ANYONE in names:
        return "everybody"
    return one_line(", ".join(sorted(names)), 100) if names else "nobody"


async def _cards(look: SlackLook) -> Outcome:
    for name, message in sample_cards().items():
        try:
            await look.call("blocks.validate", {"blocks": list(message.blocks)})
        except SlackRefused as error:
            if error.error in ("unknown_method", "ratelimited"):
                return skipped(f"Slack does not tell: {error.error}")
            return warning(
                f"Slack refuses {name}: {error.error} {' '.join(error.messages)}".strip(),
                "It is shown in a plainer form. Please report it.",
            )
    return fine(f"Slack takes {', '.join(sample_cards())}")
