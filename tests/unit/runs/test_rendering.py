"""What is printed of a run."""

from recexp.runs.rendering import verdicts
from recexp.sweep.jobs import Job
from recexp.sweep.report import done_before
from tests.records import finish


def test_bands_are_held_against_what_was_measured():
    bands = {"test/hr@10": [0.2, 0.25], "test/ndcg@10": [0.1, 0.12], "test/mrr": [0.5, 0.6], "test/hr@77": [0, 1]}
    assert verdicts(bands, {"test/hr@10": 0.25, "test/ndcg@10": 0.0999, "test/mrr": 0.7}) == [
        "test/hr@10: within 0.200 to 0.250",
        "test/ndcg@10: OUTSIDE 0.100 to 0.120",
        "test/mrr: OUTSIDE 0.500 to 0.600",
    ]


def test_a_job_of_a_sweep_says_whether_it_is_in_its_band(tmp_path):
    folder, record = finish(tmp_path, "recommender=popularity", metrics={"test/ndcg@10": 0.25})
    job = Job(1, (), "seed=1", "ml-100k", "popularity", folder.path, record, None, {"test/ndcg@10": [0.3, 0.4]})
    assert "test/ndcg@10 0.2500 (OUTSIDE 0.300 to 0.400)  already finished" in done_before(job, "test/ndcg@10")
