"""The import path of this provider in stored states."""

from novu_provider.resources.step_controls import PROVIDER

__all__ = ["PROVIDER"]
