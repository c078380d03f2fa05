"""The notifications of a small shop: the application in `examples/bridge`, and overrides for its environments.

This program contains the overrides for both environments. Pulumi.dev.yaml and Pulumi.prod.yaml contain the differences.
"""

import os

import pulumi

import novu_provider as novu

# New id: old id, by release. In a real shop, a release is a commit of the application that contains this line.
RENAMED = {"1": {}, "2": {"order-dispatched": "order-shipped"}}

bridge = novu.Bridge(
    "shop",
    workflows={
        # Novu validates the payload of each trigger, because the email must contain a valid link.
        "password-reset": novu.WorkflowArgs(validate_payload=True),
        # The first text of the greeting. Marketing edits it later in Novu's dashboard.
        "welcome": novu.WorkflowArgs(
            controls={"greeting": {"intro": "A voucher is waiting for you.", "showVoucher": True}},
            ignore_changes=("controls",),
        ),
    },
    renamed_from=RENAMED[os.environ.get("BRIDGE_RELEASE", "1")],
)

pulumi.export("environment", bridge.environment_id)
pulumi.export("workflows", bridge.workflow_names)
