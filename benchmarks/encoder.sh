#!/usr/bin/env bash
# A ready encoder on the real data sets of relations and their neighbours, in about an hour and a half of two CPU cores (an estimate):
#   bash benchmarks/encoder.sh ENCODER_FOLDER DATA RESULTS
# DATA: where `bioalbert download gad euadr chemprot ddi hoc biosses pubmedqa bioasq-yesno` put the files. Training is cut to `limit`
# examples and few epochs, which the table marks; the test sets are whole. Runs that are finished are not made again.
set -euo pipefail
encoder=$1 data=$2 results=$3
mkdir -p "$results/runs" "$results/logs"

runs() {
  echo biosses@blue 0 learning_rate=1.0e-4 epochs=20 max_length=128
  echo ddi@blurb-xml 0 learning_rate=1.0e-4 epochs=2 limit=2000 max_length=128
  echo hoc@blue 0 learning_rate=2.0e-4 epochs=6 limit=400 max_length=256 batch_size=16
  echo pubmedqa@official 0 learning_rate=5.0e-5 epochs=2 max_length=384
  echo bioasq-yesno@blurb 0 learning_rate=5.0e-5 epochs=2 max_length=256
  echo chemprot@blurb 0 learning_rate=1.0e-4 epochs=1 limit=1500 max_length=128
  for fold in 1 2 3 4 5 6 7 8 9 10; do
    echo "gad@biobert $fold learning_rate=1.0e-4 epochs=3 limit=1500"
    echo "euadr@biobert $fold learning_rate=1.0e-4 epochs=10"
  done
}

finetune() {
  local name=$1 fold=$2 options=() output
  shift 2
  output="$results/runs/$name-fold$fold"
  [ -d "$output" ] && return
  [ "$fold" != 0 ] && options=(--fold "$fold")
  python -m bioalbert finetune "$name" --model "$encoder" --data "$data" --output "$output" "${options[@]}" --set "$@" \
    > "$results/logs/$name-fold$fold.log" 2>&1 || { echo "$name fold $fold failed, see $results/logs" >&2; return 1; }
}

export -f finetune
export encoder data results
runs | xargs --max-procs=2 -I{} bash -c 'finetune {}'
python -m bioalbert table --runs "$results/runs" --output "$results/tables"
