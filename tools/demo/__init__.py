"""A demo of deployments with local servers: `make demo`, or `python -m tools.demo` with the engine and Node on PATH.

story      the steps: explanation, command, and expected result
stage      the servers and the engine of the steps, and the verification
engine     the engine with this repository's program, and its event log
novu       reads and writes Novu without Pulumi
tap        a proxy that counts Pulumi's requests to Novu
servers    the embedded Novu and the example bridge, each in its own process
children   all started processes, and the signals that end them
workspace  the directory of a run, and the environment of its processes
screen     the output of the demo itself
errors     the error of the demo
"""
