"""Settings of the embedded Novu: keys, limits and the release that it emulates."""

from __future__ import annotations

from dataclasses import dataclass

# Visibly made up, in the format of Novu's keys: 32 lower-case hexadecimal characters.
DEVELOPMENT_KEY = "dec0de00dec0de00dec0de00dec0de00"
PRODUCTION_KEY = "c0ffee00c0ffee00c0ffee00c0ffee00"


@dataclass(frozen=True, kw_only=True)
class EmulatorConfig:
    """Settings of one embedded Novu.

    With the defaults it behaves like a self-hosted Novu 3.19.0, with one difference: it accepts bridges on loopback
    and private addresses (`allow_private_bridges`), so that you can work locally.
    """

    database: str = ":memory:"
    """Path of the SQLite file, or `:memory:` to keep the data only while the server runs."""

    reset: bool = False
    """Empty the database at the start."""

    development_key: str = DEVELOPMENT_KEY
    """Secret key of the environment `Development` (type `dev`)."""

    production_key: str = PRODUCTION_KEY
    """Secret key of the environment `Production` (type `prod`)."""

    version: str = "3.19.0"
    """The version that `GET /v1/health-check` reports. It does not change the behavior. The flags below do that, and
    `releases.py` sets them for some older releases."""

    v2_api_keys: bool = True
    """Accept API keys on `/v2/workflows`, as servers since June 2025 do. Off: any key gets 401
    `API endpoint not accessible`."""

    v2_delete_checks_api_key: bool = True
    """Apply `v2_api_keys` to `DELETE /v2/workflows/{id}` too. With both off it returns 500, as 2.0.0 (October 2024)
    does."""

    put_environments: bool = True
    """Accept API keys on `PUT /v1/environments/{id}`, as servers since June 2025 do. Off: the same 401."""

    severities: bool = True
    """Workflows have a severity, as on servers since September 2025."""

    origin_conflicts: bool = True
    """A sync refuses the id of a dashboard workflow, as on servers since December 2024. Off: it overwrites the
    dashboard workflow."""

    v1_lists_dashboard_workflows: bool = False
    """`GET /v1/workflows` lists dashboard workflows too, as in October 2024."""

    environment_types: bool = True
    """Environments have a type, and requests to bridges contain it, as on servers of 2026."""

    general_group: bool = True
    """Environments have the notification group `General`. Off: no workflow can be created."""

    integrations: tuple[str, ...] = ()
    """Channels that new environments have a provider for, for example `email` and `in_app`. Every environment has an
    Inbox, which an application must still connect."""

    credentials_for_api_keys: bool = False
    """`/v1/integrations` returns decrypted credentials to API keys, and the integrations of all environments, as
    servers before 2026 do."""

    workflow_limit: int = 100
    """Workflows per environment. Like Novu, the emulator checks it only from 20 workflows on."""

    step_limit: int = 20
    """Steps per workflow."""

    rate_limit: int | None = None
    """Requests per second and environment on most endpoints. `None` turns rate limiting off, as self-hosted servers
    do. Novu's free tier has 30: two thirds of it on `/v2/workflows`, twice as much for triggers."""

    rate_limit_configuration: int | None = None
    """Requests per second on `/v2/workflows` and `/v1/agents`; `None` derives it from `rate_limit`."""

    rate_limit_trigger: int | None = None
    """Requests per second on `/v1/events`; `None` derives it from `rate_limit`."""

    rate_limit_window: int = 5
    """Length in seconds of the window that the header `RateLimit-Limit` refers to."""

    sync_cost_ms: float = 0
    """Milliseconds of simulated work per synced workflow. A real server takes about 65."""

    allow_private_bridges: bool = True
    """Accept bridge URLs on `localhost`, loopback and private addresses. Off: refuse them, as Novu does."""

    allowed_outbound: tuple[str, ...] = ()
    """Exceptions when `allow_private_bridges` is off: addresses, CIDR blocks, host names, `*.suffix`. Novu calls this
    setting `NOVU_SAFE_OUTBOUND_ALLOW`."""

    bridge_timeout: float = 5.0
    """Timeout in seconds of one attempt to call a bridge."""

    bridge_retry_delay: float = 1.0
    """Seconds to wait before the single retry of a bridge request."""

    def keys(self) -> dict[str, str]:
        """Return the secret key of each environment by the environment's name."""
        return {"Development": self.development_key, "Production": self.production_key}
