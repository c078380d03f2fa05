"""A load balancer with moto, which checks listener rules as AWS does. botocore checks their members before that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3  # type: ignore[import-untyped]
from moto import mock_aws

_REGION = "eu-west-1"


class Listener:
    """A listener, and a target group for each parameter of a template."""

    def __init__(self) -> None:
        options = {"region_name": _REGION, "aws_access_key_id": "made-up", "aws_secret_access_key": "made-up"}
        network = boto3.client("ec2", **options)
        self._client = boto3.client("elbv2", **options)
        self._vpc = network.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            network.create_subnet(VpcId=self._vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=_REGION + zone)
            for number, zone in enumerate("ab")
        ]
        balancer = self._client.create_load_balancer(
            Name="test", Subnets=[each["Subnet"]["SubnetId"] for each in subnets]
        )
        listener = self._client.create_listener(
            LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
        )
        self.arn: str = listener["Listeners"][0]["ListenerArn"]

    def deploy(self, template: str) -> list[Any]:
        """Create the rules of a template, and return what the load balancer then has, without the default rule."""
        document = json.loads(template)
        arns = {name: self._target_group(name) for name in document["Parameters"] if name != "ListenerArn"}
        arns["ListenerArn"] = self.arn
        for resource in document["Resources"].values():
            assert resource["Type"] == "AWS::ElasticLoadBalancingV2::ListenerRule"
            # The properties of this resource are the parameters of the request.
            self._client.create_rule(**_resolved(resource["Properties"], arns))
        pages = self._client.get_paginator("describe_rules").paginate(ListenerArn=self.arn)
        return [rule for page in pages for rule in page["Rules"] if not rule["IsDefault"]]

    def _target_group(self, parameter: str) -> str:
        name = parameter.removesuffix("TargetGroupArn")
        created = self._client.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=self._vpc)
        return str(created["TargetGroups"][0]["TargetGroupArn"])


@contextmanager
def running_listener() -> Iterator[Listener]:
    """Return a listener in memory. No request leaves the process."""
    with mock_aws():
        yield Listener()


def _resolved(value: Any, arns: Mapping[str, str]) -> Any:
    """Return a value with the ARN in place of each `Ref`."""
    if isinstance(value, list):
        return [_resolved(each, arns) for each in value]
    if not isinstance(value, dict):
        return value
    return arns[value["Ref"]] if value.keys() == {"Ref"} else {key: _resolved(value[key], arns) for key in value}
