#!/bin/bash
# Looks for inputs that break the readers: SECONDS for each target, of which arguments name some, with libFuzzer on the stable
# toolchain. `make fuzz` runs it. What it learns stays below target/fuzz; what broke something is shown, and stays there too.
set -euo pipefail

cd "$(dirname "$0")/.."
seconds=$1
shift
target=${CARGO_TARGET_DIR:-$PWD/target}
[ "$#" -gt 0 ] || set -- records config sums quantities answers secrets

fuzz=$(bash tests/cargo-tool.sh cargo-fuzz 0.13.2) || exit 0
command -v c++ >/dev/null || { echo 'SKIPPED: libFuzzer needs a compiler of C++'; exit 0; }

# The optimisation of a release takes long, and of sanitizers only the coverage counts: there is no unsafe code of ours.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
export AWS_ACCESS_KEY_ID=fuzz AWS_SECRET_ACCESS_KEY=fuzz AWS_CONFIG_FILE=/dev/null
for name in "$@"; do
    learnt=$target/fuzz/corpus/$name
    mkdir -p "$learnt" "$target/fuzz/artifacts/$name"
    "$fuzz" run --fuzz-dir fuzz --target-dir "$target/fuzz" --sanitizer none --features libfuzzer \
        "$name" "$learnt" "fuzz/corpus/$name" -- -max_total_time="$seconds" -max_len=4096 -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$target/fuzz/artifacts/$name/" \
        >"$target/fuzz/$name.log" 2>&1 || { tail -n 40 "$target/fuzz/$name.log"; exit 1; }
    printf '%-11s %s\n' "$name" "$(sed -n 's/^Done \(.*\) in \(.*\)/\1 in \2/p' "$target/fuzz/$name.log")"
done
