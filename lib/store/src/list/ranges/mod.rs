//! A listing as ranges of keys that are asked for at once: what to ask next, what an answer means, and what the reader
//! gets. No network here, and no time.
//!
//! Always holds: the ranges lie in the order of their keys and touch each other, but for those that are known to the end
//! or that nobody wants; so whatever is asked and answered in whatever order, the reader gets each key once, in order.

mod alphabet;
mod cut;
mod segment;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, VecDeque};

use tt_record::{Problem, ProblemKind, S3Url};

use self::{
    alphabet::{Alphabet, count},
    cut::{Map, WORTHWHILE},
    segment::{Segment, State},
};
use super::{
    ListOptions,
    keys::{common, just_before},
    page::Page,
};

/// So many keys of a page are looked at to learn what keys are made of.
const LOOKED_AT: usize = 16;

/// What the range that the reader needs last leaves of the memory to those before it.
const LEFT_TO_NEARER: f64 = 0.75;

/// By how much less is believed to be left of a range each time that it was cut where nothing followed.
const DOUBT: f64 = 4.0;

/// So many answers in a row may say that more follows, and show nothing.
const MOST_EMPTY: usize = 1000;

/// Of the answers, so many may tell nothing new.
const BEARABLE: f64 = 0.22;

/// How a request goes on from what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum From {
    Start,
    /// Behind a key, whether it exists or not.
    After(String),
    Token(String),
}

/// A request to be sent.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) number: u64,
    pub(super) from: From,
}

/// What a request was answered.
pub(super) struct Answer {
    pub(super) page: Page,
    pub(super) truncated: bool,
    pub(super) token: Option<String>,
}

/// What there is for the reader.
pub(super) enum Taken {
    Page(Page),
    /// Nothing yet.
    Wait,
    End,
    Failed(Problem),
}

/// A request under way.
struct UnderWay {
    from: From,
    /// All its keys must be greater.
    position: String,
    /// Of the first one of a range that was cut off, which part it is of all that were cut off together.
    part: Option<f64>,
}

/// The ranges of a listing.
pub(super) struct Ranges {
    place: S3Url,
    options: ListOptions,
    segments: VecDeque<Segment>,
    under_way: HashMap<u64, UnderWay>,
    alphabet: Alphabet,
    /// After how many bytes keys are known to differ.
    branches: BTreeSet<usize>,
    numbers: u64,
    answers: usize,
    /// How many answers, or parts of such, told nothing new.
    waste: f64,
    /// Bytes of pages that the reader did not take yet.
    held: usize,
    /// How many answers in a row told that more follows, and nothing else.
    empty: usize,
    /// Bytes of a page, the largest so far.
    page: usize,
    /// How many pages may be ahead of a reader that may skip keys: the more, the more of them it took.
    ahead: usize,
    /// The last key that the reader took.
    taken: String,
    /// Keys up to it are of no interest.
    floor: String,
    /// Whether the service can't start behind a key.
    serial: bool,
}

impl Ranges {
    pub(super) fn new(place: S3Url, options: ListOptions) -> Self {
        Self {
            place,
            options,
            segments: VecDeque::from([Segment::new(String::new(), None, From::Start)]),
            under_way: HashMap::new(),
            alphabet: Alphabet::default(),
            branches: BTreeSet::new(),
            numbers: 0,
            answers: 0,
            waste: 0.0,
            held: 0,
            empty: 0,
            page: 0,
            ahead: 1,
            taken: String::new(),
            floor: String::new(),
            serial: false,
        }
    }

    /// What the reader gets next.
    pub(super) fn take(&mut self) -> Taken {
        while let Some(head) = self.segments.front_mut() {
            if let Some(page) = head.pages.pop_front() {
                self.held = self.held.saturating_sub(page.bytes());
                self.ahead = self.ahead.saturating_add(1 + self.ahead / 4);
                if let Some(last) = page.last() {
                    self.options.landmarks.pass(&last);
                    self.taken = last;
                }
                return Taken::Page(page);
            }
            match &head.state {
                State::Done => drop(self.segments.pop_front()),
                State::Failed(problem) => return Taken::Failed(problem.clone()),
                State::Idle | State::Asked(_) => return Taken::Wait,
            }
        }
        Taken::End
    }

