"""The import path of this provider in stored states."""

from novu_provider.resources.workflow import PROVIDER, WorkflowProvider

__all__ = ["PROVIDER", "WorkflowProvider"]
