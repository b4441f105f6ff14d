"""What OpenStack's notifications say: from the body of a message to facts of history and hints of what to read again.

Pure: nothing is stored or asked here. A message is never believed to be what it should be; whatever it holds, the only
error is `Malformed`, whose reason names the fault and never the content, which may be a user's secret.
"""

from __future__ import annotations

from reporting_pollster.domain.notification.envelope import decode
from reporting_pollster.domain.notification.message import Hint, Malformed, Meaning, Notification, Told
from reporting_pollster.domain.notification.registry import meaning

__all__ = ["Hint", "Malformed", "Meaning", "Notification", "Told", "decode", "meaning"]
