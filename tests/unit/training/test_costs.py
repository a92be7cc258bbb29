"""Energy and memory, as far as the machine tells."""

import numpy as np

from recexp.training.costs import EnergyMeter, forget_peak_memory, peak_memory_mb


def test_energy_is_the_sum_of_the_packages_and_survives_a_counter_that_begins_anew(tmp_path):
    def count(first, second):
        for name, value in (("intel-rapl:0", first), ("intel-rapl:0:0", 5), ("intel-rapl:1", second)):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "energy_uj").write_text(str(value))
            (tmp_path / name / "max_energy_range_uj").write_text("10000000")

    count(1_000_000, 9_000_000)
    meter = EnergyMeter(tmp_path)
    meter.start()
    count(4_000_000, 1_000_000)
    assert meter.joules() == 3 + 2


def test_nothing_counts_is_no_number(tmp_path):
    meter = EnergyMeter(tmp_path)
    meter.start()
    assert meter.joules() is None


def test_the_peak_is_of_what_came_after(tmp_path):
    large = np.ones(25_000_000)
    held = peak_memory_mb()
    del large
    forget_peak_memory()
    assert peak_memory_mb() <= held
