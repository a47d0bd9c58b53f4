"""Serves one model file with llama.cpp's own HTTP server, on the loopback interface.

    python3 serve.py MODEL PORT [--context N] [--slots N] [...]      (--help names them all)

The package xllamacpp must be on PYTHONPATH. The server runs in threads of its own; this file only
sets it up. When the model is loaded, one line goes to stdout, `listening http://127.0.0.1:PORT`;
until then requests get 503. llama.cpp's log goes to stderr.

It ends at SIGTERM and SIGINT, and when its stdin is closed: whoever starts it holds the other end,
and so it never outlives them, however they end.
"""

import argparse
import ctypes
import os
import signal
import sys


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serves a GGUF model on 127.0.0.1.")
    add = parser.add_argument
    add("model", help="path of the GGUF file")
    add("port", type=int, help="0 takes a free one")
    add("--context", type=int, default=2048, help="tokens that all slots share")
    add("--slots", type=int, default=1, help="requests at the same time")
    add("--threads", type=int, default=-1, help="-1: one a core")
    add("--temperature", type=float, default=0.0, help="where a request names none")
    add("--seed", type=int, default=1, help="where a request names none; -1: a random one")
    add("--api-key", action="append", default=[], help="asked of every request; may be repeated")
    add("--alias", default="", help="the model's id in answers and in /v1/models")
    add("--reasoning-format", choices=["auto", "none", "deepseek", "deepseek_legacy"])
    add("--chat-template", default="", help="Jinja text instead of the model's own template")
    add("--cache-prompt", action="store_true", help="keep what the last prompt had in common")
    return parser.parse_args()


def end_with_parent() -> None:
    """Until the model is loaded, nothing in Python runs that could see stdin close. Linux helps."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def start(arguments: argparse.Namespace):
    """Blocks until the model is loaded. Raises RuntimeError when it or the port cannot be had."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = arguments.model
    params.hostnames, params.port = ["127.0.0.1"], arguments.port
    params.n_ctx, params.n_parallel = arguments.context, arguments.slots
    params.cpuparams.n_threads = arguments.threads
    params.sampling.temp, params.sampling.seed = arguments.temperature, arguments.seed & 0xFFFFFFFF
    params.api_keys = arguments.api_key
    params.chat_template = arguments.chat_template
    params.cache_prompt, params.cache_ram_mib = arguments.cache_prompt, 0
    params.endpoint_slots, params.ui, params.offline = True, False, True
    if arguments.alias:
        params.model_alias = {arguments.alias}
    if arguments.reasoning_format:
        name = f"COMMON_REASONING_FORMAT_{arguments.reasoning_format.upper()}"
        params.reasoning_format = getattr(xllamacpp.common_reasoning_format, name)
    return xllamacpp.Server(params)


def main() -> None:
    # Python's own handler would wait until the model is loaded.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    end_with_parent()
    arguments = parse_arguments()
    try:
        server = start(arguments)
    except (ImportError, RuntimeError) as error:
        sys.exit(f"serve.py: {error}")
    print("listening", server.listening_address, flush=True)
    sys.stdin.buffer.read()
    # The usual way out would wait for requests that are still being answered.
    os._exit(0)


main()
