"""Would Slack take these blocks?"""

from sandbox.slack.checks import check_blocks, check_message, check_view
from sandbox.slack.limits import Tier
from sandbox.slack.method_call import Method, MethodCall, invalid
from sandbox.slack.model import Json


async def validate(call: MethodCall) -> Json:
    """Check blocks, a message or a view, and keep nothing."""
    given = {name: call.json(name) for name in ("blocks", "message", "view")}
    given = {name: value for name, value in given.items() if value is not None}
    if len(given) != 1:
        raise invalid("must provide exactly one of `blocks`, `message` and `view`")
    if "blocks" in given:
        check_blocks(given["blocks"])
    elif "view" in given:
        check_view(given["view"])
    else:
        _message(given["message"])
    return {}


def _message(message: object) -> None:
    if not isinstance(message, dict):
        raise invalid("must provide an object [json-pointer:/message]")
    check_message(str(message.get("text", "")), message.get("blocks"), message.get("attachments"))


METHODS = {"blocks.validate": Method(validate, scope=None, tier=Tier.T3)}
