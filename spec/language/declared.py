"""How the language declares things: one class here is one Keras class, one field one constructor argument.

Whoever adds a kind writes one subclass of its family's base (``Layer``, ``Initializer``, …) whose
name is the Keras class's; the family's union, the catalog, the OpenAPI schema and the trainer
find it by itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, Unpack, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, core_schema

from spec.language.descriptions import describe
from spec.language.faults import MOST_FAULTS, fault_error, raise_faults
from spec.language.float32 import beyond_float32
from spec.language.retired import Retired
from spec.language.sentences import enumeration, sentence_of
from spec.language.suggestions import nearest
from spec.language.vocabularies import Vocabulary

MOST_UNKNOWN_FIELDS = 20
"""How many unknown fields of one object are told: each costs a search for the nearest name."""


MOST_FIELDS = 100
"""No section knows half as many; an object of more is not looked into."""

MOST_OWNERS = 4
"""How many kinds are named that have a field which another lacks."""

Rule = Callable[[Any], None]


def rule(check: Rule) -> Rule:
    """Marks a method of a `Section` that checks what its fields must agree on, and raises faults where they do not.

    All rules of an object are tried, whatever is wrong with its single fields: a rule that reads a faulty field is
    passed over.
    """
    check.__dict__["is_rule"] = True
    return check


class Section(BaseModel):
    """A part of a spec: unknown fields are faults, told with the nearest known name.

    Class attributes:
        RETIRED: Names that older Kerases, other libraries and people use -> what to write here.
        NOT_OFFERED: What Keras takes and this does not -> why not, and how to get near it, in sentences.
        EXPLAINED: Fields -> what is said of a value that does not fit, or is missing, where a sentence on its type
            would hide the reason.
        IS_IN_FLOAT32: Whether the trainer computes with its numbers, and so in float32.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, json_schema_extra=describe)

    RETIRED: ClassVar[Mapping[str, Retired]] = {}
    NOT_OFFERED: ClassVar[Mapping[str, str]] = {}
    EXPLAINED: ClassVar[Mapping[str, str]] = {}
    IS_IN_FLOAT32: ClassVar[bool] = False
    _RULES: ClassVar[tuple[str, ...]] = ()
    _FLOATS: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 - pydantic's signature
        """Find the rules, those of the bases first."""
        super().__pydantic_init_subclass__(**kwargs)
        members = (item for base in reversed(cls.__mro__) for item in vars(base).items())
        cls._RULES = tuple(dict.fromkeys(name for name, member in members if getattr(member, "is_rule", False)))
        # Every job has a dozen objects, and most of them no such number.
        fields = cls.model_fields.items() if cls.IS_IN_FLOAT32 else ()
        cls._FLOATS = tuple(name for name, field in fields if "float" in str(field.annotation))

    @model_validator(mode="wrap")
    @classmethod
    def _explain_faults(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        is_object = type(value) is dict or isinstance(value, Mapping)  # pyright: ignore[reportUnknownVariableType]  # the first is quick
        if is_object and len(cast("Mapping[str, object]", value)) > MOST_FIELDS:
            raise_faults([fault_error("too_many_fields", f"This can have at most {MOST_FIELDS} fields.")])
        try:
            section = handler(value)
        except ValidationError as error:
            lines = cls._explained(error)
            if (cls._RULES or cls._FLOATS) and is_object:
                lines += cls._sound_part(cast("Mapping[str, object]", value), error).broken_rules()
            raise ValidationError.from_exception_data(cls.__name__, lines) from None
        if cls._RULES or cls._FLOATS:
            raise_faults(section.broken_rules())
        return section

    def broken_rules(self) -> list[InitErrorDetails]:
        """What every rule finds wrong; fields may be missing."""
        lines = beyond_float32(self, self._FLOATS) if self._FLOATS else []
        for name in self._RULES:
            try:
                getattr(self, name)()
            except ValidationError as error:
                lines += [_with_sentence(line) for line in error.errors(include_url=False)]
            except AttributeError:
                # A field that the rule reads is faulty, or missing: it is told of already.
                continue
        return lines

    @classmethod
    def _explained(cls, error: ValidationError) -> list[InitErrorDetails]:
        lines: list[InitErrorDetails] = []
        unknown = 0
        for line in error.errors(include_url=False):
            if len(lines) >= MOST_FAULTS:
                break
            if _is_long_enough(line):
                continue
            if line["type"] == "extra_forbidden" and len(line["loc"]) == 1:
                unknown += 1
                if unknown <= MOST_UNKNOWN_FIELDS:
                    lines.append(cls._unknown_field(str(line["loc"][0])))
            else:
                lines.append(_with_sentence(line, cls._reason_for(line)))
        return lines

    @classmethod
    def _reason_for(cls, line: ErrorDetails) -> str | None:
        """What `EXPLAINED` says of a line that the validator made, and that is of the whole field or of a spelling."""
        location = line["loc"]
        is_of_field = len(location) == 1 or line["type"] == "string_pattern_mismatch"
        return cls.EXPLAINED.get(str(location[0])) if location and is_of_field else None

    @classmethod
    def _sound_part(cls, members: Mapping[str, object], error: ValidationError) -> Self:
        """An instance without the fields that are faulty or missing."""
        faulty = {str(line["loc"][0]) for line in error.errors(include_url=False, include_input=False) if line["loc"]}
        names = {name: field.alias or name for name, field in cls.model_fields.items()}
        sound = {name: said for name, said in names.items() if said not in faulty}
        part = without_required(cls).model_validate({said: members[said] for said in sound.values() if said in members})
        values = {name: getattr(part, name) for name in sound if names[name] in members}
        made = cls.model_construct(set(values), **values)
        for name in sorted(names.keys() - sound.keys()):
            # Its default would look as if it had been sent.
            cast("dict[str, Any]", made.__dict__).pop(name, None)
        return made

    @classmethod
    def _unknown_field(cls, name: str) -> InitErrorDetails:
        known = [other.alias or key for key, other in cls.model_fields.items()]
        if name in cls.RETIRED:
            retired = cls.RETIRED[name]
            return fault_error("retired_field", retired.sentence(name), at=(name,), suggestion=retired.field)
        if name in cls.NOT_OFFERED:
            return fault_error("not_offered", f'"{name}" is not supported. {cls.NOT_OFFERED[name]}', at=(name,))
        owner = cls.model_fields["type"].default if "type" in cls.model_fields else None
        of = f" of `{owner}`" if isinstance(owner, str) else ""
        sentence = f'"{name[:100]}" is not a known field{of}.'
        owners, suggestion = cls._owners(name), None
        if owners:
            others = ["others"] if len(owners) > MOST_OWNERS else []
            listed = enumeration([*(f"`{one}`" for one in owners[:MOST_OWNERS]), *others])
            sentence = f'"{name[:100]}" is not a field{of}. It is a field of {listed}.'
        if not owners or not cls._shares_names():
            suggestion = nearest(name, (*known, *cls.NOT_OFFERED))
        if suggestion is not None and suggestion in cls.NOT_OFFERED:
            sentence = f'{sentence} "{suggestion}" is not supported. {cls.NOT_OFFERED[suggestion]}'
            return fault_error("unknown_field", sentence, at=(name,))
        return fault_error("unknown_field", sentence, at=(name,), suggestion=suggestion)

    @classmethod
    def _owners(cls, name: str) -> list[str]:
        """Kinds beside this one that have such a field."""
        del name
        return []

    @classmethod
    def _shares_names(cls) -> bool:
        """Whether the same name means the same thing in all kinds beside this one."""
        return True


@cache
def without_required(kind: type[Section]) -> type[Section]:
    """The same section with no field required, and no rule between fields."""
    fields: dict[str, Any] = {}
    for name, described in kind.model_fields.items():
        annotation = cast("Any", described.annotation)
        for metadata in described.metadata:
            annotation = Annotated[annotation, metadata]
        fields[name] = (annotation, Field(None, alias=described.alias) if described.is_required() else described)
    return create_model(f"PartOf{kind.__name__}", __base__=Section, **fields)


def _is_long_enough(line: ErrorDetails) -> bool:
    """Whether a list is called too short that is not: pydantic counts its sound members, and the others have lines."""
    members, least = line["input"], line.get("ctx", {}).get("min_length")
    return line["type"] == "too_short" and isinstance(members, Sized) and least is not None and len(members) >= least


def _with_sentence(line: ErrorDetails, sentence: str | None = None) -> InitErrorDetails:
    """A line that says it in a sentence: its own, where it has one, or else this, or what fits its type."""
    context = line.get("ctx", {})
    said = str(context["sentence"]) if "sentence" in context else sentence or sentence_of(line)
    return fault_error(line["type"], said, at=line["loc"], suggestion=context.get("suggestion"))


class Declared(Section):
    """A thing with a ``type``: the name of a Keras class, or of one of the service's own.

    A concrete subclass is called as Keras's class is, and says the constructor's arguments as fields with Keras's
    defaults. What several of them have in common stands in a class that says ``is_base=True`` and is no kind itself.
    """

    IS_IN_FLOAT32: ClassVar[bool] = True

    type: str

    def __init_subclass__(cls, *, is_base: bool = False, **kwargs: Unpack[ConfigDict]) -> None:
        """Make the class's name its ``type``, unless it says another: now, before its fields are gathered."""
        super().__init_subclass__(**kwargs)
        if not is_base and "type" not in cls.__annotations__:
            cls.__annotations__["type"] = Literal[cls.__name__]  # pyright: ignore[reportInvalidTypeForm]
            cls.type = cls.__name__

    @classmethod
    def _owners(cls, name: str) -> list[str]:
        return [kind for kind, other in kinds(cls._family()).items() if name in other.model_fields]

    @classmethod
    def _family(cls) -> "type[Declared]":
        """The base of all kinds beside this one."""
        return next(base for base in cls.__mro__ if Declared in base.__bases__)

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


@cache
def _with_defaults(kind: type[Declared]) -> Declared:
    return kind.model_validate({})


def named(name: str, names: Mapping[str, type[Family]]) -> Family:
    """The thing that a string stands for, with Keras's defaults."""
    return cast("Family", _with_defaults(names[name]))


def said_by(value: Family | str, names: Mapping[str, type[Family]]) -> Family:
    """The thing that a field's value says: itself, or what the string stands for."""
    return named(value, names) if isinstance(value, str) else value


@dataclass(frozen=True)
class OneOf:
    """Annotation of a field that holds one thing of a family, or (``names``) a string that Keras takes for one.

    ``Annotated[Initializer | str, OneOf(Initializer, Vocabulary("initializer"), names=NAMES)]`` accepts ``"he_normal"``
    and ``{"type": "VarianceScaling", …}``. The value stays a string where one was sent, as Keras takes it.

    Attributes:
        family: The base class; its module must be imported before the model that uses the field is built.
        vocabulary: What is said of other words.
        names: Strings that stand for one -> its kind; None where Keras chooses it by the output.
        unfit: Kinds of the family that cannot stand here -> why not, and what to write, in sentences.
    """

    family: type[Declared]
    vocabulary: Vocabulary
    names: Mapping[str, type[Declared] | None] = field(
        default_factory=dict[str, "type[Declared] | None"], hash=False, repr=False
    )
    unfit: Mapping[str, str] = field(default_factory=dict[str, str], hash=False, repr=False)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        known = {name: kind for name, kind in kinds(self.family).items() if name not in self.unfit}
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
                raise_faults([self.vocabulary.unknown(value, self.names)])
            return value
        if not isinstance(value, dict):
            raise_faults([self._no_object(known, value)])
        members = cast("dict[Any, Any]", value)
        if "type" not in members:
            raise_faults([fault_error("missing", f"{self._one} needs a `type`.", at=("type",))])
        kind = members["type"]
        if not isinstance(kind, str) or kind not in known:
            raise_faults([self._unfit(kind) or self._unknown_type(known, kind)])
        return known[kind].model_validate(members)

    def _unfit(self, word: object) -> InitErrorDetails | None:
        if not isinstance(word, str) or word not in self.unfit:
            return None
        sentence = f"`{word}` is not supported here. {self.unfit[word]}"
        return fault_error(f"unfit_{self.vocabulary.snake}", sentence, at=("type",))

    def _unknown_type(self, known: Mapping[str, type[Declared]], word: object) -> InitErrorDetails:
        if not isinstance(word, str) or word not in self.names:
            return self.vocabulary.unknown(word, known, at=("type",))
        code, kind = f"unknown_{self.vocabulary.snake}", self.names[word]
        if kind is None:
            sentence = (
                f'Keras chooses what "{word}" stands for by the output of the network, so it takes no arguments. '
                f'Write the string "{word}" in place of the object.'
            )
            return fault_error(code, sentence, at=("type",))
        meant = str(kind.model_fields["type"].default)
        sentence = f'"{word}" can only be written as a string. In an object, `type` is the name of a class.'
        return fault_error(code, sentence, at=("type",), suggestion=meant)

    def _no_object(self, known: Iterable[str], value: object) -> InitErrorDetails:
        wanted = "a name, or an object with a `type`" if self.names else "an object with a `type`"
        way = f', such as {{"type": "{value}"}}' if isinstance(value, str) and value in known else ""
        return fault_error(f"{self.vocabulary.snake}_type", f"{self._one} must be {wanted}{way}.")

    @property
    def _one(self) -> str:
        return self.vocabulary.one.capitalize()
