"""Tests of `ssq_core`, held to slow and direct oracles."""
