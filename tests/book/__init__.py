"""Tests of `ssq_book`: claims, chapters, runs, studies and the built pages."""
