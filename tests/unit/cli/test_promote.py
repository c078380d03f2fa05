"""The file that `novu-provider promote --write` writes. `tests/engine` tests the command on two stacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from novu_provider.cli.promote import _write_program
from novu_provider.errors import NovuError
from novu_provider.promotion.model import Place, Promotion

_PROMOTION = Promotion(
    source=Place(stack="dev", environment_id="d", environment="Development"),
    target=Place(stack="prod", environment_id="p", environment="Production"),
)


def test_the_error_of_a_file_that_cannot_be_written_has_the_systems_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    reasons = {}
    for folder in ("file", "missing"):
        with pytest.raises(NovuError) as refused:
            _write_program(_PROMOTION, tmp_path / folder)
        assert str(tmp_path / folder / "integrations_prod.py") in refused.value.what
        reasons[folder] = refused.value.why

    assert reasons == {
        "file": "The system refuses it: Not a directory.",
        "missing": "The system refuses it: No such file or directory.",
    }
