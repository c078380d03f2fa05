"""Get the Pulumi engine: `python3 -m tools.pulumi_engine.get`, or `tools/pulumi_engine/get.py` as a file.

find     what is there already: on PATH, kept from before, installed by Pulumi's installer
install  Pulumi's own installer, through the Automation API, where its host can be reached
build    the build from Go modules; `cli/` and `language-python/` pin every module with its hash
         (toolchain: the Go for it; progress: its signs of life; lock: one build at a time)
get      the order of these, and the command line

Standard library only: it runs before there is a virtual environment.
"""
