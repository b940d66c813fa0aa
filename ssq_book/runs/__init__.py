"""Runs of a chapter with other values: parameters and their limits, reruns and sweeps."""
