"""users.* and usergroups.*: people and the groups they are in."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.slack.limits import Tier
from sandbox.slack.method_call import Method, MethodCall
from sandbox.slack.model import Group, Json, User
from sandbox.slack.paging import limit_of, page
from sandbox.slack.refusals import Refusal


async def info(call: MethodCall) -> Json:
    """Answer `users.info`."""
    return {"user": user_json(call, call.workspace.user(call.required("user")))}


async def list_users(call: MethodCall) -> Json:
    """Answer `users.list`."""
    users = list(call.workspace.users.values())
    shown, following = page(call, users, limit_of(call, 1000))
    members = [user_json(call, user) for user in shown]
    return {"members": members, "cache_ts": int(call.workspace.clock.now())} | following


async def lookup_by_email(call: MethodCall) -> Json:
    """Answer `users.lookupByEmail`."""
    email = call.required("email").lower()
    for user in call.workspace.users.values():
        if user.email.lower() == email and not user.deleted:
            return {"user": user_json(call, user)}
    raise Refusal("users_not_found")


async def groups(call: MethodCall) -> Json:
    """Answer `usergroups.list`."""
    found = call.workspace.groups.values()
    return {"usergroups": [_group_json(call, group) for group in found]}


async def group_users(call: MethodCall) -> Json:
    """Answer `usergroups.users.list`."""
    group = call.workspace.groups.get(call.required("usergroup"))
    if group is None:
        raise Refusal("no_such_subteam")
    return {"users": list(group.users)}


def user_json(call: MethodCall, user: User) -> Json:
    """A user as the app sees them: the email only with its scope."""
    now = datetime.fromtimestamp(call.workspace.clock.now(), ZoneInfo(user.tz))
    offset = now.utcoffset()
    profile = {"real_name": user.real_name, "display_name": user.name}
    if "users:read.email" in call.app.scopes and user.email:
        profile["email"] = user.email
    return {
        "id": user.id,
        "team_id": "T0OTHER0001" if user.stranger else call.workspace.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "tz": user.tz,
        "tz_label": now.tzname() or user.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_bot": user.app_id is not None,
        "is_restricted": user.guest,
        "is_ultra_restricted": False,
        "is_stranger": user.stranger,
        "updated": 0,
    }


def _group_json(call: MethodCall, group: Group) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": call.workspace.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "date_delete": 0,
    }
    if call.flag("include_users"):
        shown["users"] = list(group.users)
    if call.flag("include_count"):
        shown["user_count"] = len(group.users)
    return shown


METHODS = {
    "users.info": Method(info, "users:read", Tier.T4),
    "users.list": Method(list_users, "users:read", Tier.T2),
    "users.lookupByEmail": Method(lookup_by_email, "users:read.email", Tier.T3),
    "usergroups.list": Method(groups, "usergroups:read", Tier.T2),
    "usergroups.users.list": Method(group_users, "usergroups:read", Tier.T2),
}
