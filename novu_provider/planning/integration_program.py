"""The lines of a program that declare an integration, with placeholders for the credentials."""

from __future__ import annotations

import re

from novu_provider.model.integrations import CHANNELS_WITH_PRIMARY, CredentialField, StoredIntegration, providers
from novu_provider.text.names import distinct_name

#: The provider that an example for a channel uses.
_EXAMPLES = {"email": "ses", "sms": "twilio", "push": "fcm", "chat": "slack", "in_app": "novu"}


def example_line(channel: str) -> str:
    """Return one line that declares a new integration of a channel, for a message."""
    provider = providers()[_EXAMPLES[channel]]
    fields = ", ".join(f"{_python_name(field.key)}=…" for field in provider.fields if field.required)
    primary = ", primary=True" if channel in CHANNELS_WITH_PRIMARY else ""
    name = channel.replace("_", "-")
    return f'novu.Integration("{name}", credentials=novu.{provider.class_name}({fields}){primary})'


def adoption_line(identifier: str, provider_id: str, channel: str) -> str:
    """Return one line that declares a stored integration, so that it delivers."""
    primary = ", primary=True" if channel in CHANNELS_WITH_PRIMARY else ""
    provider = f"provider_id={_quoted(provider_id)}{_channel(provider_id, channel)}"
    return f"novu.Integration({_quoted(identifier)}, {provider}{primary})"


def declaration_lines(stored: StoredIntegration, *, new: bool) -> str:
    """Return the lines that declare an integration as it is stored. Each credential comes from the configuration.

    :param new: whether the resource creates the integration. An adopted one keeps its credentials and its conditions.
    """
    identifier = stored.identifier
    credentials = [
        f"        {_quoted(field.key)}: config.require_secret({_quoted(config_name(identifier, field.key))}),"
        for field in _required_fields(stored.provider_id)
    ]
    lines = [
        "novu.Integration(",
        f"    {_quoted(identifier)},",
        f"    provider_id={_quoted(stored.provider_id)},",
        *([] if stored.provider_id in providers() else [f"    channel={_quoted(stored.channel)},"]),
        *([f"    display_name={_quoted(stored.name)},"] if stored.name != identifier else []),
        *(["    credentials={", *credentials, "    },"] if credentials and new else []),
        *([] if stored.active else ["    active=False,"]),
        *(["    primary=True,"] if stored.primary else []),
        # `repr` escapes control characters. The conditions are JSON, so it writes literals of Python.
        *([f"    conditions={list(stored.conditions)!r},"] if stored.conditions and new else []),
        ")",
    ]
    return "\n".join(lines)


def config_names(identifier: str, provider_id: str) -> list[str]:
    """Return the names of the configuration values that :func:`declaration_lines` reads."""
    return [config_name(identifier, field.key) for field in _required_fields(provider_id)]


def config_name(identifier: str, key: str) -> str:
    """Return the name of the configuration value for one credential. No other integration has the same name.

    Pulumi accepts no colon in it, and reads a name that begins with a dash as an option.
    """
    return f"{distinct_name(identifier, accepted='A-Za-z0-9_.-', substitute='-')}-{key}"


def _required_fields(provider_id: str) -> list[CredentialField]:
    provider = providers().get(provider_id)
    return [field for field in provider.fields if field.required and field.stored] if provider else []


def _channel(provider_id: str, channel: str) -> str:
    return "" if provider_id in providers() else f", channel={_quoted(channel)}"


def _quoted(text: str) -> str:
    # A text of a server. `repr` escapes quotes and control characters as Python reads them.
    return repr(text) if '"' in text or not text.isprintable() else f'"{text.replace(chr(92), chr(92) * 2)}"'


def _python_name(key: str) -> str:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()
    return f"{name}_" if name == "from" else name
