"""The base class of typed credentials."""

from __future__ import annotations

from typing import Any, ClassVar


class TypedCredentials:
    """Credentials of one provider with typed fields. The generated classes are in :mod:`.credentials`."""

    #: The id of the provider in Novu.
    PROVIDER_ID: ClassVar[str]
    #: The name of each field -> its key in Novu's API.
    KEYS: ClassVar[dict[str, str]]

    def mapping(self) -> dict[str, Any]:
        """Return the credentials with the keys of Novu's API, without the fields that are not set."""
        values = {key: getattr(self, name) for name, key in self.KEYS.items()}
        return {key: value for key, value in values.items() if value is not None}

    def __repr__(self) -> str:
        # A field may contain a secret in plain text, and programs print and log their objects.
        return f"{type(self).__name__}(…)"
