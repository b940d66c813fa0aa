"""The companion: figures, explorers, reruns, claims; no floor of the library imports it."""
