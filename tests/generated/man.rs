//! The man page of a tool, section 1: its flags as clap knows them, and what `PAGE` adds.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command, builder::PossibleValue};
use tt_cli::{Exit, VARIABLES};

use crate::{
    Tool,
    roff::{Roff, bold, escape, italic},
};

/// Where flags without a heading of their own stand.
const OTHERS: &str = "Help";

/// Exit codes of a tool that is no part of a pipeline and talks to no service, besides 0.
const SERVER_CODES: [u8; 5] = [64, 70, 74, 77, 78];

/// The man page of a tool.
pub(crate) fn page(tool: &Tool) -> String {
    let command = &tool.command;
    let name = command.get_name();
    let mut roff = Roff::new(name, 1);
    roff.section("NAME");
    roff.fill(&format!("{} \\- {}", escape(name), escape(&about(command))));
    synopsis(&mut roff, command);
    roff.section("DESCRIPTION");
    description(&mut roff, command);
    roff.section("OPTIONS");
    options(&mut roff, command);
    for sub in subcommands(command) {
        roff.section(&format!("{name} {}", sub.get_name()).to_uppercase());
        description(&mut roff, sub);
        options(&mut roff, sub);
    }
    exit_status(&mut roff, tool.page.network);
    environment(&mut roff, tool);
    examples(&mut roff, tool);
    roff.see_also(tool.page.see_also);
    roff.finish()
}

/// The subcommands that do something.
fn subcommands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set())
}

/// The one line that says what the tool does, as NAME wants it: no capital, no full stop.
fn about(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let mut letters = about.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn synopsis(roff: &mut Roff, command: &Command) {
    roff.section("SYNOPSIS");
    let name = command.get_name();
    if command.has_subcommands() {
        let subs = subcommands(command).map(Command::get_name);
        let lines: Vec<_> =
            subs.map(|sub| format!("{} [{}]", bold(&format!("{name} {sub}")), italic("OPTIONS"))).collect();
        return roff.line(&lines.join("\n.br\n"));
    }
    let positionals = command.get_positionals().map(|arg| {
        let value = italic(&value_names(arg));
        let value =
            if arg.get_num_args().is_some_and(|n| n.max_values() > 1) { value + "..." } else { value };
        if arg.is_required_set() { value } else { format!("[{value}]") }
    });
    let words: Vec<_> =
        [bold(name), format!("[{}]", italic("OPTIONS"))].into_iter().chain(positionals).collect();
    roff.line(&words.join(" "));
}

fn description(roff: &mut Roff, command: &Command) {
    let text =
        command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string).unwrap_or_default();
    text.trim_end().split("\n\n").for_each(|paragraph| roff.paragraph(&sentence(paragraph)));
}

/// Arguments first, then the groups in the order of the help, and last what every program has.
fn options(roff: &mut Roff, command: &Command) {
    for arg in command.get_positionals() {
        roff.item(&term(arg), &explanation(arg));
    }
    let flags: Vec<_> = command.get_opts().chain(flags(command)).filter(|arg| !arg.is_hide_set()).collect();
    let mut ordered: Vec<_> =
        command.get_arguments().filter(|arg| flags.iter().any(|f| f.get_id() == arg.get_id())).collect();
    ordered.sort_by_key(|arg| arg.get_help_heading().is_none());
    let mut headings: Vec<&str> = Vec::new();
    for arg in &ordered {
        let heading = arg.get_help_heading().unwrap_or(OTHERS);
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    for heading in headings {
        roff.subsection(heading);
        for arg in ordered.iter().filter(|arg| arg.get_help_heading().unwrap_or(OTHERS) == heading) {
            roff.item(&term(arg), &explanation(arg));
        }
    }
}

/// Options that take no value.
fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !arg.is_positional() && !takes_value(arg))
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// `-q, --quiet` or `--region REGION`.
fn term(arg: &Arg) -> String {
    if arg.is_positional() {
        return italic(&value_names(arg));
    }
    let short = arg.get_short().map(|short| bold(&format!("-{short}")));
    let long = arg.get_long().map(|long| bold(&format!("--{long}")));
    let names: Vec<_> = short.into_iter().chain(long).collect();
    if takes_value(arg) {
        format!("{} {}", names.join(", "), italic(&value_names(arg)))
    } else {
        names.join(", ")
    }
}

fn value_names(arg: &Arg) -> String {
    arg.get_value_names().unwrap_or_default().join(" ")
}

/// The help of an argument, with its values, its default and its environment variable.
fn explanation(arg: &Arg) -> String {
    let help = arg.get_long_help().or_else(|| arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let help = help.replace(" (see a summary with '-h')", "");
    if !takes_value(arg) {
        return sentence(&help);
    }
    let mut notes = Vec::new();
    let values: Vec<_> = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set()).collect();
    let explained = values.iter().any(|value| value.get_help().is_some());
    if !values.is_empty() && !explained {
        let names: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
        notes.push(format!("one of {}", names.join(", ")));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let variable = arg.get_env().map(|name| format!("{}, or ", name.to_string_lossy())).unwrap_or_default();
    if !defaults.is_empty() && !arg.is_positional() {
        notes.push(format!("default: {variable}{}", defaults.join(" ")));
    }
    let help = help.trim_end_matches('.');
    let mut text = if notes.is_empty() { sentence(help) } else { format!("{help} [{}].", notes.join("; ")) };
    if explained {
        let width = values.iter().map(|value| value.get_name().len()).max().unwrap_or_default();
        for value in values {
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            let _ = write!(text, "\n  {:width$}  {help}", value.get_name());
        }
    }
    text
}

/// Ends a text in a full stop, unless it ends in a list.
fn sentence(text: &str) -> String {
    let list = text.lines().last().is_some_and(|line| line.starts_with("  "));
    if list || text.ends_with(['.', ':', '?']) { text.to_owned() } else { format!("{text}.") }
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

fn environment(roff: &mut Roff, tool: &Tool) {
    roff.section("ENVIRONMENT");
    for variable in VARIABLES.iter().filter(|variable| tool.page.network || !variable.network) {
        let names: Vec<_> = variable.name.split(", ").map(bold).collect();
        roff.item(&names.join(", "), variable.what);
    }
    let commands = subcommands(&tool.command).chain([&tool.command]);
    for arg in commands.flat_map(Command::get_arguments) {
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
