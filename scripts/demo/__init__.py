"""The demo: the embedded backend, an MCP client, and a story that checks itself."""