    /// Keys before `key` are of no interest any more. Tells whether that changes anything.
    pub(super) fn seek(&mut self, key: &str) -> bool {
        let floor = just_before(key);
        if floor <= self.floor {
            return false;
        }
        self.floor = floor;
        let mut in_vain = false;
        while let Some(head) = self.segments.pop_front_if(|head| head.ends_before(key)) {
            in_vain |= !head.pages.is_empty() || matches!(head.state, State::Asked(_));
            self.held = self.held.saturating_sub(head.pages.iter().map(Page::bytes).sum());
        }
        if let Some(head) = self.segments.front_mut() {
            let is_before = |page: &mut Page| page.last().is_none_or(|last| last.as_str() < key);
            while let Some(page) = head.pages.pop_front_if(is_before) {
                in_vain = true;
                self.held = self.held.saturating_sub(page.bytes());
            }
        }
        if in_vain {
            self.ahead = (self.ahead / 2).max(1);
        }
        true
    }

    /// The next request, if one is to be sent now; `limit` may be under way at once.
    pub(super) fn ask(&mut self, limit: usize) -> Option<Ask> {
        let slots = limit.saturating_sub(self.under_way.len()).min(self.room());
        if slots == 0 {
            return None;
        }
        loop {
            if let Some(index) = self.waiting() {
                return Some(self.send(index));
            }
            let index = self.worth_a_cut()?;
            self.cut(index, slots);
        }
    }

    /// How many more pages may be asked for ahead of the reader.
    fn room(&self) -> usize {
        if !self.options.skips {
            return usize::MAX;
        }
        let pages: usize = self.segments.iter().map(|segment| segment.pages.len()).sum();
        let room = self.ahead.saturating_sub(self.under_way.len() + pages);
        // What the reader waits for always has room.
        let needed = self.segments.front().is_some_and(|head| head.is_idle() && head.pages.is_empty());
        room.max(usize::from(needed))
    }

    /// The answer to a request.
    pub(super) fn answer(&mut self, number: u64, answer: &Answer) {
        // Unknown is what was asked before the listing began anew.
        let Some(asked) = self.under_way.remove(&number) else { return };
        self.answers += 1;
        let answer = &asked.from.without_last(&asked.position, answer);
        if let Some((first, last)) = answer.page.first().zip(answer.page.last()) {
            if first <= asked.position {
                match asked.from {
                    From::After(_) => self.begin_serially(),
                    _ => self.stop(number, self.wrong("the service lists keys out of order")),
                }
                return;
            }
            if !first.starts_with(&self.place.key) || !last.starts_with(&self.place.key) {
                return self.stop(number, self.wrong("the service lists keys that were not asked for"));
            }
        }
        if answer.truncated && answer.token.is_none() {
            let what = "the service says that more follows, but not how to get there";
            return self.stop(number, self.wrong(what));
        }
        self.empty = if answer.page.is_empty() && answer.truncated { self.empty + 1 } else { 0 };
        if self.empty > MOST_EMPTY || self.empty > 0 && answer.token == asked.from.token() {
            return self.stop(number, self.wrong("the service says that more follows, and nothing does"));
        }
        let asking = self.release(number);
        self.page = self.page.max(answer.page.bytes());
        self.learn(&answer.page);
        let new = self.credit(&asked.position, answer);
        self.waste += if answer.page.is_empty() { 1.0 } else { 1.0 - count(new) / count(answer.page.len()) };
        if let (0, Some(part), Some(asking)) = (new, asked.part, asking) {
            let mut before = self.segments.iter_mut().take(asking).rev();
            if let Some(segment) = before.find(|segment| !segment.is_done()) {
                segment.doubt += part;
            }
        }
        self.segments.retain(|segment| !segment.is_done() || !segment.pages.is_empty());
    }

