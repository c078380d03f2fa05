"""The format of a stack's state: which properties each version of this package records, and how earlier ones are read.

| format | properties of the binding |
|---|---|
| 1 | ``workflows``: the digest of each registration by workflow id, of digest version 1; ``inactive`` |
| 2 | the same, of digest version 2 |
| 3 | ``__workflows`` and ``__inactive``, with the same content; ``manifest``: the same in one line for people |

The engine prints no property whose name begins with two underscores. So a plan of 100 workflows does not print 100
digests. A state of format 2 needs no conversion: its digests are still valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_provider.model.canonical_json import digest
from novu_provider.text.wording import counted

#: The version of the resource outputs in a state. A stack with a newer one is refused.
FORMAT = 3

#: From this format on, a state contains digests of the present version.
FIRST_FORMAT_WITH_CURRENT_DIGESTS = 2

WORKFLOWS = "__workflows"
INACTIVE = "__inactive"
#: Application -> its workflow ids, if several applications share the environment.
APPLICATIONS = "__applications"

#: The length of a digest that people compare by eye.
_SHORT_DIGEST = 12


def manifest_inputs(digests: Mapping[str, str]) -> dict[str, Any]:
    """Return the digests of a manifest as inputs of the binding, with the line for people."""
    line = f"{counted(len(digests), 'workflow')}, digest {digest(dict(digests))[:_SHORT_DIGEST]}"
    return {WORKFLOWS: dict(digests), "manifest": line}


def workflow_digests(props: Mapping[str, Any]) -> dict[str, str]:
    """Return the digest of each registration from the properties of a binding, of any format. Empty without a state."""
    digests = props.get(WORKFLOWS)
    return dict((props.get("workflows") if digests is None else digests) or {})


def inactive_ids(props: Mapping[str, Any]) -> list[str]:
    """Return the declared ids that stay inactive, from the properties of a binding, of any format."""
    ids = props.get(INACTIVE)
    return list((props.get("inactive") if ids is None else ids) or ())


def workflows_by_application(props: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return application -> workflow ids from the properties of a binding. Empty without several applications."""
    return {name: list(ids) for name, ids in (props.get(APPLICATIONS) or {}).items()}
