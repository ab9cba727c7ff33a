"""The app itself: takes the newest view, holds the screens, knows the verbs of a session."""
