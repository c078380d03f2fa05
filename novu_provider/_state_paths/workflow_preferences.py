"""The import path of this provider in stored states."""

from novu_provider.resources.workflow_preferences import PROVIDER

__all__ = ["PROVIDER"]
