"""What all tests share, those beside the modules, too."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# how fast examples are drawn says how busy the machine is, and nothing about the code
settings.register_profile("suite", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
