//! What is done: days on which the tree changes, runs that are disturbed, and one that is left alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::Xoshiro256PlusPlus};
use rustix::process::Signal;
use tt_tests::{Outcome, Running, Server, Stage, plan, push, verify};

use crate::{
    account::{Account, TOOLS},
    judge::Found,
    source::{Hash, Source},
    world::World,
};

/// Runs that are disturbed between two that are left alone, at most.
const PER_DAY: u32 = 8;
/// How long the server is away, in milliseconds: shorter and longer than the tools care to wait before they try again.
const AWAY: Range<u64> = 0..1500;

/// Between two looks at who still lives.
const GLANCE: Duration = Duration::from_millis(2);

/// A trial.
pub(crate) struct Trial {
    rng: Xoshiro256PlusPlus,
    source: Source,
    world: World,
    stored: BTreeMap<String, Hash>,
    pub(crate) account: Account,
    /// How long each tool usually lives when it is left alone.
    lives: [Duration; 3],
}

impl Trial {
    pub(crate) fn start(server: &'static Server, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let world = World::start(server);
        let source = Source::new(&world.scene.path("tree"), &mut rng);
        let (stored, account, lives) = (BTreeMap::new(), Account::default(), [Duration::ZERO; 3]);
        let mut trial = Self { rng, source, world, stored, account, lives };
        trial.leave_alone();
        trial
    }

    /// The tree changes, some runs are disturbed, and one is not. Nothing is disturbed more often than asked for.
    pub(crate) fn day(&mut self, kills: u32, restarts: u32) {
        self.source.change(&mut self.rng);
        for _ in 0..self.rng.random_range(1..=PER_DAY) {
            let kills = kills.saturating_sub(self.account.killed());
            let restarts = restarts.saturating_sub(self.account.restarts);
            if kills + restarts == 0 {
                break;
            }
            if self.rng.random_ratio(2, 3) {
                self.source.change(&mut self.rng);
            }
            let server_too = self.rng.random_ratio(restarts, kills + restarts);
            self.disturb(kills > 0, server_too);
        }
        self.leave_alone();
    }

    /// Nothing unfinished is left once it is asked for, and the account can be read.
    pub(crate) fn finish(self) -> Account {
        let abort = push().args(["--abort-uploads", &World::dest(), "--yes"]);
        self.world.scene.run(self.world.lead(abort)).expect(0);
        assert_eq!(self.world.unfinished().unwrap_or(0), 0);
        self.account
    }

    fn pipeline(&mut self, flags: &[&str]) -> Running {
        let concurrency = self.rng.random_range(1..12_u8).to_string();
        let plan =
            plan(&self.source.root, &World::dest()).args(["--delete", "--max-delete", "100%"]).args(flags);
        let push = push().args(["--part-size", "5MiB", "--concurrency", &concurrency]);
        let stages: [Stage; 3] = [plan, push, verify()].map(|stage| self.world.lead(stage));
        self.world.scene.pipeline(stages).start()
    }

    /// Kills tools, the server, or both, at moments of chance.
    fn disturb(&mut self, tools: bool, server: bool) {
        let all = self.rng.random::<bool>();
        let mut running = self.pipeline(if all { &["--all"] } else { &[] });
        if server {
            self.wait(2);
            let under_way = running.runs(2);
            self.world.kill();
            thread::sleep(Duration::from_millis(self.rng.random_range(AWAY)));
            self.world.revive();
            self.account.restarts += u32::from(under_way);
        }
        if tools && (!server || self.rng.random()) {
            self.kill(&mut running);
        }
        let outcome = running.wait();
        self.account.harmed += 1;
        *self.account.codes.entry(outcome.stage(2).code()).or_default() += 1;
        self.look(&outcome);
    }

    /// One of the three, or all at once.
    fn kill(&mut self, running: &mut Running) {
        let chosen = self.rng.random_range(0..=TOOLS.len());
        self.wait(chosen.min(2));
        for stage in 0..TOOLS.len() {
            if (chosen == stage || chosen == TOOLS.len()) && running.runs(stage) {
                running.signal(stage, Signal::KILL);
                self.account.kill(stage);
            }
        }
    }

    /// Until some moment of a tool's usual life.
    fn wait(&mut self, stage: usize) {
        thread::sleep(self.lives[stage].mul_f64(self.rng.random()));
    }

    /// Sees how long each tool lives, and remembers the mean of that and of what it knew.
    fn watch(&mut self, running: &mut Running) {
        let started = Instant::now();
        let mut ends = [None; 3];
        while ends.contains(&None) {
            for (stage, end) in ends.iter_mut().enumerate().filter(|(_, end)| end.is_none()) {
                *end = (!running.runs(stage)).then(|| started.elapsed());
            }
            thread::sleep(GLANCE);
        }
        for (life, end) in self.lives.iter_mut().zip(ends) {
            *life = (*life + end.unwrap_or_default()) / 2;
        }
    }

    /// A run that finishes whatever was begun, and after which nothing is left to do.
    fn leave_alone(&mut self) {
        let mut running = self.pipeline(&["--all"]);
        self.watch(&mut running);
        let outcome = running.wait().expect_all(&[0, 0, 0]);
        self.account.alone += 1;
        let proved = self.look(&outcome);
        assert!(proved.iter().eq(self.source.now().keys()), "not all is proved: {proved:?}\n{outcome}");
        let again = plan(&self.source.root, &World::dest()).arg("--delete");
        let records = self.world.scene.planned(self.world.lead(again));
        assert!(records.items.is_empty(), "something is left to do: {:#?}", records.items);
    }

    /// Looks at what is stored now. Gives the names of what is proved.
    fn look(&mut self, outcome: &Outcome) -> BTreeSet<String> {
        self.world.settle();
        let stored = self.world.objects();
        let found = Found { source: &self.source, before: &self.stored, stored: &stored, outcome };
        found.judge();
        self.account.compared += stored.len() as u64;
        self.account.resumed += found.resumed();
        let proved = found.proved();
        self.stored = stored;
        proved
    }
}
