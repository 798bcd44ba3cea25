"""A car: how much power it takes at which state of charge."""

from bisect import bisect_right
from dataclasses import dataclass

AC_CURVE = ((0.0, 1.0), (95.0, 1.0), (100.0, 0.15))
DC_CURVE = ((0.0, 0.7), (8.0, 1.0), (45.0, 1.0), (60.0, 0.75), (80.0, 0.45), (90.0, 0.2), (100.0, 0.04))
TAPER_STEP_S = 10.0


@dataclass(slots=True)
class Car:
    """`soc_percent` rises with the energy taken; charging ends at `target_percent`."""

    capacity_wh: float = 60_000
    soc_percent: float = 30.0
    ac_max_w: float = 11_000
    ac_phases: int = 3
    dc_max_w: float = 150_000
    target_percent: float = 100.0
    ac_efficiency: float = 0.9
    """What reaches the battery of what the meter counts; DC is converted in the charger, before its meter."""

    @property
    def is_full(self) -> bool:
        return self.soc_percent >= self.target_percent - 1e-9

    def power_w(self, *, offered_w: float, is_dc: bool) -> float:
        """What the car takes now of what it is offered."""
        if self.is_full:
            return 0.0
        return min(offered_w, self._own_limit_w(is_dc))

    def take(self, *, offered_w: float, is_dc: bool, seconds: float) -> float:
        """Charge for so long and return the energy in Wh, the integral of the power along the curve."""
        energy_wh = 0.0
        while seconds > 1e-9 and not self.is_full:
            power_w = self.power_w(offered_w=offered_w, is_dc=is_dc)
            if power_w <= 0:
                break
            step_s = min(seconds, self._steady_seconds(power_w, is_dc))
            step_wh = power_w * step_s / 3600
            self.soc_percent = min(100.0, self.soc_percent + self._percent(step_wh, is_dc))
            energy_wh += step_wh
            seconds -= step_s
        return energy_wh

    def _percent(self, energy_wh: float, is_dc: bool) -> float:
        return energy_wh * (1.0 if is_dc else self.ac_efficiency) / self.capacity_wh * 100

    def _own_limit_w(self, is_dc: bool) -> float:
        curve = DC_CURVE if is_dc else AC_CURVE
        index = min(bisect_right(curve, (self.soc_percent, 2.0)), len(curve) - 1)
        (low, low_share), (high, high_share) = curve[index - 1], curve[index]
        share = low_share + (high_share - low_share) * (self.soc_percent - low) / (high - low)
        return share * (self.dc_max_w if is_dc else self.ac_max_w)

    def _steady_seconds(self, power_w: float, is_dc: bool) -> float:
        """How long the present power may be taken as constant: to the next bend, in short steps on a slope."""
        curve = DC_CURVE if is_dc else AC_CURVE
        index = min(bisect_right(curve, (self.soc_percent, 2.0)), len(curve) - 1)
        is_flat = curve[index - 1][1] == curve[index][1]
        end = min(curve[index][0], self.target_percent)
        seconds = (end - self.soc_percent) / self._percent(power_w / 3600, is_dc)
        return max(seconds, 1e-3) if is_flat else min(max(seconds, 1e-3), TAPER_STEP_S)
