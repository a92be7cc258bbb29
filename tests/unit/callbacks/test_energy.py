from recexp.callbacks.energy import EnergyMeter


def test_energy_is_summed_over_packages_and_a_counter_may_wrap_around(tmp_path):
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


def test_a_machine_without_counters_gives_none(tmp_path):
    meter = EnergyMeter(tmp_path)
    meter.start()
    assert meter.joules() is None
