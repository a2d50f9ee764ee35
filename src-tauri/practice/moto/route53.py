"""Route 53: what moto does differently from AWS."""

from moto.route53.models import ChangeList

# --- Route 53: moto refuses to create again what it once created, even where it is gone. The gateway looks at what
# is there instead.
ChangeList.__contains__ = lambda self, change: False
