"""Alerts: what happened to executions and schedules, who wants to know, and what is firing."""
