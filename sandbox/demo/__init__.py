"""Workflows that a user of a workflow engine would recognise, one behaviour each.

Nothing is imported here: Temporal imports a workflow's module afresh for every execution, and
this package with it.
"""
