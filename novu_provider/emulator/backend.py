"""The components of one embedded Novu and the authentication of its requests."""

from __future__ import annotations

from novu_provider.emulator.activity import ActivityLog
from novu_provider.emulator.bridge.client import BridgeClient
from novu_provider.emulator.bridge.sync import Synchronizer
from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.data.environments import Environment, Environments
from novu_provider.emulator.data.integrations import Integrations
from novu_provider.emulator.data.store import Store
from novu_provider.emulator.data.workflows import Workflows
from novu_provider.emulator.http.errors import unauthorized
from novu_provider.emulator.http.ratelimit import RateLimiter


class Backend:
    """The components that all endpoints share."""

    def __init__(self, config: EmulatorConfig) -> None:
        self.config = config
        self.store = Store(config.database, reset=config.reset)
        self.environments = Environments(config, self.store)
        self.workflows = Workflows(config, self.store)
        self.integrations = Integrations(self.store)
        self.bridge = BridgeClient(config)
        self.limiter = RateLimiter(config)
        self.activity = ActivityLog()
        self.synchronizer = Synchronizer(
            config, self.store, self.environments, self.workflows, self.bridge, activity=self.activity
        )

    def reset(self) -> None:
        """Delete all data and create two new environments with the same keys."""
        self.store.clear()
        self.environments.ensure()

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def authenticate(self, authorization: str | None, *, is_open: bool = True) -> Environment:
        """Return the environment that an `Authorization` header opens; raise 401.

        An endpoint that refuses API keys does so before it checks the key. The scheme `ApiKey` is case-sensitive.
        Without a scheme, the whole header counts as one. The error repeats it, and so reveals a key that was sent
        without a scheme. Observed on Novu 3.19.0.
        """
        if not authorization:
            raise unauthorized("Missing authorization header")
        scheme, _, key = authorization.partition(" ")
        if scheme == "Bearer":
            # The emulator has no users, so no session token is valid.
            raise unauthorized()
        if scheme != "ApiKey":
            raise unauthorized(f'Invalid authentication scheme: "{scheme}"')
        if not is_open:
            raise unauthorized("API endpoint not accessible")
        if not key:
            raise unauthorized()
        environment = self.environments.by_key(key)
        if environment is None:
            raise unauthorized("API Key not found")
        return environment
