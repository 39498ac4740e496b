//! One range of keys: what is known of it, and what is to be asked next.

use std::collections::VecDeque;

use tt_record::Problem;

use super::{
    super::{keys::common, landmarks::Landmarks, page::Page},
    From,
};

/// The keys greater than one and not greater than another, of which those up to some position are known.
pub(super) struct Segment {
    /// Those not greater than it are known.
    pub(super) position: String,
    /// The last key that may be in it; none where nothing limits it.
    pub(super) end: Option<String>,
    /// How to ask for what lies behind the position.
    pub(super) next: From,
    pub(super) state: State,
    /// What the reader did not take yet.
    pub(super) pages: VecDeque<Page>,
    /// First and last key of the page that came last.
    pub(super) sample: Option<(String, String)>,
    /// How many landmarks lay in that page.
    pub(super) landmarks: u64,
    /// After how many bytes keys are known to differ.
    pub(super) branches: Vec<usize>,
    /// Whether no place was found to cut it, as long as nothing new is known.
    pub(super) stuck: bool,
    /// Of one that was cut off and not asked for yet, which part it is of all that were cut off together.
    pub(super) part: Option<f64>,
    /// How many times it was cut where nothing followed.
    pub(super) doubt: f64,
}

/// What is done about what lies behind the position.
pub(super) enum State {
    Idle,
    /// By the request with this number.
    Asked(u64),
    /// Nothing lies there.
    Done,
    Failed(Problem),
}

impl Segment {
    pub(super) fn new(position: String, end: Option<String>, next: From) -> Self {
        Self {
            position,
            end,
            next,
            state: State::Idle,
            pages: VecDeque::new(),
            sample: None,
            landmarks: 0,
            branches: Vec::new(),
            stuck: false,
            part: None,
            doubt: 0.0,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// Whether all its keys are less than this one.
    pub(super) fn ends_before(&self, key: &str) -> bool {
        self.end.as_deref().is_some_and(|end| end < key)
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Keys are known to differ after so many bytes.
    pub(super) fn branch(&mut self, at: usize) {
        if !self.branches.contains(&at) {
            self.branches.push(at);
        }
    }
}

/// What answers do to it.
impl Segment {
    /// Takes in some objects; `known` is the last key that is known before its own. Tells how many bytes more it holds.
    pub(super) fn add(&mut self, part: Page, known: Option<&str>, landmarks: &Landmarks) -> usize {
        let Some((first, last)) = part.first().zip(part.last()) else { return 0 };
        let before = self.sample.as_ref().map(|(_, last)| last.as_str()).or(known);
        let branch = before.map(|before| common(before, &first));
        branch.into_iter().chain([common(&first, &last)]).for_each(|at| self.branch(at));
        self.landmarks = landmarks.estimate(&first, Some(&last));
        self.sample = Some((first, last));
        self.stuck = false;
        let bytes = part.bytes();
        self.pages.push_back(part);
        bytes
    }

    /// All is known up to `cover`, or altogether, and `token` leads on from there.
    pub(super) fn advance(&mut self, cover: Option<&str>, token: Option<&str>) {
        match (cover, token) {
            (Some(cover), Some(token)) if self.end.as_deref().is_none_or(|end| cover < end) => {
                cover.clone_into(&mut self.position);
                self.next = From::Token(token.to_owned());
            }
            _ => self.state = State::Done,
        }
    }
}
