"""Stale after 3 s, replaced after 10, sysfs alone after three failures."""

from __future__ import annotations

from rocmtui.core.gpu.sampler.policy import SamplerPolicy

S = 1_000_000_000


def test_silence_makes_it_stale_then_dead() -> None:
    policy = SamplerPolicy()
    policy.started(100 * S)
    policy.heard(101 * S)
    assert (policy.is_stale(103 * S), policy.is_stale(104 * S)) == (False, True)
    assert (policy.is_dead(110 * S), policy.is_dead(111 * S)) == (False, True)


def test_between_samples_asked_for_rarely_silence_means_nothing() -> None:
    policy = SamplerPolicy(period_ns=60 * S)
    policy.started(0)
    assert (policy.is_stale(119 * S), policy.is_stale(120 * S)) == (False, True)
    assert (policy.is_dead(179 * S), policy.is_dead(180 * S)) == (False, True)


def test_pauses_grow_and_the_library_is_given_up_on() -> None:
    policy = SamplerPolicy()
    assert [policy.failed() / S for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert policy.sysfs_only


def test_two_failures_still_trust_the_library() -> None:
    policy = SamplerPolicy()
    policy.failed()
    policy.failed()
    assert not policy.sysfs_only


def test_a_minute_of_samples_clears_the_count() -> None:
    policy = SamplerPolicy(failures=2)
    policy.started(0)
    policy.heard(59 * S)
    assert policy.failures == 2
    policy.heard(60 * S)
    assert policy.failures == 0


def test_the_library_stays_given_up_on() -> None:
    policy = SamplerPolicy(failures=2)
    policy.failed()
    policy.started(0)
    policy.heard(60 * S)
    assert (policy.failures, policy.sysfs_only) == (0, True)
