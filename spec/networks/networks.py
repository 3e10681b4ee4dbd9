"""A network: its layers, and arguments that several of them share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeGuard, cast

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from spec.language.declared import OneOf, Section
from spec.language.faults import MOST_FAULTS, Fault, Location, fault_error, faults_of, raise_faults
from spec.language.retired import Retired, superfluous
from spec.language.sentences import sentence_of
from spec.language.suggestions import nearest
from spec.layers import Layer
from spec.layers.wrappers import Wrapper
from spec.networks.layer_vocabulary import LAYERS
from spec.networks.left_out import LEFT_OUT_NETWORK_FIELDS
from spec.networks.wiring import ONE_INPUT, Outline, Wiring, layer_kinds, wire

MOST_LAYERS = 1000
"""How many layers a network may have."""

MOST_FIELDS = 100
"""How many fields one layer's object may have; no layer knows a third of them."""

OWN_FIELDS = ("type", "name", "inputs")
"""Fields that belong to one layer and have no default."""

LayerField = Annotated[Layer, OneOf(Layer, LAYERS)]


class NetworkSpec(Section):
    """A network of layers. Each layer reads the one before it, unless it lists its own ``inputs``.

    Layers read the input of the network by the name "input". Where the data set makes several inputs, their names are
    those that it gives them.

    Attributes:
        defaults: Default arguments for all layers of a type, such as ``{"Dense": {"activation": "elu"}}``. The fields
            of a layer take precedence.
        layers: The layers of the network. The last one is the output.
    """

    defaults: dict[str, dict[str, Any]] = Field(default_factory=dict)
    layers: Annotated[tuple[LayerField, ...], Field(min_length=1, max_length=MOST_LAYERS)]

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "input_shape": superfluous("The input shape comes from the data set."),
        "inputs": Retired("The input of a network comes from the data set. Each layer can list its own `inputs`."),
        "name": Retired("A network has no name. Name the job instead, at /name."),
    }
    NOT_OFFERED: ClassVar[Mapping[str, str]] = LEFT_OUT_NETWORK_FIELDS

    @model_validator(mode="wrap")
    @classmethod
    def _parse(cls, value: Any, handler: ModelWrapValidatorHandler["NetworkSpec"]) -> "NetworkSpec":  # noqa: ANN401 - whatever was sent
        if isinstance(value, cls):
            return value
        del handler
        reading = _Reading(value)
        raise_faults(reading.lines)
        return reading.network()


@dataclass(frozen=True)
class ParsedNetwork:
    """What could be read of a body.

    Attributes:
        network: The network; None where anything is wrong.
        layers: Its layers, None in the place of each faulty one.
        wiring: Their names and inputs.
        faults: What is wrong, with pointers into the network's own object.
    """

    network: NetworkSpec | None
    layers: list[Layer | None]
    wiring: Wiring
    faults: list[Fault]


def parse_network(body: object, inputs: Sequence[str] = ()) -> ParsedNetwork:
    """Read a network as far as it can be read; never raises for what was sent.

    Args:
        body: The value of ``network`` in a job spec, as JSON gives it.
        inputs: The names of its inputs, in order, where its data set names them; layers may read them by these.
    """
    reading = _Reading(body, inputs)
    faults: list[Fault] = []
    if reading.lines:
        faults = faults_of(ValidationError.from_exception_data("network", reading.lines))
    return ParsedNetwork(None if faults else reading.network(), reading.layers, reading.wiring, faults)


