"""Explanations of Novu's messages about a bridge. The messages were recorded from 3.19.0."""

from __future__ import annotations

import pytest

from novu_provider.novu_api import bridge_call_errors as errors
from novu_provider.novu_api.bridge_call_errors import Explanation, explain, refused_address

_URL = "https://app.example.com/api/novu"

_SENTENCES: list[tuple[str, Explanation, str]] = [
    (
        "bridgeUrl: Requests to private or reserved IP addresses are not allowed (resolved: 10.1.2.3).",
        *(errors.PRIVATE, "NOVU_SAFE_OUTBOUND_ALLOW"),
    ),
    ('bridgeUrl: Requests to "localhost" are not allowed.', errors.LOCALHOST, "even if its allow list contains it"),
    ("bridgeUrl: URLs with embedded credentials are not allowed.", errors.CREDENTIALS, "Remove them"),
    ("The provided bridge URL is blocked by the outbound SSRF policy.", errors.POLICY, "does not resolve"),
    (
        f"Unable to reach Bridge Endpoint at `{_URL}`. Run npx novu@latest dev in Local mode, or ensure your Bridge "
        "app deployment is available.",
        *(errors.UNREACHABLE, "only in another network"),
    ),
    (
        f"Could not connect to Bridge Endpoint at `{_URL}`. Make sure you are running your local app server.",
        *(errors.GATEWAY, "502"),
    ),
    (
        f"Bridge Endpoint at `{_URL}` is not correctly configured. Ensure your `@novu/framework` integration exposes "
        "the `POST`, `GET`, and `OPTIONS` methods.",
        *(errors.METHOD, "serve("),
    ),
    (
        f"Bridge authentication failed for `{_URL}`. Please check your NOVU_SECRET_KEY environment variable.",
        *(errors.LOGIN, "requires a login"),
    ),
    (
        "Signature does not match the expected signature. Please ensure the signature",
        errors.SIGNATURE,
        "NOVU_SECRET_KEY",
    ),
    (
        "Signature not found. Please provide a signature in the `novu-signature` header",
        errors.SIGNATURE,
        "NOVU_SECRET_KEY",
    ),
    (f"Payload too large for `{_URL}`", errors.LARGE, "413"),
    (f"Bridge request timeout for `{_URL}`", errors.SLOW, "five seconds"),
    (f"Unknown bridge request error calling `{_URL}`", errors.OTHER, "403, 500, 503 and 429"),
]


@pytest.mark.parametrize(("message", "expected", "words"), _SENTENCES)
def test_each_message_has_a_cause_and_a_fix(message: str, expected: Explanation, words: str) -> None:
    explanation = explain(message, is_production=False)
    assert explanation is expected
    assert words in f"{explanation.why} {explanation.fix}"


def test_the_refused_address_is_read() -> None:
    assert refused_address(_SENTENCES[0][0]) == "10.1.2.3"
    assert refused_address(_SENTENCES[1][0]) is None


@pytest.mark.parametrize("is_production", [True, False])
def test_a_certificate_is_a_cause_only_in_production(is_production: bool) -> None:
    explanation = explain(f"Unknown bridge request error calling `{_URL}`", is_production=is_production)
    assert explanation is not None
    assert ("certificate" in explanation.why) is is_production


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Workflow welcome was already created in Dashboard. Please use another workflowId.",
        "Workflow steps limit exceeded. Maximum allowed steps is 20, but got 21 steps.",
        "Notification group not found",
    ],
)
def test_messages_about_a_workflow_have_no_explanation(message: str) -> None:
    assert explain(message, is_production=True) is None
