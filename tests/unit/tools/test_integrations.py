"""The typed credentials are those that the list of providers generates, and the list is complete."""

from __future__ import annotations

import json
import subprocess
import sys

import novu_provider as novu
from novu_provider.model.integrations import CHANNELS, find_credential_problems, providers
from novu_provider.resources import credentials
from novu_provider.resources.typed_credentials import TypedCredentials
from tools.integrations import generate


def test_the_generated_module_is_up_to_date() -> None:
    text = generate.render_credentials()
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", "x.py", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    assert generate.CREDENTIALS.read_text(encoding="utf-8") == formatted.stdout


def test_each_class_has_the_fields_of_its_provider_and_is_public() -> None:
    for name, id_ in generate.CLASSES.items():
        provider, class_ = providers()[id_], getattr(credentials, name)
        assert getattr(novu, name) is class_
        assert issubclass(class_, TypedCredentials)
        assert (class_.PROVIDER_ID, provider.class_name) == (id_, name)
        assert set(class_.KEYS.values()) == {field.key for field in provider.fields}


def test_typed_credentials_pass_the_check_and_hide_their_values() -> None:
    smtp = novu.SmtpCredentials(host="127.0.0.1", port=25, from_="a@example.com", sender_name="A", password="made-up")
    assert smtp.mapping() == {
        "host": "127.0.0.1",
        "port": 25,
        "from": "a@example.com",
        "senderName": "A",
        "password": "made-up",
    }
    assert find_credential_problems(providers()["nodemailer"], smtp.mapping()) == []
    assert "made-up" not in repr(smtp)


def test_the_list_contains_the_providers_of_each_channel() -> None:
    document = json.loads(generate.PROVIDERS.read_text(encoding="utf-8"))
    assert document["source"].startswith("@novu/shared ")
    assert {provider.channel for provider in providers().values()} == set(CHANNELS)
    assert len(providers()) > 80


def test_a_field_that_novu_drops_is_not_promised() -> None:
    fields = {field.key: field.stored for field in providers()["braze"].fields}
    assert fields == {"apiKey": True, "apiURL": False, "appID": False, "from": True, "senderName": True}
    complete = {"apiKey": "x", "apiURL": "https://x.example.com", "appID": "x", "from": "x", "senderName": "x"}
    problems = find_credential_problems(providers()["braze"], complete)
    assert problems == [
        f"`{key}` is not stored by Novu 3.19.0: enter it in the dashboard, or use another provider"
        for key in ("apiURL", "appID")
    ]
