"""What people set in one environment and another one lacks: control values, preference overrides, switches.

Pure. To be promoted is what the source holds in Novu beyond its code's defaults, and beyond what its own stack's
configuration declares: that is of one environment. The target has what its configuration says, and else what it holds
in Novu. Nothing is ever taken away from the target.

As data flows: two :class:`.sides.Side` → :func:`.comparison.compare`, which leaves a step's values to :mod:`.step` →
:class:`.model.Promotion` → :mod:`.lines`. Nothing here asks anybody.
"""
