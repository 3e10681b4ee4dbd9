"""What a job is watched for while it trains."""

from spec.language.declared import Section


class CoachSpec(Section):
    """What is measured inside a training beside its metrics. Nothing that is trained changes by it.

    Attributes:
        signals: Whether signals of every layer are measured after each epoch, for `GET /v1/jobs/{id}/signals`.
    """

    signals: bool = False
