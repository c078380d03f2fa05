"""The main job on embedded parts: `make demo`, or `python -m tools.demo` with the engine and Node on PATH.

story      the steps in order, each with what it shows, its command, and what must have happened
stage      what the steps act on, and the checks
engine     the engine on this repository's own program, and what its event log says
novu       what Novu holds, asked past Pulumi
tap        counts what Pulumi asks of Novu
servers    the embedded Novu and the example bridge, each a process of its own
children   every process that is started, and the signals that end them
workspace  the directory of a run, and the environment of what is started in it
screen     what the demo itself says
errors     the one error: a step did not end as described
"""
