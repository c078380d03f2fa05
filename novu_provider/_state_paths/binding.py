"""The import path of this provider in stored states."""

from novu_provider.resources.environment_binding import PROVIDER, BindingProvider

__all__ = ["PROVIDER", "BindingProvider"]
