"""Errors for settings that do not exist. A misspelled guard would otherwise have no effect, and nobody would notice."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable

from novu_provider.errors import SettingsError
from novu_provider.text.suggestions import nearest_name

#: Settings that are set with `--secret`.
SECRETS = ("secretKey", "bypassToken")


def unknown_settings(keys: Iterable[str], known: Collection[str], stack: str | None = None) -> list[SettingsError]:
    """Return an error for each key of the namespace ``novu`` that is no setting.

    :param keys: the configured keys, without the namespace.
    :param stack: the name of the stack, for the commands in the messages. None stands for the selected stack.
    """
    option = f" --stack {shlex.quote(stack)}" if stack else ""
    return [_unknown(key, known, option) for key in sorted(set(keys) - set(known))]


def _unknown(key: str, known: Collection[str], option: str) -> SettingsError:
    remove = f"pulumi config rm {shlex.quote(f'novu:{key}')}{option}"
    head = key.partition(".")[0].partition("[")[0]
    if head != key and head in known:
        return SettingsError(
            f"the setting `novu:{key}` does not exist.",
            why=f"A value inside of `novu:{head}` was set without `--path`. It would have no effect.",
            fix=f"Run `{remove}` and `pulumi config set --path {shlex.quote(f'novu:{key}')} <value>{option}`.",
            prop=key,
        )
    nearest = nearest_name(key, known)
    if nearest is None:
        return SettingsError(
            f"the setting `novu:{key}` does not exist.",
            why="It would have no effect. The namespace `novu` contains only settings of novu_provider.",
            fix=f"Run `{remove}`. Put settings of your own program into another namespace.",
            prop=key,
        )
    secret = "--secret " if nearest in SECRETS else ""
    return SettingsError(
        f"the setting `novu:{key}` does not exist.",
        why=f"Probably `novu:{nearest}` was meant. `novu:{key}` would have no effect.",
        fix=f"Run `{remove}` and `pulumi config set {secret}novu:{nearest} <value>{option}`.",
        prop=key,
    )
