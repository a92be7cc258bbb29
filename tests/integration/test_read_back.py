"""A run of every recommender is read back through the door that trusts no run folder."""

import pytest

import recexp
from recexp.config.compose import choices
from tests.integration.planted import SHORT, config


@pytest.mark.parametrize("recommender", choices("recommender"))
def test_a_run_of_every_recommender_is_loaded_from_its_folder(recommender, planted, tmp_path):
    run = recexp.train(config(planted, tmp_path, *SHORT, f"recommender={recommender}", "ks=[5,10]"))
    model = recexp.load(run.folder)
    user = model.user_ids[0]
    assert len(model.recommend(users=[user], k=3)) == 3
