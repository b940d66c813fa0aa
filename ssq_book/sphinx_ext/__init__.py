"""Sphinx extensions: the build, origins of figures, stored results and verdicts in the text."""
