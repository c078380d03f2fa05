"""What the embedded Novu can be told: keys, limits, faults and the version that it plays."""

from __future__ import annotations

from dataclasses import dataclass

# Visibly made up, and of the form that Novu gives out: 32 lower-case hexadecimal characters.
DEVELOPMENT_KEY = "dec0de00dec0de00dec0de00dec0de00"
PRODUCTION_KEY = "c0ffee00c0ffee00c0ffee00c0ffee00"


@dataclass(frozen=True, kw_only=True)
class EmulatorConfig:
    """Settings of one embedded Novu.

    The defaults behave as a self-hosted Novu 3.19.0, with one difference that makes local work possible:
    bridges on loopback and private addresses are accepted (`allow_private_bridges`).
    """

    database: str = ":memory:"
    """Path of the SQLite file, or `:memory:` for a server that forgets."""

    reset: bool = False
    """Empty the database before the start."""

    development_key: str = DEVELOPMENT_KEY
    """Secret key of the environment `Development` (type `dev`)."""

    production_key: str = PRODUCTION_KEY
    """Secret key of the environment `Production` (type `prod`)."""

    version: str = "3.19.0"
    """What `GET /v1/health-check` reports. The flags below decide what an older server lacks; `releases.py` has them
    for some."""

    v2_api_keys: bool = True
    """API keys open `/v2/workflows` (servers since June 2025). Off: 401 `API endpoint not accessible`, whatever
    the key."""

    v2_delete_guarded: bool = True
    """Off, with `v2_api_keys` off: `DELETE /v2/workflows/{id}` answers 500, as 2.0.0 (October 2024) does."""

    put_environments: bool = True
    """API keys open `PUT /v1/environments/{id}` (servers since June 2025). Off: the same 401."""

    severities: bool = True
    """Workflows have a severity (servers since September 2025)."""

    origin_conflicts: bool = True
    """A sync refuses an id of a dashboard workflow (servers since December 2024). Off: it takes the workflow over."""

    v1_lists_dashboard: bool = False
    """`GET /v1/workflows` has the dashboard's workflows too, as in October 2024."""

    environment_types: bool = True
    """Environments have a type, and bridges are told it (servers of 2026)."""

    general_group: bool = True
    """Off: the environments begin without the notification group `General`, and no workflow can be created."""

    integrations: tuple[str, ...] = ()
    """Channels that have an active provider, such as `email` and `in_app`."""

    workflow_limit: int = 100
    """Workflows per environment; looked at only once twenty exist, as Novu does."""

    step_limit: int = 20
    """Steps per workflow."""

    rate_limit: int | None = None
    """Requests per second and environment on most endpoints; `None` leaves rate limiting off, as self-hosted
    servers do. 30 is Novu's free tier, in which `/v2/workflows` has two thirds of that and triggers twice as much."""

    rate_limit_configuration: int | None = None
    """Requests per second on `/v2/workflows` and `/v1/agents`; `None` derives it from `rate_limit`."""

    rate_limit_trigger: int | None = None
    """Requests per second on `/v1/events`; `None` derives it from `rate_limit`."""

    rate_limit_window: int = 5
    """Seconds that the `RateLimit-Limit` header counts for."""

    sync_cost_ms: float = 0
    """Milliseconds that each synced workflow costs, one after the other. A real server takes about 65."""

    allow_private_bridges: bool = True
    """Off: bridge URLs on `localhost`, loopback and private addresses are refused as Novu refuses them."""

    allowed_outbound: tuple[str, ...] = ()
    """With `allow_private_bridges` off, what is accepted nevertheless: addresses, CIDR blocks, host names,
    `*.suffix` (Novu's `NOVU_SAFE_OUTBOUND_ALLOW`)."""

    bridge_timeout: float = 5.0
    """Seconds that one try of a bridge request may take."""

    bridge_retry_delay: float = 1.0
    """Seconds before the one retry of a bridge request."""

    def keys(self) -> dict[str, str]:
        """Return the secret key of each environment by the environment's name."""
        return {"Development": self.development_key, "Production": self.production_key}
