#!/usr/bin/env bash
# From nothing to a table: installs into .venv and compares kinds of attention on the embedded MovieLens data.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh" ""
start=$SECONDS
recexp train experiment=quickstart logger=csv recommender=popularity
recexp train -m experiment=quickstart logger=csv attention=mean,user,item,interaction,transformer
recexp results
echo "The comparison took $((SECONDS - start)) s. One seed and few epochs: see README.md for one that counts."
