"""The tests: what hypothesis draws is the same in every run, and no clock decides."""

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")
