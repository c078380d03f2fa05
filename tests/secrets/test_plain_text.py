"""Warns about a key that was configured without `--secret`, which Pulumi allows."""

from __future__ import annotations

from pathlib import Path

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App
from tests.secrets.recorded import RecordedStack
from tests.secrets.search import Search, made_up


def test_the_warning_about_a_key_in_clear_text_does_not_repeat_it(bridges: BridgeProcess, tmp_path: Path) -> None:
    key = made_up("plain key")
    with Emulator(EmulatorConfig(development_key=key)) as novu:
        app = App(bridges, key)
        app.deploy(*specs.shop(1))
        variables = {"NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": app.url}
        stack = RecordedStack(tmp_path / "stack", variables, traced=False)
        # The engine requires this flag for a value that looks like a secret.
        stack.run("config", "set", "--plaintext", "novu:secretKey", key)
        # Without verbose logging: the engine's log contains values that it does not know as secrets.
        preview = super(RecordedStack, stack).run("preview")
        assert "warning: `novu:secretKey` is stored as plain text" in preview.output
        search = Search({"key": key})
        search.data("the preview", preview.output.encode())
        assert search.matches == []
        stack.config(secretKey=None)
        stack.set_secret("secretKey", key)
        assert "as plain text" not in stack.preview().output
