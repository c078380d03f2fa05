"""The settings of a workflow in one environment that its code does not contain, such as control values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from novu_provider.errors import SettingsError
from novu_provider.model.json_text import InvalidJson, check_json, parse_json
from novu_provider.model.preferences import normalize_channel
from novu_provider.text.suggestions import nearest_name
from novu_provider.text.untrusted import make_visible

#: The channels of Novu 3.19.0. Steps of a newer channel sync too, but overriding it needs an update of this package.
CHANNELS = ("email", "sms", "in_app", "chat", "push", "tool")


class _Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")


class ChannelPreference(_Arguments):
    """Whether a channel is enabled for subscribers without a choice of their own. Also written as True or False."""

    enabled: bool


class OverallPreference(_Arguments):
    """The preference for all channels. ``read_only`` means that subscribers cannot change it."""

    enabled: bool = True
    read_only: bool = False


class Preferences(_Arguments):
    """The override of a workflow's channel preferences in one environment. Each part is optional.

    A channel without an entry follows ``all``.
    """

    all: OverallPreference = OverallPreference()
    channels: dict[str, ChannelPreference] = Field(default_factory=dict)

    @field_validator("all", "channels", mode="before")
    @classmethod
    def _expand_booleans(cls, value: Any) -> Any:
        if _is_boolean(value):
            return {"enabled": value}
        if isinstance(value, Mapping):
            return {
                key: {"enabled": member} if _is_boolean(member) and key not in _PREFERENCE_FIELDS else member
                for key, member in value.items()
            }
        return value

    @field_validator("channels")
    @classmethod
    def _expect_known_channels(cls, value: dict[str, ChannelPreference]) -> dict[str, ChannelPreference]:
        channels = {normalize_channel(name): preference for name, preference in value.items()}
        unknown = sorted(set(channels) - set(CHANNELS))
        if unknown:
            raise ValueError(f"there is no channel {', '.join(map(repr, unknown))}; Novu has {', '.join(CHANNELS)}")
        return channels

    def document(self) -> dict[str, Any]:
        """Return the JSON document that Novu's API accepts."""
        return self.model_dump(by_alias=True, mode="json")


_PREFERENCE_FIELDS = {"enabled", "readOnly", "read_only"}


def _is_boolean(value: Any) -> bool:
    # A stack's configuration may contain booleans as text.
    return isinstance(value, bool) or value in ("true", "false")


class WorkflowArgs(_Arguments):
    """The settings of a workflow in one environment. None keeps the value of the code or of Novu.

    :param active: False keeps the workflow inactive, although every sync activates it.
    :param validate_payload: whether Novu refuses triggers whose payload violates the payload schema.
    :param translations: whether Novu uses the workflow's translations, if the server supports them.
    :param controls: step id -> control values, which override the defaults of the step's control schema.
    :param preferences: the override of the workflow's channel preferences.
    :param renamed_from: the former workflow id. Overrides that people set there are carried over.
    :param ignore_changes: ``controls``, ``preferences`` or both. They are set once. Later changes in the dashboard
        are kept.
    """

    active: bool | None = None
    validate_payload: bool | None = None
    translations: bool | None = None
    controls: dict[str, dict[str, Any]] = Field(default_factory=dict)
    preferences: Preferences | None = None
    renamed_from: str | None = None
    ignore_changes: tuple[Literal["controls", "preferences"], ...] = ()

    def overriding(self, other: WorkflowArgs) -> WorkflowArgs:
        """Return both combined. These settings override the other ones, and control values are combined by key."""
        own = {name: getattr(self, name) for name in self.model_fields_set}
        controls = dict(other.controls)
        for step_id, values in self.controls.items():
            controls[step_id] = {**controls.get(step_id, {}), **values}
        return other.model_copy(update={**own, "controls": controls})


def read_workflow_args(value: Any, source: str) -> dict[str, WorkflowArgs]:
    """Read workflow id -> arguments from a program or from a stack's configuration.

    :param value: a mapping, its JSON text, or None.
    :param source: where the value comes from, for messages.
    :raises SettingsError: the value is invalid.
    """
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except ValueError as error:
            raise SettingsError(
                f"{source} is no JSON: {error}.",
                why="The value was set as text. Objects are set with one command for each value.",
                fix="Set one value: `pulumi config set --path novu:workflows.<workflow id>.active false`.",
                prop="workflows",
            ) from None
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _invalid(source, "it is no object of workflow ids")
    arguments = {}
    for workflow_id, entry in value.items():
        try:
            arguments[workflow_id] = entry if isinstance(entry, WorkflowArgs) else WorkflowArgs.model_validate(entry)
        except ValidationError as error:
            # Unknown names first: a typo also makes the real field missing.
            errors = error.errors(include_url=False, include_input=False)
            first = min(errors, key=lambda details: details["type"] != "extra_forbidden")
            path = ".".join(str(part) for part in (workflow_id, *first["loc"]))
            is_unknown = first["type"] == "extra_forbidden"
            flaw = _unknown_field(first["loc"]) if is_unknown else first["msg"].removeprefix("Value error, ")
            raise _invalid(source, f"at `{path}`: {flaw}") from None
        try:
            check_json((workflow_id, arguments[workflow_id].controls))
        except InvalidJson as error:
            raise _invalid(source, f"at `{_visible(workflow_id)}`: {error}") from None
    return arguments


def _visible(workflow_id: Any) -> str:
    return make_visible(str(workflow_id))


def _unknown_field(location: tuple[int | str, ...]) -> str:
    """Return the message for a field that does not exist, with the nearest one of the same object."""
    *parents, name = map(str, location)
    known = [field.alias or "" for field in _MODELS.get(tuple(parents), ChannelPreference).model_fields.values()]
    nearest = nearest_name(name, known)
    return f"there is no such field; probably `{nearest}` was meant" if nearest else "there is no such field"


#: The objects inside of the arguments, by their path. All others are channels.
_MODELS: dict[tuple[str, ...], type[BaseModel]] = {
    (): WorkflowArgs,
    ("preferences",): Preferences,
    ("preferences", "all"): OverallPreference,
}


def _invalid(source: str, flaw: str) -> SettingsError:
    return SettingsError(
        f"{source} is invalid: {flaw}.",
        why="A name has a typo, or a value has another type than `WorkflowArgs` allows.",
        fix="Use the fields of `WorkflowArgs` (docs/reference/overrides.md): active, validatePayload, translations, "
        "controls, preferences, renamedFrom, ignoreChanges.",
        prop="workflows",
    )
