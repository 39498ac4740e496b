//! Lines at the bottom of a terminal that are replaced by newer ones.

use indicatif::{ProgressBar, ProgressStyle};

use crate::{Console, progress::ShowProgress};

/// Such lines. Where stderr is no terminal, or the user wants to see no progress, nothing is drawn; when this is dropped, they
/// go.
pub struct Board(Option<ProgressBar>);

impl Board {
    /// A board on the console's terminal.
    pub fn new(console: &Console) -> Self {
        let wanted = console.progress() == ShowProgress::Auto && Console::draws();
        Self(wanted.then(|| {
            let style = ProgressStyle::with_template("{msg}");
            let bar = ProgressBar::new_spinner()
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            console.bars().add(bar)
        }))
    }

    /// Whether anybody sees it.
    pub fn is_drawn(&self) -> bool {
        self.0.is_some()
    }

    /// Shows these lines instead of those before.
    pub fn show(&self, lines: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(lines.to_owned());
            bar.tick();
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
