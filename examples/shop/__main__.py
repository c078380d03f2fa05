"""The notifications of a small shop: the application in `examples/bridge`, and what its code does not say.

What holds in both environments stands here; what differs in Pulumi.dev.yaml and Pulumi.prod.yaml.
"""

import os

import pulumi

import novu_provider as novu

# New id -> old one. In a real shop a release is a commit of the application, and this line is in it.
RENAMED = {"1": {}, "2": {"order-dispatched": "order-shipped"}}

bridge = novu.Bridge(
    "shop",
    workflows={
        # The link must lead to the shop: Novu refuses a trigger that does not fit the payload schema.
        "password-reset": novu.WorkflowArgs(validate_payload=True),
        # Marketing writes the greeting in Novu's dashboard. This is what stands there before they do.
        "welcome": novu.WorkflowArgs(
            controls={"greeting": {"intro": "A voucher is waiting for you.", "showVoucher": True}},
            ignore_changes=("controls",),
        ),
    },
    renamed_from=RENAMED[os.environ.get("BRIDGE_RELEASE", "1")],
)

pulumi.export("environment", bridge.environment_id)
pulumi.export("workflows", bridge.workflow_ids)
