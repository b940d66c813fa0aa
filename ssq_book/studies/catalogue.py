"""All studies, found in the modules `studies` of their chapters."""

import importlib

from ssq_book.studies.study import Study

CHAPTERS = ("demand_response", "demand_response_scale", "queueing")
STUDIES: tuple[Study, ...] = tuple(
    study
    for chapter in CHAPTERS
    for study in importlib.import_module(f"ssq_book.chapters.{chapter}.studies").STUDIES
)
