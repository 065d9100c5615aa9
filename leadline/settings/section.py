"""What every section of the settings is made of: no unknown keys, no coercion, no value out of range."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Symbol = Annotated[str, Field(pattern=r"^[A-Z0-9.]{1,15}/[A-Z0-9.]{1,15}$")]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Section(BaseModel):
    """A section: no unknown keys, no coercion of text into numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)
