"""A car takes what its battery and its cable allow."""

import pytest

from simulator import Car


def test_an_ac_car_takes_its_full_power_until_nearly_full() -> None:
    car = Car(soc_percent=20)
    assert car.power_w(offered_w=22_000, is_dc=False) == 11_000
    car.soc_percent = 94.9
    assert car.power_w(offered_w=22_000, is_dc=False) == 11_000
    car.soc_percent = 99
    assert car.power_w(offered_w=22_000, is_dc=False) < 5_000


def test_a_dc_car_tapers_with_its_state_of_charge() -> None:
    powers = [Car(soc_percent=soc).power_w(offered_w=300_000, is_dc=True) for soc in (30, 60, 80, 95)]
    assert powers == sorted(powers, reverse=True)
    assert powers[0] == 150_000


@pytest.mark.parametrize("step_s", [1, 7, 60, 900])
def test_energy_does_not_depend_on_the_steps_while_power_is_constant(step_s: int) -> None:
    car = Car(capacity_wh=80_000, soc_percent=10)
    energy_wh = sum(car.take(offered_w=11_000, is_dc=False, seconds=step_s) for _ in range(6_300 // step_s))
    assert energy_wh == pytest.approx(11_000 * 6_300 / 3600)


def test_it_stops_at_its_target() -> None:
    car = Car(capacity_wh=50_000, soc_percent=50, target_percent=80)
    energy_wh = car.take(offered_w=150_000, is_dc=True, seconds=36_000)
    assert car.is_full
    assert energy_wh == pytest.approx(15_000, abs=60)
    assert car.power_w(offered_w=150_000, is_dc=True) == 0


def test_ac_losses_do_not_reach_the_battery() -> None:
    car = Car(capacity_wh=50_000, soc_percent=50, ac_efficiency=0.9)
    car.take(offered_w=11_000, is_dc=False, seconds=3600)
    assert car.soc_percent == pytest.approx(50 + 11_000 * 0.9 / 500)
