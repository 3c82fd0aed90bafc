#!/usr/bin/env bash
# A ready encoder on the real data sets of relations, questions and their neighbours, in about four hours of two CPU cores:
#   bash benchmarks/encoder.sh ENCODER_FOLDER DATA RESULTS
# DATA: where `bioalbert download gad euadr chemprot ddi hoc biosses pubmedqa squad bioasq-4b bioasq-5b bioasq-6b` put the
# files. Training is cut to `limit` examples and few epochs, which the table marks; the test sets are whole. XQuAD stands in for SQuAD.
# Runs that are finished are not made again.
set -euo pipefail
encoder=$1 data=$2 results=$3
mkdir -p "$results/runs" "$results/logs"

neighbours() {
  echo hoc@blue 0 learning_rate=3.0e-4 epochs=8 max_length=256 batch_size=8
  echo ddi@blurb-xml 0 learning_rate=2.0e-4 epochs=3 limit=4000 max_length=128
  echo chemprot@blurb 0 learning_rate=5.0e-5 epochs=2 batch_size=16 max_length=128
  echo biosses@blue 0 learning_rate=2.0e-4 epochs=40 batch_size=8 max_length=128
  echo pubmedqa@official 0 learning_rate=1.0e-4 epochs=6 batch_size=8 max_length=384
  for fold in 1 2 3 4 5 6 7 8 9 10; do
    echo "euadr@biobert $fold learning_rate=2.0e-4 epochs=6 batch_size=16"
    echo "gad@biobert $fold learning_rate=2.0e-4 epochs=2 limit=1500 batch_size=16"
  done
}

finetune() {
  local model=$1 name=$2 fold=$3 options=() output
  shift 3
  output="$results/runs/$name-fold$fold"
  [ -d "$output" ] && return
  [ "$fold" != 0 ] && options=(--fold "$fold")
  python -m bioalbert finetune "$name" --model "$model" --data "$data" --output "$output" "${options[@]}" --set "$@" \
    > "$results/logs/$name-fold$fold.log" 2>&1 || { echo "$name fold $fold failed, see $results/logs" >&2; return 1; }
}

questions() {
  finetune "$encoder" squad@xquad 0 learning_rate=1.0e-4 epochs=3
  for year in 4 5 6; do
    finetune "$results/runs/squad@xquad-fold0" "bioasq-${year}b@7b-leakfree" 0 learning_rate=1.0e-4 epochs=1
  done
}

export -f finetune questions
export encoder data results
{ echo questions; neighbours | sed "s|^|finetune $encoder |"; } | xargs --max-procs=2 -I{} bash -c '{}'
python -m bioalbert table --runs "$results/runs" --output "$results/tables"