    /// A request failed for good.
    pub(super) fn fail(&mut self, number: u64, problem: Problem) {
        if self.under_way.remove(&number).is_some() {
            self.stop(number, problem);
        }
    }

    /// Gives what was answered to all ranges that it tells something of, and that don't ask for it themselves.
    /// Tells how many objects were new.
    fn credit(&mut self, position: &str, answer: &Answer) -> usize {
        let Answer { page, truncated, token } = answer;
        let cover = if *truncated { Some(page.last().unwrap_or_else(|| position.to_owned())) } else { None };
        let (mut known, mut new) = (None::<String>, 0);
        for segment in &mut self.segments {
            let concerns = segment.is_idle() && segment.position.as_str() >= position;
            if concerns && cover.as_ref().is_some_and(|cover| segment.position > *cover) {
                break;
            }
            if concerns {
                let after = segment.position.as_str().max(&self.taken);
                let part = page.between(after, segment.end.as_deref());
                new += part.len();
                self.held += segment.add(part, known.as_deref(), &self.options.landmarks);
                segment.advance(cover.as_deref(), token.as_deref());
                self.branches.extend(&segment.branches);
            }
            known = segment.sample.as_ref().map(|(_, last)| last.clone()).or(known);
        }
        new
    }

    /// The first range that may be asked for and is not.
    fn waiting(&self) -> Option<usize> {
        let open = self.segments.iter().take_while(|segment| !matches!(segment.state, State::Failed(_)));
        let undone = open.enumerate().filter(|(_, segment)| !segment.is_done());
        let mut ranked =
            undone.enumerate().filter(|(rank, (_, segment))| segment.is_idle() && self.affords(*rank));
        ranked.next().map(|(_, (index, _))| index)
    }

    /// Whether there is memory for a page of a range; `rank` ranges that are not done come before it. The nearer it is to
    /// the reader, the more it may fill.
    fn affords(&self, rank: usize) -> bool {
        let part = count(rank) / count(self.options.concurrency.max(1));
        let share = 1.0 - LEFT_TO_NEARER * part.min(1.0);
        let full = self.held + (self.under_way.len() + 1) * self.page;
        (rank == 0 && self.reader_waits()) || count(full) <= count(self.options.memory) * share
    }

    /// Whether there is nothing for the reader, so that a page has to come, whatever it takes.
    fn reader_waits(&self) -> bool {
        self.segments.front().is_none_or(|head| head.pages.is_empty() && !head.is_done())
    }

    fn send(&mut self, index: usize) -> Ask {
        self.numbers += 1;
        let number = self.numbers;
        let Some(segment) = self.segments.get_mut(index) else { return Ask { number, from: From::Start } };
        if !self.serial && self.floor > segment.position && self.floor > self.place.key {
            segment.position.clone_from(&self.floor);
            segment.next = From::After(self.floor.clone());
        }
        segment.state = State::Asked(number);
        let (from, position) = (segment.next.clone(), segment.position.clone());
        let part = segment.part.take();
        self.under_way.insert(number, UnderWay { from: from.clone(), position, part });
        Ask { number, from }
    }

    /// The range to be cut so that more can be asked at once: the one that has most left, or the nearest where memory is
    /// short.
    fn worth_a_cut(&self) -> Option<usize> {
        let fresh = self.under_way.values().filter(|request| request.part.is_some()).count();
        let bound = 1.5 * count(self.options.concurrency) + BEARABLE * count(self.answers);
        if self.serial || self.answers == 0 || self.waste + count(fresh) / 2.0 > bound {
            return None;
        }
        let open = self.segments.iter().take_while(|segment| !matches!(segment.state, State::Failed(_)));
        let undone = open.enumerate().filter(|(_, segment)| !segment.is_done()).enumerate();
        let short = self.segments.iter().any(Segment::is_idle);
        let map = self.map();
        let mut best = None;
        for (rank, (index, segment)) in undone {
            if segment.stuck || !self.affords(rank + 1) {
                continue;
            }
            let left = map.pages_left(segment) / DOUBT.powf(segment.doubt);
            if left < 2.0 * WORTHWHILE || best.is_some_and(|(_, most)| most >= left) {
                continue;
            }
            if short {
                return Some(index);
            }
            best = Some((index, left));
        }
        best.map(|(index, _)| index)
    }

