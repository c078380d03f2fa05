"""Manage one Novu environment with the bridge from the stack's configuration.

Create a stack, set three values and run `pulumi up`::

    pulumi stack init prod
    pulumi config set --secret novu:secretKey     # the environment's key
    pulumi config set novu:bridgeUrl https://app.example.com/api/novu
    pulumi config set novu:environment Production # the environment that the key must open
"""

import pulumi

import novu_provider as novu

bridge = novu.Bridge("app", settings=novu.Settings.from_config())

pulumi.export("environment", bridge.environment_id)
pulumi.export("bridgeUrl", bridge.bridge_url)
pulumi.export("workflows", bridge.workflow_names)
