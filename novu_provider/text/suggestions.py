"""The nearest known name, for messages about a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to ``name``, or None if no name is similar.

    Upper case, underscores and hyphens make no difference: ``prune_unmanaged`` is near ``pruneUnmanaged``.
    """
    # Imported here, because most programs have no typo.
    import difflib  # noqa: PLC0415

    by_simple_form = {_simple_form(candidate): candidate for candidate in sorted(known)}
    matches = difflib.get_close_matches(_simple_form(name), by_simple_form, n=1)
    return by_simple_form[matches[0]] if matches else None


def _simple_form(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
