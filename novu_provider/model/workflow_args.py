"""What one environment says of a workflow beyond its code: switches, control values, preferences, a former id."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from novu_provider.errors import SettingsError
from novu_provider.model.preferences import normalize_channel

#: Novu's channels (3.19.0). A step of a newer one still syncs; an override of it needs a newer version of this package.
CHANNELS = ("email", "sms", "in_app", "chat", "push", "tool")


class _Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")


class ChannelPreference(_Arguments):
    """Whether a channel is on for subscribers that chose nothing; ``True`` and ``False`` are short for it."""

    enabled: bool


class OverallPreference(_Arguments):
    """What holds for all channels, and whether subscribers may not choose (``read_only``)."""

    enabled: bool = True
    read_only: bool = False


class Preferences(_Arguments):
    """The override of a workflow's channel preferences in one environment, each part optional.

    A channel that is not named follows ``all``, as Novu completes it.
    """

    all: OverallPreference = OverallPreference()
    channels: dict[str, ChannelPreference] = Field(default_factory=dict)

    @field_validator("all", "channels", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if _is_flag(value):
            return {"enabled": value}
        if isinstance(value, Mapping):
            return {
                key: {"enabled": one} if _is_flag(one) and key not in _FIELDS else one for key, one in value.items()
            }
        return value

    @field_validator("channels")
    @classmethod
    def _known(cls, value: dict[str, ChannelPreference]) -> dict[str, ChannelPreference]:
        found = {normalize_channel(key): one for key, one in value.items()}
        unknown = sorted(set(found) - set(CHANNELS))
        if unknown:
            raise ValueError(f"there is no channel {', '.join(map(repr, unknown))}; there are {', '.join(CHANNELS)}")
        return found

    def document(self) -> dict[str, Any]:
        """Write it as Novu's API has it."""
        return self.model_dump(by_alias=True, mode="json")


_FIELDS = {"enabled", "readOnly", "read_only"}


def _is_flag(value: Any) -> bool:
    # A stack's configuration may have either as a text.
    return isinstance(value, bool) or value in ("true", "false")


class WorkflowArgs(_Arguments):
    """What one environment says of a workflow beyond its code. None leaves the matter as the code or Novu has it.

    :param active: False keeps it switched off although each sync switches it on.
    :param validate_payload: whether Novu refuses triggers whose payload does not fit the payload schema.
    :param translations: whether the workflow's translations are used, where the server offers them.
    :param controls: step id -> control values, over the defaults of the step's control schema.
    :param preferences: the override of its channel preferences.
    :param renamed_from: the id that it had before; what people set there is carried over.
    :param ignore_changes: ``controls`` or ``preferences`` (or both): set at first, then left to the people who edit
        them in the dashboard.
    """

    active: bool | None = None
    validate_payload: bool | None = None
    translations: bool | None = None
    controls: dict[str, dict[str, Any]] = Field(default_factory=dict)
    preferences: Preferences | None = None
    renamed_from: str | None = None
    ignore_changes: tuple[Literal["controls", "preferences"], ...] = ()

    def overriding(self, other: WorkflowArgs) -> WorkflowArgs:
        """Join two: this one's settings go before the other's, control values key by key."""
        mine = {key: getattr(self, key) for key in self.model_fields_set}
        controls = dict(other.controls)
        for step_id, values in self.controls.items():
            controls[step_id] = {**controls.get(step_id, {}), **values}
        return other.model_copy(update={**mine, "controls": controls})


def read_workflow_args(value: Any, source: str) -> dict[str, WorkflowArgs]:
    """Read workflow id -> arguments, as a program or a stack's configuration gives them.

    :param value: a mapping, its JSON, or None.
    :param source: where it stands, for messages.
    :raises SettingsError: it has another form.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise SettingsError(
                f"{source} is no JSON: {error}.",
                why="It was set as a text; an object is set key by key.",
                fix="Set it with `pulumi config set --path novu:workflows.<workflow id>.active false`.",
                prop="workflows",
            ) from None
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _unusable(source, "it is no object of workflow ids")
    found = {}
    for workflow_id, one in value.items():
        try:
            found[workflow_id] = one if isinstance(one, WorkflowArgs) else WorkflowArgs.model_validate(one)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            path = ".".join(str(part) for part in (workflow_id, *first["loc"]))
            raise _unusable(source, f"at `{path}`: {first['msg'].removeprefix('Value error, ')}") from None
    return found


def _unusable(source: str, fault: str) -> SettingsError:
    return SettingsError(
        f"{source} cannot be used: {fault}.",
        why="It has another form than is documented.",
        fix="See `WorkflowArgs` in docs/environments.md: active, validatePayload, translations, controls, "
        "preferences, renamedFrom, ignoreChanges.",
        prop="workflows",
    )
