//! What is done: days on which the tree changes, runs that are disturbed, and one that is left alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::Xoshiro256PlusPlus, seq::SliceRandom as _};
use rustix::process::Signal;
use tt_tests::{Outcome, Running, Server, Stage, plan, push, verify};

use crate::{
    account::{Account, TOOLS},
    judge::Found,
    source::{Hash, Source},
    world::{Objects, World},
};

/// Runs that are disturbed between two that are left alone, at most.
const PER_DAY: u32 = 8;
/// How long the server is away, in milliseconds: shorter and longer than the tools care to wait before they try again.
const AWAY: Range<u64> = 0..1500;

/// When a run is disturbed, in usual lives of a tool: at any time; on a slow link, where it lives longer; when it is about to
/// delete, which comes last.
const ANY_TIME: Range<f64> = 0.0..1.0;
const LONGER: Range<f64> = 0.0..3.0;
const LATE: Range<f64> = 0.4..1.2;

/// A kind of disturbed run.
#[derive(Clone, Copy)]
enum Kind {
    /// Tools, the server or both are killed.
    Kill,
    /// The same on a slow link.
    Slow,
    /// A slow link is cut for a while.
    Cut,
    /// The same as `Kill`, when there is much to delete.
    Delete,
    /// One item fails.
    Fail,
}

impl Kind {
    /// Whether the next run is to be left alone, since it has to complete this one.
    fn ends_day(self) -> bool {
        matches!(self, Self::Delete | Self::Fail)
    }
}

/// How often each kind comes among so many.
const KINDS: [(Kind, usize); 5] =
    [(Kind::Kill, 12), (Kind::Slow, 1), (Kind::Cut, 1), (Kind::Delete, 1), (Kind::Fail, 1)];

/// What makes an item fail.
const FAULTS: [&str; 2] = ["reset", "access-denied"];

/// What is done to a run, and when.
struct Harm {
    tools: bool,
    server: bool,
    link: bool,
    when: Range<f64>,
}

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
    /// Kinds of run that come next.
    deck: Vec<Kind>,
}

