//! Completions for bash, zsh and fish.

use clap::Command;
use clap_complete::{Shell, generate};

use crate::{Files, Result};

/// The completions of one tool, each under the name that its shell looks for.
pub(crate) fn of(command: &Command) -> Result<Files> {
    let name = command.get_name();
    let mut files = Files::new();
    for (shell, file) in [
        (Shell::Bash, format!("{name}.bash")),
        (Shell::Zsh, format!("_{name}")),
        (Shell::Fish, format!("{name}.fish")),
    ] {
        let mut text = Vec::new();
        generate(shell, &mut command.clone(), name, &mut text);
        files.insert(format!("completions/{file}").into(), String::from_utf8(text)?);
    }
    Ok(files)
}
