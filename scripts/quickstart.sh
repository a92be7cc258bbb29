#!/usr/bin/env bash
# From nothing to a table: installs into .venv and compares four kinds of attention on the embedded MovieLens data.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh" ""
start=$SECONDS
recexp train logger=csv recommender=popularity
recexp train -m logger=csv attention=mean,user,item,interaction,transformer loss=sampled_softmax trainer.max_epochs=8
echo "The comparison took $((SECONDS - start)) s. See it again with: recexp results"