    /// Cuts a range so that `slots` more requests can be under way, if there is a place to cut.
    fn cut(&mut self, index: usize, slots: usize) {
        let Some(segment) = self.segments.get(index) else { return };
        let cuts = self.map().cuts(segment, slots + 1);
        let Some(segment) = self.segments.get_mut(index) else { return };
        segment.stuck = cuts.is_empty();
        let mut end = segment.end.clone();
        if let Some(first) = cuts.first() {
            segment.end = Some(first.clone());
        }
        let part = Some(1.0 / count(cuts.len()));
        for cut in cuts.into_iter().rev() {
            let piece = Segment::new(cut.clone(), end.replace(cut.clone()), From::After(cut));
            self.segments.insert(index + 1, Segment { part, ..piece });
        }
    }

    fn map(&self) -> Map<'_> {
        let Self { options, alphabet, branches, place, .. } = self;
        Map { landmarks: &options.landmarks, alphabet, branches, prefix: &place.key }
    }

    fn learn(&mut self, page: &Page) {
        let step = page.len().div_ceil(LOOKED_AT).max(1);
        let shared = page.first().zip(page.last()).map_or(0, |(first, last)| common(&first, &last));
        // What all share says little, but for how it ends.
        for listed in
            (0..page.len()).step_by(step).chain(page.len().checked_sub(1)).filter_map(|index| page.get(index))
        {
            let key = listed.key();
            let from = (0..=shared.saturating_sub(8)).rev().find(|at| key.is_char_boundary(*at)).unwrap_or(0);
            self.alphabet.learn(key.get(from.max(self.place.key.len().min(shared))..).unwrap_or_default());
        }
    }

    /// Begins anew, with one request at a time and without ever asking for what lies behind a key. What the reader has is
    /// right: so far every answer was.
    fn begin_serially(&mut self) {
        self.serial = true;
        self.held = 0;
        self.under_way.clear();
        self.segments = VecDeque::from([Segment::new(String::new(), None, From::Start)]);
    }

    /// The range that a request was for is no longer asked for. Tells where it stands, if it is still wanted.
    fn release(&mut self, number: u64) -> Option<usize> {
        let asks = |segment: &Segment| matches!(segment.state, State::Asked(asked) if asked == number);
        let index = self.segments.iter().position(asks)?;
        self.segments.get_mut(index)?.state = State::Idle;
        Some(index)
    }

    fn stop(&mut self, number: u64, problem: Problem) {
        if let Some(segment) = self.release(number).and_then(|index| self.segments.get_mut(index)) {
            segment.state = State::Failed(problem);
        }
    }

    fn wrong(&self, what: &str) -> Problem {
        Problem::new(ProblemKind::Refused, format!("can't list {}: {what}", self.place))
            .hint("this service does not list as S3 does; nothing can be concluded from that")
    }
}

impl From {
    /// An answer without the last key of the page before, with which some services begin the next one.
    fn without_last(&self, position: &str, answer: &Answer) -> Answer {
        let repeats = matches!(self, Self::Token(_)) && answer.page.first().as_deref() == Some(position);
        let page = if repeats { answer.page.between(position, None) } else { answer.page.clone() };
        Answer { page, truncated: answer.truncated, token: answer.token.clone() }
    }

    fn token(&self) -> Option<String> {
        match self {
            Self::Token(token) => Some(token.clone()),
            Self::Start | Self::After(_) => None,
        }
    }
}
