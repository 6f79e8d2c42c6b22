"""Measurements side by side in one run, as ratios; the bounds stand beside the figures."""