class _Reading:
    """One network being read: collects layers and faults side by side."""

    def __init__(self, body: object, inputs: Sequence[str] = ()) -> None:
        self.lines: list[InitErrorDetails] = []
        self.layers: list[Layer | None] = []
        self.outlines: list[Outline] = []
        inputs = tuple(inputs) or ONE_INPUT
        self.wiring = Wiring((), (), inputs)
        self._raw_defaults: dict[str, dict[str, Any]] = {}
        self._defaults: dict[str, _Defaults] = {}
        if not isinstance(body, dict):
            self.lines.append(fault_error("network_type", "A network must be an object with `layers`."))
            return
        members = cast("dict[str, Any]", body)
        self._read_unknown([name for name in members if name not in NetworkSpec.model_fields])
        self._read_defaults(members.get("defaults", {}))
        self._read_layers(members)
        self.wiring, faults = wire(self.outlines, inputs)
        self.lines += [_unlisted(line, members) for line in faults]

    def network(self) -> NetworkSpec:
        """The network, where nothing was wrong."""
        said = {"layers", "defaults"} if self._raw_defaults else {"layers"}
        return NetworkSpec.model_construct(said, layers=tuple(self.layers), defaults=self._raw_defaults)

    def _read_unknown(self, names: Sequence[str]) -> None:
        for name in names[:MOST_FAULTS]:
            if name in NetworkSpec.RETIRED:
                self.lines.append(fault_error("retired_field", NetworkSpec.RETIRED[name].sentence(name), at=(name,)))
                continue
            if name in NetworkSpec.NOT_OFFERED:
                sentence = f'"{name}" is not supported. {NetworkSpec.NOT_OFFERED[name]}'
                self.lines.append(fault_error("not_offered", sentence, at=(name,)))
                continue
            suggestion = nearest(name, NetworkSpec.model_fields)
            sentence = f'"{name[:100]}" is not a known field of a network.'
            self.lines.append(fault_error("unknown_field", sentence, at=(name,), suggestion=suggestion))

    def _read_defaults(self, said: object) -> None:
        if not isinstance(said, dict):
            sentence = (
                'This must be an object from types of layers to arguments, such as {"Dense": {"activation": "elu"}}.'
            )
            self.lines.append(fault_error("defaults_type", sentence, at=("defaults",)))
            return
        for name, members in cast("dict[str, object]", said).items():
            if len(self.lines) >= MOST_FAULTS:
                return
            at: Location = ("defaults", name)
            kind = layer_kinds().get(name)
            if kind is None:
                self.lines.append(_unknown_kind(name, at=at))
            elif not _is_fields(members):
                sentence = f"The defaults of a layer must be an object with at most {MOST_FIELDS} arguments."
                self.lines.append(fault_error("defaults_type", sentence, at=at))
            else:
                self._raw_defaults[name] = members
                self._defaults[name] = _Defaults(kind, members)
                self.lines += [_moved(line, at) for line in self._defaults[name].lines]

    def _read_layers(self, members: Mapping[str, object]) -> None:
        if "layers" not in members:
            self.lines.append(fault_error("missing", "A network needs `layers`.", at=("layers",)))
            return
        said = members["layers"]
        if not isinstance(said, list | tuple) or not 1 <= len(cast("Sequence[object]", said)) <= MOST_LAYERS:
            sentence = f"This must be a list of 1 to {MOST_LAYERS:,} layers."
            self.lines.append(fault_error("layers_type", sentence, at=("layers",)))
            return
        for index, layer in enumerate(cast("Sequence[object]", said)):
            if len(self.lines) >= MOST_FAULTS:
                self.lines.append(
                    fault_error(
                        "too_many_faults",
                        "There are too many faults, so the layers from here on were not checked.",
                        at=("layers", index),
                    )
                )
                return
            self._read_layer(layer, ("layers", index))

    def _read_layer(self, said: object, at: Location) -> None:
        if isinstance(said, Layer):
            self.layers.append(said)
            self.outlines.append(Outline.of(said))
            return
        layer: Layer | None = None
        name = None
        if not _is_fields(said):
            sentence = f"A layer must be an object with a `type` and at most {MOST_FIELDS} fields."
            self.lines.append(fault_error("layer_type", sentence, at=at))
        elif "type" not in said:
            self.lines.append(fault_error("missing", "A layer needs a `type`.", at=(*at, "type")))
        else:
            name = said["type"]
            kind = layer_kinds().get(name) if isinstance(name, str) else None
            if kind is None:
                self.lines.append(_unknown_kind(name, at=(*at, "type")))
            else:
                layer = self._read_fields(kind, said, at)
        self.layers.append(layer)
        self.outlines.append(Outline.of(layer) if layer else _outline(said))

    def _read_fields(self, kind: type[Layer], said: dict[str, Any], at: Location) -> Layer | None:
        defaults = self._defaults.get(said["type"])
        if defaults is None:
            inherited, faulty = dict[str, Any](), frozenset[str]()
        else:
            inherited = {name: value for name, value in defaults.sound.items() if name not in said}
            faulty = defaults.faulty - said.keys()
        held, unread = self._read_held(kind, said, at)
        said = {name: value for name, value in {**said, **held}.items() if name not in unread}
        faulty |= unread
        try:
            layer = kind.model_validate({**inherited, **said})
        except ValidationError as error:
            for line in _lines(error):
                field = line.get("loc", ())[:1]
                if field and field[0] in faulty:
                    continue  # told once, where the default is, or in the layer that is held
                # What a default says is not in the layer's own object: the layer as a whole is pointed at.
                self.lines.append(_moved({**line, "loc": ()} if field and field[0] in inherited else line, at))
            return None
        return None if faulty else layer.inheriting(frozenset(inherited))

    def _read_held(
        self, kind: type[Layer], said: dict[str, Any], at: Location
    ) -> tuple[dict[str, Layer], frozenset[str]]:
        """The layers that a layer holds, each with the defaults of its type, and the fields of those that are faulty.

        What cannot be held is left to the field itself.
        """
        held: dict[str, Layer] = {}
        unread: set[str] = set()
        for field, choice in kind.HELD.items() if issubclass(kind, Wrapper) else ():
            value = said.get(field)
            if not _is_fields(value):
                continue
            name = value.get("type")
            held_kind = layer_kinds().get(name) if isinstance(name, str) and name not in choice.unfit else None
            if held_kind is None:
                continue
            layer = self._read_fields(held_kind, value, (*at, field))
            if layer is None:
                unread.add(field)
            else:
                held[field] = layer
        return held, frozenset(unread)


