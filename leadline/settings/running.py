"""Settings of a running system: where it stores, how long it keeps, and whom it tells."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from leadline.settings.section import Clock, Positive, Section


class Retention(Section):
    """What is kept: of the tape never past the position a crash would resume from; of the lake all, where null."""

    tape_days: Positive = 7.0
    tape_gib: Positive = 20.0
    lake_days: Positive | None = None
    features_days: Positive | None = None


class Storage(Section):
    """Where the store is."""

    data_dir: str = "data"
    retention: Retention = Retention()


class Metrics(Section):
    """Prometheus' endpoint. A null port serves none."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] | None = 9464


class Alerts(Section):
    """Alerts to people. Whom to tell is never here: addresses are secrets, and come from the environment."""

    enabled: bool = False
    simulated: bool = False
    signals: bool = True
    kill_switch: bool = True
    trust: bool = True
    daily_summary: bool = True
    signal_seconds: Positive = 60.0  # later the price has moved, and a tired trader may still take it
    trust_seconds: Annotated[float, Field(ge=0)] = 30.0  # a book that is asked for again is back within seconds
    cooldown_seconds: Annotated[float, Field(ge=0)] = 300.0
    max_per_hour: Annotated[int, Field(ge=1)] = 20
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    timezone: str = "UTC"
    heartbeat_seconds: Annotated[float, Field(ge=10)] = 300.0

    @model_validator(mode="after")
    def _quiet(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None) or (
            self.quiet_from is not None and self.quiet_from == self.quiet_until
        ):
            raise ValueError("quiet_from and quiet_until are two different times of day, or both null")
        return self
