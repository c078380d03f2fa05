"""Promotion: settings that people made in one environment and that another environment lacks.

The settings are control values, preference overrides and flags. Promoted is what the source environment stores in
Novu, except the defaults of its code and the configuration of its own stack. On the target side, the configuration of
the stack overrides what Novu stores there. A promotion never removes a setting from the target.

Data flow: two :class:`.side.Side` → :func:`.comparison.compare`, which uses :mod:`.step_controls` for each step →
:class:`.model.Promotion` → :mod:`.terminal`. This package sends no requests.
"""
