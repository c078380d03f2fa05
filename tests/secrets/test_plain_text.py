"""A key that was configured without `--secret`: Pulumi allows it, so the user is told."""

from __future__ import annotations

from pathlib import Path

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App
from tests.secrets.recorded import RecordedStack
from tests.secrets.search import Search, made_up


def test_a_key_in_clear_text_is_warned_of_without_repeating_it(bridges: BridgeProcess, tmp_path: Path) -> None:
    key = made_up("plain key")
    with Emulator(EmulatorConfig(development_key=key)) as novu:
        app = App(bridges, key)
        app.deploy(*specs.shop(1))
        variables = {"NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": app.url}
        stack = RecordedStack(tmp_path / "stack", variables, traced=False)
        # The engine itself asks for this flag when a value looks like a secret.
        stack.run("config", "set", "--plaintext", "novu:secretKey", key)
        # As users run it: the engine's own log would hold what is no secret to it.
        warned = super(RecordedStack, stack).run("preview")
        assert "warning: `novu:secretKey` stands in clear text" in warned.output
        search = Search({"key": key})
        search.data("the preview", warned.output.encode())
        assert search.traces == []
        stack.config(secretKey=None)
        stack.set_secret("secretKey", key)
        assert "in clear text" not in stack.preview().output
