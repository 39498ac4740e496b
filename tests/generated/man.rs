//! The man page of a tool, section 1: what clap_mangen makes of its flags, and what `PAGE` adds.

use clap::{Arg, Command};
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};
use tt_cli::{Exit, Network, VARIABLES};

use crate::{
    Result, Tool, progress,
    sections::{DATE, SOURCE, SUITE, examples, item, paragraph, preface, section, see_also, with_commas},
};

/// What each page refers to.
const TROUBLE: &str = "tt-troubleshooting(7)";

/// Exit codes of a tool that is no part of a pipeline and talks to no service, besides 0.
const SERVER_CODES: [u8; 5] = [64, 70, 74, 77, 78];

/// The man pages of a tool and of what it does by subcommands, by their names.
pub(crate) fn pages(tool: &Tool) -> Result<Vec<(String, String)>> {
    let mut pages = vec![page(tool, &tool.command)?];
    for sub in subcommands(&tool.command) {
        pages.push(page(tool, sub)?);
    }
    Ok(pages)
}

fn page(tool: &Tool, command: &Command) -> Result<(String, String)> {
    let name = page_name(command);
    let family = subcommands(&tool.command).chain([&tool.command]).map(page_name);
    let family: Vec<_> = family.filter(|other| *other != name).map(|other| format!("{other}(1)")).collect();
    let mut roff = Roff::new();
    if shows_progress(command) {
        progress::section(&mut roff)?;
    }
    match tool.page.exits.iter().find(|(page, _)| *page == name) {
        Some((_, exits)) => own_exit_status(&mut roff, exits),
        None => exit_status(&mut roff, network(command)),
    }
    environment(&mut roff, command);
    let of_sub = command.get_bin_name().filter(|typed| typed.contains(' '));
    let of_sub = of_sub.map(|typed| tool.page.of(&format!("{typed} ")));
    examples(&mut roff, &of_sub.unwrap_or_else(|| tool.page.examples.to_vec()));
    see_also(
        &mut roff,
        family.iter().map(String::as_str).chain(tool.page.see_also.iter().copied()).chain([TROUBLE]),
    );
    let text = preface() + &of_clap(command, name)? + &roff.render();
    Ok((name.to_owned(), text))
}

/// The name of the page: clap gives only subcommands a name for display, such as tt-bench-serve.
fn page_name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

/// The subcommands that do something.
fn subcommands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set())
}

/// Whom a command talks to, as its flags show.
fn network(command: &Command) -> Network {
    let takes = |flag: &str| command.get_arguments().any(|arg| arg.get_id() == flag);
    match () {
        () if takes("endpoint_url") || takes("engine") => Network::S3,
        () if takes("base_url") => Network::Web,
        () => Network::None,
    }
}

/// Whether a tool has a way to go.
fn shows_progress(command: &Command) -> bool {
    command.get_arguments().any(|arg| arg.get_id() == "progress" && !arg.is_hide_set())
}

/// What follows from the flags.
fn of_clap(command: &Command, name: &str) -> Result<String> {
    // The examples that close the help have a section of their own here.
    let command = command.clone().name(name.to_owned()).after_help("").after_long_help("");
    // `help` has no page to refer to.
    let command = command.mut_subcommands(|sub| if sub.get_name() == "help" { sub.hide(true) } else { sub });
    let (nested, mut usage) = (command.has_subcommands(), command.clone());
    let man = Man::new(command).title(name.to_uppercase()).date(DATE).source(SOURCE).manual(SUITE);
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    text.extend(synopsis(&mut usage).into_bytes());
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if nested {
        man.render_subcommands_section(&mut text)?;
    }
    Ok(String::from_utf8(text)?)
}

/// How it is called, as its help says; fifty flags in a row would help nobody.
fn synopsis(command: &mut Command) -> String {
    let usage = command.render_usage().to_string();
    let mut roff = Roff::new();
    section(&mut roff, "SYNOPSIS");
    for (n, line) in usage.trim_start_matches("Usage:").lines().map(str::trim).enumerate() {
        if n > 0 {
            roff.control("br", []);
        }
        let (name, rest) =
            line.split_once(" [").map_or((line, String::new()), |(name, rest)| (name, format!(" [{rest}")));
        roff.text([bold(name), roman(rest)]);
    }
    roff.to_roff()
}

fn exit_status(roff: &mut Roff, network: Network) {
    let network = network != Network::None;
    section(roff, "EXIT STATUS");
    for (exit, meaning) in Exit::TABLE {
        let code = exit.code();
        let meaning = match code {
            0 if !network => "It was stopped by SIGINT or SIGTERM, which is its usual end.",
            code if !network && !SERVER_CODES.contains(&code) => continue,
            _ => meaning,
        };
        item(roff, [bold(code.to_string())], meaning);
    }
    if network {
        paragraph(
            roff,
            "The codes are the same for all tools. The last tool of a pipeline ends with the code of the whole of it: \
             see `tt-records`(5).",
        );
    }
}

fn own_exit_status(roff: &mut Roff, exits: &[(u8, &str)]) {
    section(roff, "EXIT STATUS");
    for (code, meaning) in exits {
        item(roff, [bold(code.to_string())], meaning);
    }
}

fn environment(roff: &mut Roff, command: &Command) {
    section(roff, "ENVIRONMENT");
    for variable in VARIABLES.iter().filter(|variable| variable.readers.contains(&network(command))) {
        let names = variable.name.split(", ").map(|name| vec![bold(name)]);
        item(roff, with_commas(names), variable.what);
    }
    for arg in command.get_arguments() {
        let Some(long) = arg.get_long() else { continue };
        let known = arg.get_env().map(|name| name.to_string_lossy().into_owned());
        if let Some(variable) = known.or_else(|| named(arg)) {
            item(roff, [bold(variable)], &format!("Stands in for --{long}, which wins."));
        }
    }
}

/// A variable that clap does not know of, but that the help of a flag names: `$NAME`.
fn named(arg: &Arg) -> Option<String> {
    let help = arg.get_help()?.to_string();
    let name = help.split_once('$')?.1;
    let end = name.find(|c: char| c != '_' && !c.is_ascii_uppercase()).unwrap_or(name.len());
    Some(name[..end].to_owned()).filter(|name| !name.is_empty())
}
