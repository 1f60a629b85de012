"""Curation that people can see and disagree with: one HTML page. Read `view` for what it shows."""

from brandtune.curation.page.page import curation_page

__all__ = ["curation_page"]
