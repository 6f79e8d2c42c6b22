"""The smallest server of the MCP SDK: what a cold start costs before we add anything."""

from mcp.server import MCPServer

server = MCPServer("minimal", version="1")


@server.tool()
def ping() -> str:
    """Answer."""
    return "pong"


if __name__ == "__main__":
    server.run("stdio")
