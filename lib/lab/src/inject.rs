//! Which requests are struck by which fault. Decides only; what then happens is up to [`crate::front`].

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use crate::{
    fault::{Fault, FaultKind},
    request::Asked,
};

/// Decides for each request.
#[derive(Debug)]
pub(crate) struct Injector {
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    faults: Vec<Armed>,
    chance: Chance,
}

/// A fault and what it did so far.
#[derive(Debug)]
struct Armed {
    fault: Fault,
    matched: u64,
    struck: u64,
}

impl Injector {
    pub(crate) fn new(faults: Vec<Fault>, seed: u64) -> Self {
        let faults = faults.into_iter().map(|fault| Armed { fault, matched: 0, struck: 0 }).collect();
        Self { started: Instant::now(), state: Mutex::new(State { faults, chance: Chance(seed) }) }
    }

    /// The fault that strikes a request, if any.
    pub(crate) fn strike(&self, asked: &Asked) -> Option<FaultKind> {
        let elapsed = self.started.elapsed();
        let State { faults, chance } = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        faults
            .iter_mut()
            .filter(|armed| armed.fault.for_.is_none_or(|limit| elapsed < limit))
            .find_map(|armed| armed.strike(asked, chance))
    }
}

impl Armed {
    fn strike(&mut self, asked: &Asked, chance: &mut Chance) -> Option<FaultKind> {
        if !self.matches(asked) {
            return None;
        }
        self.matched += 1;
        let spent = self.fault.count.is_some_and(|count| self.struck >= count);
        if self.matched <= self.fault.after || spent || chance.next() >= self.fault.rate {
            return None;
        }
        self.struck += 1;
        Some(self.fault.kind)
    }

    fn matches(&self, asked: &Asked) -> bool {
        let Fault { kind, operations, key, .. } = &self.fault;
        kind.befits(asked.operation)
            && operations.as_ref().is_none_or(|operations| operations.contains(asked.operation))
            && key.as_ref().is_none_or(|part| asked.key.as_ref().is_some_and(|key| key.contains(part)))
    }
}

/// Numbers from 0 to 1, the same ones for the same seed (SplitMix64).
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let high = u32::try_from((bits ^ (bits >> 31)) >> 32).unwrap_or(u32::MAX);
        f64::from(high) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(operation: &'static str, key: &str) -> Asked {
        Asked { operation, key: Some(key.to_owned()), ..Asked::default() }
    }

    fn strikes(specification: &str, seed: u64, requests: usize) -> Vec<bool> {
        let injector = Injector::new(vec![specification.parse().unwrap()], seed);
        (0..requests).map(|_| injector.strike(&asked("UploadPart", "dir/big")).is_some()).collect()
    }

    #[test]
    fn conditions_choose_the_requests() {
        assert_eq!(strikes("reset:after=1,count=2", 1, 5), [false, true, true, false, false]);
        assert_eq!(strikes("reset:op=PutObject", 1, 2), [false, false]);
        assert_eq!(strikes("reset:op=PutObject+UploadPart,key=big", 1, 1), [true]);
        assert_eq!(strikes("reset:key=small", 1, 1), [false]);
        assert_eq!(strikes("reset:for=0s", 1, 1), [false]);
        assert_eq!(strikes("error-in-200", 1, 1), [false]);
    }

    #[test]
    fn a_seed_repeats_itself_and_keeps_the_rate() {
        let once = strikes("stall:rate=0.2", 7, 10_000);
        assert_eq!(once, strikes("stall:rate=0.2", 7, 10_000));
        assert_ne!(once, strikes("stall:rate=0.2", 8, 10_000));
        let struck = once.into_iter().filter(|struck| *struck).count();
        assert!((1_800..2_200).contains(&struck), "{struck}");
    }
}
