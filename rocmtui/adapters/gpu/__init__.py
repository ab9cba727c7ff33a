"""AMD cards from sysfs, KFD, fdinfo and AMD's library. Wakes no card."""
