"""The code-first workflows of the application, in the Novu environment of the stack."""

import pulumi

import novu_provider as novu

bridge = novu.Bridge("app", settings=novu.Settings.from_config())

pulumi.export("workflows", bridge.workflow_names)
