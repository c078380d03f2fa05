"""Pipelines of CI systems: their files, made from templates, and the comment on a pull request."""