class _Defaults:
    """The defaults of one type of layer.

    Attributes:
        sound: Those that may be merged.
        faulty: Names of those that may not.
        lines: Why not.
    """

    def __init__(self, kind: type[Layer], members: dict[str, Any]) -> None:
        own = (*OWN_FIELDS, *(kind.HELD if issubclass(kind, Wrapper) else ()))
        shared = {name: value for name, value in members.items() if name not in own}
        self.lines = [
            fault_error(
                "no_default",
                f"`{name}` cannot have a default, because it belongs to a single layer. Set it in the layer.",
                at=(name,),
            )
            for name in members
            if name in own
        ]
        try:
            kind.model_validate({"type": kind.model_fields["type"].default, **shared})
        except ValidationError as error:
            self.lines += [line for line in _lines(error) if line.get("loc", ())[:1] != () and _is_said(line, shared)]
        refused = {str(line.get("loc", ("",))[0]) for line in self.lines}
        self.faulty = frozenset(refused & kind.model_fields.keys()) - frozenset(own)
        self.sound = {name: value for name, value in shared.items() if name not in refused}


def _is_said(line: InitErrorDetails, members: Mapping[str, object]) -> bool:
    """Whether a fault is about something that was said, not about something that layers may still say."""
    return line.get("loc", ("",))[0] in members


def _is_fields(said: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(said, dict) and len(cast("dict[str, Any]", said)) <= MOST_FIELDS


def _lines(error: ValidationError) -> list[InitErrorDetails]:
    return [
        fault_error(
            line["type"],
            sentence_of(line),
            at=line["loc"],
            suggestion=line.get("ctx", {}).get("suggestion"),
        )
        for line in error.errors(include_url=False)
    ]


def _moved(line: InitErrorDetails, at: Location) -> InitErrorDetails:
    return {**line, "loc": (*at, *line.get("loc", ()))}


def _unlisted(line: InitErrorDetails, members: dict[str, Any]) -> InitErrorDetails:
    """The fault of one input, where the body says it without a list."""
    match line.get("loc", ()):
        case ("layers", int(index), "inputs", _):
            layer = members["layers"][index]
            is_list = not (_is_fields(layer) and isinstance(layer.get("inputs"), str))
            return line if is_list else {**line, "loc": ("layers", index, "inputs")}
        case _:
            return line


def _outline(said: object) -> Outline:
    """The outline of a layer that could not be read."""
    if not _is_fields(said):
        return Outline(None)
    kind, name, inputs = said.get("type"), said.get("name"), said.get("inputs")
    if isinstance(inputs, str):
        inputs = [inputs]
    names: tuple[str, ...] | None = None
    if isinstance(inputs, list) and all(isinstance(one, str) for one in cast("list[object]", inputs)):
        names = tuple(cast("list[str]", inputs)) or None
    known = layer_kinds().get(kind) if isinstance(kind, str) else None
    held = known.HELD if known is not None and issubclass(known, Wrapper) else ()
    return Outline(
        None if known is None else kind,
        name if isinstance(name, str) else None,
        names,
        has_inputs=inputs is not None,
        held=tuple(_outline(said[field]) for field in held if said.get(field) is not None),
    )


def _unknown_kind(name: object, *, at: Location) -> InitErrorDetails:
    return LAYERS.unknown(name, layer_kinds(), at=at)
