"""How the language declares things: one class here is one Keras class, one field one constructor argument.

Whoever adds a kind writes one subclass of its family's base (``Layer``, ``Initializer``, …) whose
``type`` is the Keras class's name; the family's union, the catalog, the OpenAPI schema and the trainer
find it by itself.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Self, TypeVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from spec.faults import MOST_FAULTS, fault_error, raise_faults
from spec.suggestions import nearest

MOST_UNKNOWN_FIELDS = 20
"""How many unknown fields of one object are told: each costs a search for the nearest name."""


MOST_FIELDS = 100
"""No section knows half as many; an object of more is not looked into."""

_PLAIN = {"missing": "this is missing", "model_type": "this takes an object"}
"""Sentences in place of pydantic's own, which name its classes."""


class Section(BaseModel):
    """A part of a spec: unknown fields are faults, told with the nearest known name.

    Class attributes:
        RETIRED: Names older Kerases knew -> a sentence that says what to write today. The first word in
            backquotes of the sentence, where it has one, is the suggestion.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    RETIRED: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="wrap")
    @classmethod
    def _explain_unknown_fields(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(value, Mapping) and len(cast("Mapping[str, object]", value)) > MOST_FIELDS:
            raise_faults([fault_error("too_many_fields", f"an object here has at most {MOST_FIELDS} fields")])
        try:
            return handler(value)
        except ValidationError as error:
            lines: list[InitErrorDetails] = []
            unknown = 0
            for line in error.errors(include_url=False):
                if len(lines) >= MOST_FAULTS:
                    break
                context = line.get("ctx", {})
                if line["type"] == "extra_forbidden" and len(line["loc"]) == 1:
                    unknown += 1
                    if unknown <= MOST_UNKNOWN_FIELDS:
                        lines.append(cls._unknown_field(str(line["loc"][0])))
                else:
                    lines.append(
                        fault_error(
                            line["type"],
                            str(context.get("sentence", _PLAIN.get(line["type"], line["msg"]))),
                            at=line["loc"],
                            suggestion=context.get("suggestion"),
                        )
                    )
            raise ValidationError.from_exception_data(cls.__name__, lines) from None

    @classmethod
    def _unknown_field(cls, name: str) -> InitErrorDetails:
        if name in cls.RETIRED:
            sentence = cls.RETIRED[name]
            _, *quoted = sentence.split("`")
            suggestion = quoted[0] if quoted else None
            return fault_error("retired_field", sentence, at=(name,), suggestion=suggestion)
        known = [other.alias or key for key, other in cls.model_fields.items()]
        suggestion = nearest(name, known)
        hint = f"; did you mean `{suggestion}`?" if suggestion else ""
        owner = cls.model_fields["type"].default if "type" in cls.model_fields else None
        of = f" of {owner}" if isinstance(owner, str) else ""
        return fault_error("unknown_field", f"`{name[:100]}` is no field{of}{hint}", at=(name,), suggestion=suggestion)


class Declared(Section):
    """A thing with a ``type``: the name of a Keras class, or of one of the service's own.

    A concrete subclass says ``type: Literal["Dense"] = "Dense"`` and the constructor's arguments as fields
    with Keras's defaults.
    """

    type: str

    def arguments(self) -> dict[str, Any]:
        """The constructor arguments that were said (not the defaults), nested `Declared` things as they are."""
        return {
            name: getattr(self, name)
            for name in type(self).model_fields
            if name in self.model_fields_set and name != "type"
        }


Family = TypeVar("Family", bound=Declared)


def kinds(family: type[Family]) -> dict[str, type[Family]]:
    """Every concrete kind of a family by its ``type``, in the order of declaration."""
    found: dict[str, type[Family]] = {}
    for subclass in family.__subclasses__():
        default = subclass.model_fields["type"].default
        if isinstance(default, str):
            found[default] = subclass
        found.update(kinds(subclass))
    return found


@dataclass(frozen=True)
class OneOf:
    """Annotation of a field that holds one thing of a family, or (``names``) a string that Keras takes for one.

    ``Annotated[Initializer | str, OneOf(Initializer, names=NAMES)]`` accepts ``"he_normal"`` and
    ``{"type": "VarianceScaling", …}``. The value stays a string where one was sent, as Keras takes it.

    Attributes:
        family: The base class; its module must be imported before the model that uses the field is built.
        noun: What one is called in messages.
        names: Strings that stand for one.
        renamed: Older spellings -> today's, for the suggestion, as ``{"Convolution2D": "Conv2D"}``.
        left_out: Keras's own that are not offered -> why not.
    """

    family: type[Declared]
    noun: str
    names: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    left_out: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        known = kinds(self.family)
        choices = {name: handler.generate_schema(kind) for name, kind in known.items()}
        inner: CoreSchema = core_schema.tagged_union_schema(choices, discriminator="type")
        if self.names:
            inner = core_schema.union_schema([core_schema.literal_schema(list(self.names)), inner])
        return core_schema.no_info_wrap_validator_function(partial(self._choose, known), inner)

    def _choose(self, known: Mapping[str, type[Declared]], value: object, _inner: Callable[[object], object]) -> object:
        if isinstance(value, self.family):
            return value
        if isinstance(value, str) and self.names:
            if value not in self.names:
                self._raise_unknown(value, self.names, at=())
            return value
        if not isinstance(value, dict):
            wanted = "a name or an object with a `type`" if self.names else "an object with a `type`"
            raise_faults([fault_error(f"{self._snake}_type", f"{self._one} is {wanted}")])
        members = cast("dict[Any, Any]", value)
        if "type" not in members:
            raise_faults([fault_error("missing", f"{self._one} needs a `type`", at=("type",))])
        kind = members["type"]
        if not isinstance(kind, str) or kind not in known:
            self._raise_unknown(kind, known, at=("type",))
        return known[kind].model_validate(members)

    @property
    def _one(self) -> str:
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    @property
    def _snake(self) -> str:
        return self.noun.replace(" ", "_").replace("-", "_")

    def _raise_unknown(self, word: object, known: Iterable[str], *, at: tuple[str, ...]) -> None:
        suggestion = None
        if isinstance(word, str) and word in self.left_out:
            sentence = f"`{word}` is not offered: {self.left_out[word]}"
            raise_faults([fault_error(f"{self._snake}_left_out", sentence, at=at)])
        if isinstance(word, str):
            suggestion = self.renamed.get(word) or nearest(word, known)
        shown = f"`{word[:100]}`" if isinstance(word, str) else "that"
        hint = f"; did you mean `{suggestion}`?" if suggestion else ""
        raise_faults(
            [fault_error(f"unknown_{self._snake}", f"{shown} is no {self.noun}{hint}", at=at, suggestion=suggestion)]
        )
