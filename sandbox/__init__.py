"""The embedded backend: the Workflows API over a real Temporal server with a real worker."""
