"""Workflows, manifests and environments as pure data. No HTTP, no Pulumi; only :meth:`Manifest.load` reads a file."""
