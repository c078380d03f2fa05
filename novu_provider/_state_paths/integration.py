"""The import path of this provider in stored states."""

from novu_provider.resources.integration_provider import PROVIDER

__all__ = ["PROVIDER"]
