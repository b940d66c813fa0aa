"""Explorers: figures that follow sliders, `live` with a kernel or as a `page` without one."""
