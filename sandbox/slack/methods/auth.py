"""auth.*, team.info and bots.info: who calls, and where."""

from sandbox.slack.limits import Tier
from sandbox.slack.method_call import Method, MethodCall
from sandbox.slack.model import Json
from sandbox.slack.refusals import Refusal
from sandbox.slack.workspace import Happening


async def test(call: MethodCall) -> Json:
    """Answer `auth.test`."""
    workspace, app = call.workspace, call.app
    return {
        "url": f"{workspace.base_url}/",
        "team": workspace.name,
        "team_id": workspace.team_id,
        "user": workspace.user(app.user).name,
        "user_id": app.user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


async def revoke(call: MethodCall) -> Json:
    """Answer `auth.revoke`: with `test`, nothing happens."""
    if call.flag("test"):
        return {"revoked": False}
    call.app.revoked = True
    call.workspace.tell(Happening("app", app_id=call.app.id))
    return {"revoked": True}


async def team_info(call: MethodCall) -> Json:
    """Answer `team.info`, of this workspace only."""
    workspace = call.workspace
    if call.text("team") not in (None, "", workspace.team_id):
        raise Refusal("team_not_found")
    domain = workspace.name.lower().replace(" ", "-")
    team = {"id": workspace.team_id, "name": workspace.name, "domain": domain}
    return {"team": team | {"url": f"{workspace.base_url}/", "email_domain": "", "icon": {}}}


async def bots_info(call: MethodCall) -> Json:
    """Answer `bots.info`; without `bot`, of the caller."""
    wanted = call.text("bot") or call.app.bot_id
    for app in call.workspace.apps.values():
        if app.bot_id == wanted:
            bot = {"id": app.bot_id, "app_id": app.id, "user_id": app.user, "name": app.name}
            return {"bot": bot | {"deleted": app.revoked, "updated": 0, "icons": {}}}
    raise Refusal("bot_not_found")


METHODS = {
    "auth.test": Method(test, None, Tier.SPECIAL),
    "auth.revoke": Method(revoke, None, Tier.T3),
    "team.info": Method(team_info, "team:read", Tier.T3),
    "bots.info": Method(bots_info, "users:read", Tier.T3),
}
