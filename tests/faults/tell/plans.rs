//! Seeds.

use crate::chance::Chance;
use crate::plan::Plan;
use std::collections::{BTreeSet, HashSet};

#[test]
fn what_a_seed_draws_never_changes() {
    let mut chance = Chance::of(1_234_567);
    // From the author's own program.
    assert_eq!(chance.draw(), 6_457_827_717_110_365_317);
    assert_eq!(chance.draw(), 3_203_168_211_198_807_973);
}

#[test]
fn a_seed_always_means_the_same_round() {
    for seed in 0..50 {
        assert_eq!(Plan::of(seed), Plan::of(seed));
    }
    assert_ne!(Plan::of(1).injuries, Plan::of(2).injuries);
}

#[test]
fn every_round_hurts_in_several_ways_and_every_way_comes_in_200() {
    let mut kinds = BTreeSet::new();
    for seed in 1..=200 {
        let plan = Plan::of(seed);
        assert!((3..=6).contains(&plan.injuries.len()), "{plan:?}");
        kinds.extend(plan.injuries.iter().map(|injury| injury.what.kind()));
    }
    assert_eq!(kinds.len(), 24, "{kinds:?}");
}

#[test]
fn nothing_is_injured_twice_at_once() {
    for seed in 0..500 {
        let plan = Plan::of(seed);
        for (at, one) in plan.injuries.iter().enumerate() {
            for other in &plan.injuries[at + 1..] {
                if one.what.target() == other.what.target() {
                    assert!(one.at_ms + one.lasts_ms < other.at_ms, "{plan:?}");
                }
            }
        }
    }
}

#[test]
fn every_text_is_said_once_so_that_it_can_be_told_from_all_others() {
    for seed in 0..50 {
        let plan = Plan::of(seed);
        let texts: HashSet<&String> = plan.says.iter().map(|says| &says.text).collect();
        assert_eq!(texts.len(), plan.says.len());
    }
}
