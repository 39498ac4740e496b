//! The man page of a tool, section 1: what clap_mangen makes of its flags, and what `PAGE` adds.

use clap::{Arg, Command};
use clap_mangen::Man;
use tt_cli::{Exit, VARIABLES};

use crate::{
    Result, Tool,
    roff::{DATE, Roff, SUITE, bold},
};

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
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut roff = Roff::after(of_clap(command, &name)?);
    exit_status(&mut roff, tool.page.network);
    environment(&mut roff, tool, command);
    examples(&mut roff, tool);
    let family = subcommands(&tool.command).chain([&tool.command]).filter_map(Command::get_display_name);
    let family: Vec<_> = family.filter(|other| *other != name).map(|other| format!("{other}(1)")).collect();
    roff.see_also(family.iter().map(String::as_str).chain(tool.page.see_also.iter().copied()));
    Ok((name, roff.finish()))
}

/// The subcommands that do something.
fn subcommands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set())
}

/// What follows from the flags.
fn of_clap(command: &Command, name: &str) -> Result<String> {
    // The examples that close the help have a section of their own here.
    let command = command.clone().name(name.to_owned()).after_help("").after_long_help("");
    let nested = command.has_subcommands();
    let man = Man::new(command)
        .title(name.to_uppercase())
        .date(DATE)
        .source(format!("{SUITE} {}", env!("CARGO_PKG_VERSION")))
        .manual(SUITE);
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if nested {
        man.render_subcommands_section(&mut text)?;
    }
    Ok(String::from_utf8(text)?)
}

fn exit_status(roff: &mut Roff, network: bool) {
    roff.section("EXIT STATUS");
    for (exit, meaning) in Exit::TABLE {
        let code = exit.code();
        let meaning = match code {
            0 if !network => "It was stopped by SIGINT or SIGTERM, which is its usual end.",
            code if !network && !SERVER_CODES.contains(&code) => continue,
            _ => meaning,
        };
        roff.item(&bold(&code.to_string()), meaning);
    }
    if network {
        roff.paragraph(
            "The codes are the same for all tools. The last tool of a pipeline ends with the code of the whole of it: \
             see `tt-records`(5).",
        );
    }
}

fn environment(roff: &mut Roff, tool: &Tool, command: &Command) {
    roff.section("ENVIRONMENT");
    for variable in VARIABLES.iter().filter(|variable| tool.page.network || !variable.network) {
        let names: Vec<_> = variable.name.split(", ").map(bold).collect();
        roff.item(&names.join(", "), variable.what);
    }
    for arg in command.get_arguments() {
        let Some(long) = arg.get_long() else { continue };
        let known = arg.get_env().map(|name| name.to_string_lossy().into_owned());
        if let Some(variable) = known.or_else(|| named(arg)) {
            roff.item(&bold(&variable), &format!("Stands in for --{long}, which wins."));
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

fn examples(roff: &mut Roff, tool: &Tool) {
    roff.section("EXAMPLES");
    for example in tool.page.examples {
        roff.paragraph(example.what);
        roff.code(example.command);
    }
}
