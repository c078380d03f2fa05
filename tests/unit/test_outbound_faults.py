"""What Novu's sentences about a bridge mean; the sentences are those that 3.19.0 was heard to say."""

from __future__ import annotations

import pytest

from novu_provider.outbound_faults import Kind, meaning

_URL = "https://app.example.com/api/novu"

_SENTENCES: list[tuple[str, Kind, str]] = [
    (
        "bridgeUrl: Requests to private or reserved IP addresses are not allowed (resolved: 10.1.2.3).",
        *("private", "NOVU_SAFE_OUTBOUND_ALLOW=10.1.2.3"),
    ),
    ('bridgeUrl: Requests to "localhost" are not allowed.', "localhost", "whatever its allow list says"),
    ("bridgeUrl: URLs with embedded credentials are not allowed.", "credentials", "Leave them out"),
    ("The provided bridge URL is blocked by the outbound SSRF policy.", "policy", "does not resolve"),
    (
        f"Unable to reach Bridge Endpoint at `{_URL}`. Run npx novu@latest dev in Local mode, or ensure your Bridge "
        "app deployment is available.",
        *("unreachable", "known in another network"),
    ),
    (
        f"Could not connect to Bridge Endpoint at `{_URL}`. Make sure you are running your local app server.",
        *("unreachable", "502"),
    ),
    (
        f"Bridge Endpoint at `{_URL}` is not correctly configured. Ensure your `@novu/framework` integration exposes "
        "the `POST`, `GET`, and `OPTIONS` methods.",
        *("method", "serve("),
    ),
    (
        f"Bridge authentication failed for `{_URL}`. Please check your NOVU_SECRET_KEY environment variable.",
        *("key", "asks for a login"),
    ),
    ("Signature does not match the expected signature. Please ensure the signature", "signature", "NOVU_SECRET_KEY"),
    ("Signature not found. Please provide a signature in the `novu-signature` header", "signature", "NOVU_SECRET_KEY"),
    (f"Payload too large for `{_URL}`", "large", "413"),
    (f"Bridge request timeout for `{_URL}`", "slow", "five seconds"),
    (f"Unknown bridge request error calling `{_URL}`", "other", "403, 500, 503 and 429"),
]


@pytest.mark.parametrize(("said", "kind", "words"), _SENTENCES)
def test_each_sentence_has_a_reason_and_a_cure(said: str, kind: Kind, words: str) -> None:
    found = meaning(said, "app.example.com", is_production=False)
    assert found is not None
    assert found.kind == kind
    assert words in f"{found.why} {found.cure}"
    assert found.why
    assert found.cure


@pytest.mark.parametrize("is_production", [True, False])
def test_a_certificate_is_a_reason_in_production_alone(is_production: bool) -> None:
    found = meaning(f"Unknown bridge request error calling `{_URL}`", "app.example.com", is_production=is_production)
    assert found is not None
    assert ("certificate" in found.why) is is_production


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Workflow welcome was already created in Dashboard. Please use another workflowId.",
        "Workflow steps limit exceeded. Maximum allowed steps is 20, but got 21 steps.",
        "Notification group not found",
    ],
)
def test_what_is_about_a_workflow_is_left_to_novu_s_own_words(said: str) -> None:
    assert meaning(said, "app.example.com", is_production=True) is None
