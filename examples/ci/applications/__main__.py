"""The program of the platform: the workflows of all applications in one environment, behind one gateway."""

import pulumi

import novu_provider as novu

applications = novu.Applications(
    {
        "shop": {"url": "https://shop.example.com/api/novu", "manifest": "shop.manifest.json"},
        "billing": {"url": "https://billing.example.com/api/novu", "manifest": "billing.manifest.json"},
    }
)
# The files of the gateway. Make one resource of yours for each, and pass all of them in `depends_on`.
gateway_files = applications.gateway_config("nginx")
bridge = novu.Bridge("apps", sources=applications)
pulumi.export("routes", applications.routes)
pulumi.export("gatewayFiles", sorted(gateway_files))
