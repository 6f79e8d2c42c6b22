"""The methods of the Web API; any other name is `unknown_method`."""

from sandbox.slack.method_call import Method
from sandbox.slack.methods import (
    assistant,
    auth,
    blocks,
    conversations,
    files,
    messages,
    people,
    reactions,
    sockets,
    streams,
    unfurls,
    views,
)

METHODS: dict[str, Method] = {
    **auth.METHODS,
    **sockets.METHODS,
    **messages.METHODS,
    **unfurls.METHODS,
    **streams.METHODS,
    **files.METHODS,
    **views.METHODS,
    **conversations.METHODS,
    **people.METHODS,
    **reactions.METHODS,
    **assistant.METHODS,
    **blocks.METHODS,
}
