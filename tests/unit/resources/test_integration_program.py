"""What the constructor of Integration sends to the engine, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pulumi
import pytest

import novu_provider as novu

#: Prints the inputs of integrations under Pulumi's mocks. In a process of its own: the SDK leaves an event loop.
_PROGRAM = """
import json

import pulumi

import novu_provider as novu

inputs = {}


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        inputs[args.name] = args.inputs
        return f"id-{args.name}", args.inputs

    def call(self, args):
        return {}


pulumi.runtime.set_mocks(Mocks(), preview=False)


@pulumi.runtime.test
def run():
    typed = novu.Integration("text", credentials=novu.TwilioCredentials(account_sid="a", token="b", from_="c"))
    plain = novu.Integration("mail", provider_id="resend", credentials={"apiKey": "made-up", "from": "a@example.com"})
    inbox = novu.Integration("inbox", provider_id="novu")
    named = novu.Integration("named", provider_id="novu", identifier="named")
    return pulumi.Output.all(*(one.identifier for one in (typed, plain, inbox, named)))


run()
print(json.dumps(inputs))
"""

#: The engine's mark of a secret.
_SECRET = "1b47061264138c4ac30d75fd1eb44270"


def _inputs() -> dict[str, Any]:
    result = subprocess.run([sys.executable, "-c", _PROGRAM], check=True, capture_output=True, text=True, timeout=120)
    inputs: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return inputs


def test_typed_credentials_imply_provider_and_channel_and_every_credential_is_a_secret() -> None:
    inputs = _inputs()
    text, mail = inputs["text"], inputs["mail"]
    assert (text["identifier"], text["providerId"], text["channel"], text["active"]) == ("text", "twilio", "sms", True)
    assert "primary" not in text
    # The SDK marks the whole mapping as a secret.
    assert text["credentials"].pop("value") == {"accountSid": "a", "token": "b", "from": "c"}
    assert mail["credentials"].pop("value") == {"apiKey": "made-up", "from": "a@example.com"}
    for credentials in (text["credentials"], mail["credentials"]):
        assert set(credentials.values()) == {_SECRET}
    # An Inbox keeps its identifier, unless the program passes one.
    assert [name for name, one in inputs.items() if one.get("keepIdentifier")] == ["inbox"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "has no provider"),
        ({"provider_id": "sesh"}, "Probably 'ses' was meant"),
        ({"provider_id": "ses", "channel": "sms"}, "but ses delivers email"),
        ({"provider_id": "ses", "channel": "fax"}, "unknown channel 'fax'"),
        ({"provider_id": "a-provider-of-tomorrow"}, "the channel of the integration 'x' is not known"),
        (
            {
                "provider_id": "ses",
                "credentials": novu.ResendCredentials(api_key="made-up", from_="a", sender_name="b"),
            },
            "but credentials of 'resend'",
        ),
    ],
)
def test_a_contradiction_is_an_error_of_the_program(arguments: Any, message: str) -> None:
    with pytest.raises(pulumi.RunError, match=message) as raised:
        novu.Integration("x", **arguments)
    assert "made-up" not in str(raised.value)
