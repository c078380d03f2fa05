"""What Novu's sentences about a bridge mean; the sentences are those that 3.19.0 was heard to say."""

from __future__ import annotations

import pytest

from novu_provider.novu_api import bridge_call_errors as faults
from novu_provider.novu_api.bridge_call_errors import Explanation, explain, refused_address

_URL = "https://app.example.com/api/novu"

_SENTENCES: list[tuple[str, Explanation, str]] = [
    (
        "bridgeUrl: Requests to private or reserved IP addresses are not allowed (resolved: 10.1.2.3).",
        *(faults.PRIVATE, "NOVU_SAFE_OUTBOUND_ALLOW"),
    ),
    ('bridgeUrl: Requests to "localhost" are not allowed.', faults.LOCALHOST, "even if its allow list contains it"),
    ("bridgeUrl: URLs with embedded credentials are not allowed.", faults.CREDENTIALS, "Remove them"),
    ("The provided bridge URL is blocked by the outbound SSRF policy.", faults.POLICY, "does not resolve"),
    (
        f"Unable to reach Bridge Endpoint at `{_URL}`. Run npx novu@latest dev in Local mode, or ensure your Bridge "
        "app deployment is available.",
        *(faults.UNREACHABLE, "only in another network"),
    ),
    (
        f"Could not connect to Bridge Endpoint at `{_URL}`. Make sure you are running your local app server.",
        *(faults.GATEWAY, "502"),
    ),
    (
        f"Bridge Endpoint at `{_URL}` is not correctly configured. Ensure your `@novu/framework` integration exposes "
        "the `POST`, `GET`, and `OPTIONS` methods.",
        *(faults.METHOD, "serve("),
    ),
    (
        f"Bridge authentication failed for `{_URL}`. Please check your NOVU_SECRET_KEY environment variable.",
        *(faults.LOGIN, "requires a login"),
    ),
    (
        "Signature does not match the expected signature. Please ensure the signature",
        faults.SIGNATURE,
        "NOVU_SECRET_KEY",
    ),
    (
        "Signature not found. Please provide a signature in the `novu-signature` header",
        faults.SIGNATURE,
        "NOVU_SECRET_KEY",
    ),
    (f"Payload too large for `{_URL}`", faults.LARGE, "413"),
    (f"Bridge request timeout for `{_URL}`", faults.SLOW, "five seconds"),
    (f"Unknown bridge request error calling `{_URL}`", faults.OTHER, "403, 500, 503 and 429"),
]


@pytest.mark.parametrize(("said", "expected", "words"), _SENTENCES)
def test_each_sentence_has_a_reason_and_a_fix(said: str, expected: Explanation, words: str) -> None:
    found = explain(said, is_production=False)
    assert found is expected
    assert words in f"{found.why} {found.fix}"


def test_the_refused_address_is_read() -> None:
    assert refused_address(_SENTENCES[0][0]) == "10.1.2.3"
    assert refused_address(_SENTENCES[1][0]) is None


@pytest.mark.parametrize("is_production", [True, False])
def test_a_certificate_is_a_reason_in_production_alone(is_production: bool) -> None:
    found = explain(f"Unknown bridge request error calling `{_URL}`", is_production=is_production)
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
    assert explain(said, is_production=True) is None
