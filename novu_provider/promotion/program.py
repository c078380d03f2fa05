"""The file that declares the integrations of a promotion: the skeleton of a program, without credentials."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from textwrap import indent

from novu_provider.planning.integration_program import config_names
from novu_provider.promotion.model import IntegrationDifference, Place, Promotion
from novu_provider.text.names import distinct_name
from novu_provider.text.untrusted import make_visible


def undeclared(promotion: Promotion) -> list[IntegrationDifference]:
    """Return the integrations that the program does not declare yet."""
    return [difference for difference in promotion.integrations if not difference.declared]


def module_name(target: Place) -> str:
    """Return the name of the Python module for a stack, such as ``integrations_prod``. No other stack has the same."""
    return f"integrations_{distinct_name(_bare_name(target.stack), accepted='A-Za-z0-9_', substitute='_')}"


def render_program(promotion: Promotion) -> str:
    """Return the text of the module. It declares the integrations in the stack of the target only."""
    source, target = (make_visible(place.environment) for place in (promotion.source, promotion.target))
    module = module_name(promotion.target)
    declarations = "\n".join(f"{difference.program}," for difference in undeclared(promotion))
    return f"""\
# Integrations of {source} that {target} lacks, or stores in another state.
# `novu-provider promote` wrote this file. It contains no credentials.
#
# Review it, then add two parts to the program: `import {module}`, and
# `integrations={module}.integrations` in the call of `novu.Bridge`.

import pulumi

import novu_provider as novu

config = pulumi.Config()
integrations = []

# The other stacks of the project declare none of these.
if pulumi.get_stack() == {json.dumps(_bare_name(promotion.target.stack))}:
    integrations += [
{indent(declarations, " " * 8)}
    ]
"""


def config_commands(promotion: Promotion) -> Iterator[str]:
    """Yield the commands that set the credentials which the program reads."""
    missing: Iterable[IntegrationDifference] = (
        difference for difference in undeclared(promotion) if difference.missing
    )
    for difference in missing:
        for name in config_names(difference.identifier, difference.provider_id):
            yield f"pulumi config set --stack {promotion.target.stack} --secret {name}"


def _bare_name(stack: str) -> str:
    # The name of a stack may contain its organization and its project.
    return stack.rsplit("/", maxsplit=1)[-1]
