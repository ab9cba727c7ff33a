"""Gathers what `doctor` judges. Changes nothing."""
