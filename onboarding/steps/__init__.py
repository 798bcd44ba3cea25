"""The steps of a check. Each module registers its own in ``STEPS``."""

from onboarding.steps import charging, hardware
from onboarding.steps.base import STEPS, Step, Verdict

__all__ = ["STEPS", "Step", "Verdict", "charging", "hardware"]
