"""Locations of nginx in which an application verifies the signature of a discover request.

If the first application is down, the next one verifies it. A refusal (401, 403) is final.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from novu_provider.gateway.routes import DOWN_STATUSES, SIGNATURE_ERROR, Upstream, verification_timeout

#: The first location, for the directive `auth_request`.
FIRST = "/.novu/verify"


def locations(
    verifiers: Sequence[Upstream],
    *,
    ca_bundle: str,
    address: Callable[[Upstream], str],
    resolver: Sequence[str] = (),
) -> str:
    """Return the locations. No client can reach them.

    :param verifiers: the applications, in the order in which they are asked.
    :param address: returns the name of the `upstream` of an application, or with a resolver its host and port.
    :param resolver: the directives of a DNS server, if nginx looks up the hosts while it runs.
    """
    timeout = verification_timeout(len(verifiers))
    limits = [f"proxy_{step}_timeout {timeout}s;" for step in ("connect", "send", "read", "next_upstream")]
    # The directive `auth_request` takes no named location. A client that asks for this one gets a 404, and the
    # `error_page` of a location also applies to that one. So the applications are asked in other locations.
    first = ["internal;", "recursive_error_pages on;", "error_page 418 = @novu_verify_1;", "return 418;"]
    parts = [_block(f"location = {FIRST}", first)]
    for number, upstream in enumerate(verifiers, start=1):
        lines = [
            *resolver,
            *_request(upstream, address(upstream)),
            *(_tls(upstream, ca_bundle) if upstream.tls else ()),
            *limits,
            *(_if_down(number + 1) if number < len(verifiers) else ()),
        ]
        parts.append(_block(f"location @novu_verify_{number}", ["recursive_error_pages on;", *lines]))
    refused = ["default_type application/json;", f"return 401 '{SIGNATURE_ERROR}';"]
    return "\n".join([*parts, _block("location @novu_signature", refused)])


def _request(upstream: Upstream, address: str) -> list[str]:
    return [
        # A URL with a path is a variable, because it is in a named location.
        f'set $novu_verifier "{upstream.scheme}://{address}{upstream.target}action=discover";',
        'proxy_pass "$novu_verifier";',
        "proxy_method GET;",
        "proxy_pass_request_body off;",
        "proxy_http_version 1.1;",
        'proxy_set_header Content-Length "";',
        'proxy_set_header Connection "";',
        f'proxy_set_header Host "{upstream.authority}";',
    ]


def _tls(upstream: Upstream, ca_bundle: str) -> list[str]:
    return [
        "proxy_ssl_server_name on;",
        f'proxy_ssl_name "{upstream.host}";',
        "proxy_ssl_verify on;",
        "proxy_ssl_verify_depth 5;",
        f'proxy_ssl_trusted_certificate "{ca_bundle}";',
    ]


def _if_down(number: int) -> list[str]:
    return [
        "proxy_intercept_errors on;",
        f"error_page {DOWN_STATUSES} 500 501 502 503 504 = @novu_verify_{number};",
    ]


def _block(name: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{name} {{", *(f"    {line}" for line in lines), "}", ""])
