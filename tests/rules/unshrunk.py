"""A plugin of pytest for removed rules: that a property fails is enough, its smallest example is nobody's concern."""

from __future__ import annotations

from hypothesis import Phase, settings

settings.register_profile("unshrunk", phases=[Phase.explicit, Phase.generate])
settings.load_profile("unshrunk")
