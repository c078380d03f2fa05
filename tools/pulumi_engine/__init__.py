"""Provides the Pulumi engine: `python3 -m tools.pulumi_engine.get`, or the file `tools/pulumi_engine/get.py`.

find     existing engines: on PATH, from an earlier build, from Pulumi's installer
install  Pulumi's own installer, through the Automation API, if its host is reachable
build    the build from Go modules; `cli/` and `language-python/` pin every module with its hash
         (toolchain: the Go compiler; progress: progress messages; lock: one build at a time)
get      the order of these sources, and the command line

Standard library only, because it runs before the virtual environment exists.
"""
