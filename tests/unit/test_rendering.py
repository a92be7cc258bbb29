"""What is printed of a run."""

from recexp.rendering import verdicts


def test_bands_are_held_against_what_was_measured():
    bands = {"test/hr@10": [0.2, 0.25], "test/ndcg@10": [0.1, 0.12], "test/mrr": [0.5, 0.6], "test/hr@77": [0, 1]}
    assert verdicts(bands, {"test/hr@10": 0.25, "test/ndcg@10": 0.0999, "test/mrr": 0.7}) == [
        "test/hr@10: within 0.200 to 0.250",
        "test/ndcg@10: OUTSIDE 0.100 to 0.120",
        "test/mrr: OUTSIDE 0.500 to 0.600",
    ]
