"""The companion's wing: figures, explorers, reruns and claims; no floor of the library imports it."""
