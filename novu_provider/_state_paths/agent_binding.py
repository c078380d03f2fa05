"""The import path of this provider in stored states."""

from novu_provider.resources.agent_binding import PROVIDER

__all__ = ["PROVIDER"]
