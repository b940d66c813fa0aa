"""Explorers: figures that follow sliders, with a kernel or without one.

`core` has the sliders and the views, `axes` what their figures share, `live` and `page` the two
modes, and `modes` the choice between them. What an explorer shows is computed in `explorer` of its
chapter.
"""