impl Trial {
    pub(crate) fn start(server: &'static Server, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let world = World::start(server);
        let source = Source::new(&world.scene.path("tree"), &mut rng);
        let (stored, account, lives) = (BTreeMap::new(), Account::default(), [Duration::ZERO; 3]);
        let mut trial = Self { rng, source, world, stored, account, lives, deck: Vec::new() };
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
            let kind = self.next_kind();
            self.trouble(kind, kills > 0, server_too);
            if kind.ends_day() {
                return self.repeat();
            }
        }
        self.leave_alone();
    }

    /// One disturbed run.
    fn trouble(&mut self, kind: Kind, tools: bool, server: bool) {
        let harm = Harm { tools, server, link: false, when: ANY_TIME };
        match kind {
            Kind::Kill => self.disturb(&harm),
            Kind::Slow => self.disturb_slow(&Harm { when: LONGER, ..harm }),
            Kind::Cut => self.disturb_slow(&Harm { link: true, when: LONGER, ..harm }),
            Kind::Delete => {
                self.source.shrink(&mut self.rng);
                self.account.deletions += 1;
                self.disturb(&Harm { when: LATE, ..harm });
                let left = self.stored.keys().any(|name| !self.source.now().contains_key(name));
                self.account.undeleted += u32::from(left);
            }
            Kind::Fail => self.fail_one(),
        }
    }

    /// Each kind comes as often as it is in [`KINDS`], in an order of chance.
    fn next_kind(&mut self) -> Kind {
        if self.deck.is_empty() {
            let possible =
                |(kind, _): &(Kind, usize)| self.world.takes_faults() || !matches!(kind, Kind::Fail);
            let kinds = KINDS.into_iter().filter(possible);
            self.deck = kinds.flat_map(|(kind, count)| std::iter::repeat_n(kind, count)).collect();
            self.deck.shuffle(&mut self.rng);
        }
        self.deck.pop().unwrap_or(Kind::Kill)
    }

    /// Nothing unfinished is left once it is asked for, and the account can be read.
    pub(crate) fn finish(self) -> Account {
        let abort = push().args(["--abort-uploads", &World::dest(), "--yes"]);
        self.world.scene.run(self.world.lead(abort)).expect(0);
        assert_eq!(self.world.unfinished().unwrap_or(0), 0);
        self.account
    }

    fn pipeline(&mut self, flags: &[&str]) -> Running {
        self.pipeline_with(flags, &[])
    }

    /// With flags of tt-plan, and of tt-push.
    fn pipeline_with(&mut self, flags: &[&str], push_flags: &[&str]) -> Running {
        let concurrency = self.rng.random_range(1..12_u8).to_string();
        let plan =
            plan(&self.source.root, &World::dest()).args(["--delete", "--max-delete", "100%"]).args(flags);
        let push = push().args(["--part-size", "5MiB", "--concurrency", &concurrency]).args(push_flags);
        let stages: [Stage; 3] = [plan, push, verify()].map(|stage| self.world.lead(stage));
        self.world.scene.pipeline(stages).start()
    }

    /// Disturbs a run on a slow link.
    fn disturb_slow(&mut self, harm: &Harm) {
        self.world.slow_down(&mut self.rng);
        self.account.slow += 1;
        self.disturb(harm);
    }

    /// One item fails, and all others go on. A run without the fault completes it.
    fn fail_one(&mut self) {
        // Others succeed: where nothing does, the run ends.
        self.source.change(&mut self.rng);
        let name = self.source.write_one(&mut self.rng);
        let kind = FAULTS[self.rng.random_range(0..FAULTS.len())];
        self.world.fail(Some((kind, &name)));
        let outcome = self.pipeline_with(&[], &["--retries", "1"]).wait();
        self.account.failures += 1;
        self.account.harmed += 1;
        *self.account.codes.entry(outcome.stage(2).code()).or_default() += 1;
        self.look(&outcome, |found| found.judge_failure(&name));
        self.world.fail(None);
    }

    /// Kills tools, the server, or both, or cuts the link, at moments of chance.
    fn disturb(&mut self, harm: &Harm) {
        let all = self.rng.random::<bool>();
        let mut running = self.pipeline(if all { &["--all"] } else { &[] });
        if harm.link {
            self.wait(2, &harm.when);
            let under_way = running.runs(2);
            self.world.cut();
            thread::sleep(Duration::from_millis(self.rng.random_range(AWAY)));
            self.world.mend();
            self.account.cuts += u32::from(under_way);
        }
        if harm.server {
            self.wait(2, &harm.when);
            let under_way = running.runs(2);
            self.world.kill();
            thread::sleep(Duration::from_millis(self.rng.random_range(AWAY)));
            self.world.revive();
            self.account.restarts += u32::from(under_way);
        }
        if harm.tools && (!(harm.server || harm.link) || self.rng.random()) {
            self.kill(&mut running, &harm.when);
        }
        let outcome = running.wait();
        self.world.speed_up();
        self.account.harmed += 1;
        *self.account.codes.entry(outcome.stage(2).code()).or_default() += 1;
        self.look(&outcome, |_| ());
    }

    /// One of the three, or all at once.
    fn kill(&mut self, running: &mut Running, when: &Range<f64>) {
        let chosen = self.rng.random_range(0..=TOOLS.len());
        self.wait(chosen.min(2), when);
        for stage in 0..TOOLS.len() {
            if (chosen == stage || chosen == TOOLS.len()) && running.runs(stage) {
                running.signal(stage, Signal::KILL);
                self.account.kill(stage);
            }
        }
    }

    /// Until some moment of a tool's usual life.
    fn wait(&mut self, stage: usize, when: &Range<f64>) {
        thread::sleep(self.lives[stage].mul_f64(self.rng.random_range(when.clone())));
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
        self.complete(running);
    }

    /// The same when little is to be done, which says nothing of how long the tools usually live.
    fn repeat(&mut self) {
        let running = self.pipeline(&["--all"]);
        self.complete(running);
    }

    fn complete(&mut self, running: Running) {
        let outcome = running.wait().expect_all(&[0, 0, 0]);
        self.account.alone += 1;
        let proved = self.look(&outcome, |_| ());
        assert!(self.stored == *self.source.now(), "the bucket is not the source\n{outcome}");
        assert!(proved.iter().eq(self.source.now().keys()), "not all is proved: {proved:?}\n{outcome}");
        let again = plan(&self.source.root, &World::dest()).arg("--delete");
        let records = self.world.scene.planned(self.world.lead(again));
        assert!(records.items.is_empty(), "something is left to do: {:#?}", records.items);
    }

    /// Looks at what is stored now, and fails the test if it is not right. Gives the names of what is proved.
    fn look(&mut self, outcome: &Outcome, also: impl Fn(&Found<'_>)) -> BTreeSet<String> {
        self.world.settle();
        let Objects { inside: stored, touched } = self.world.objects();
        let found =
            Found { source: &self.source, before: &self.stored, stored: &stored, touched: &touched, outcome };
        found.judge();
        also(&found);
        self.account.compared += stored.len() as u64;
        self.account.resumed += found.resumed();
        self.account.deleted += found.deleted().count() as u64;
        let proved = found.names("verified");
        self.stored = stored;
        proved
    }
}
