//! `strongroom man`: a manual page for each command, made from their definitions, with the sections that readers of manual
//! pages look for.

use crate::envelope_tool::EXIT_CODES;
use crate::terminal::complain;
use anyhow::{Context as _, Result};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write the manual pages: strongroom.1 and one for each subcommand.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder to write to; it is made if it is missing
    #[arg(long, value_name = "DIR")]
    out_dir: PathBuf,
}

/// The exit codes of commands that have no table of their own.
const USUAL_EXIT_CODES: &str = "  0  done\n  1  it failed; standard error says why\n  2  the command line or strongroom.toml is not usable";

/// What commands that seal read besides what their flags name.
static SEALING_VARIABLES: [(&str, &str); 2] = [
    ("STRONGROOM_KEY_ID", "The KMS key to seal with, where no flag names one"),
    ("STRONGROOM_CONFIG", "The configuration file, in place of strongroom.toml"),
];

/// What commands that ask KMS read.
static KMS_VARIABLES: [(&str, &str); 5] = [
    (
        "AWS_ENDPOINT_URL_KMS",
        "Where KMS is. strongroom env prints this and what follows for a service on this machine",
    ),
    ("AWS_REGION", "The Region of KMS"),
    (
        "AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
        "Credentials, as the AWS CLI takes them",
    ),
    ("AWS_ACCOUNT_ID", "Where no flag names a key to open with, keys of this account may be used"),
    ("AWS_CA_BUNDLE", "A PEM file of certificates that vouch for KMS"),
];

/// Where the service and its operator's commands keep things.
static SERVICE_FILES: [(&str, &str); 2] = [
    ("strongroom-data", "The data directory where --data-dir does not name another: state and audit log"),
    (
        "strongroom-data.secrets",
        "The secrets folder where --secrets-dir does not name another: what unlocks them",
    ),
];

/// What most commands read.
static CONFIGURATION: (&str, &str) = (
    "strongroom.toml",
    "Settings, in the folder in which a command is started, or where STRONGROOM_CONFIG says. Flags and variables win over it",
);

/// Writes the pages.
pub(crate) fn run(args: &Args, command: clap::Command) -> Result<ExitCode> {
    let folder = args.out_dir.display();
    std::fs::create_dir_all(&args.out_dir).with_context(|| format!("cannot make the folder {folder}"))?;
    let mut command = command.disable_help_subcommand(true);
    command.build();
    write_pages(&command, &args.out_dir).with_context(|| format!("cannot write to {folder}"))?;
    complain(&format!("wrote the manual pages to {folder}; `man -l {folder}/strongroom.1` shows the first"));
    Ok(ExitCode::SUCCESS)
}

/// The page of a command that was built, and those of its subcommands.
fn write_pages(command: &clap::Command, folder: &Path) -> io::Result<()> {
    for subcommand in shown_subcommands(command) {
        write_pages(subcommand, folder)?;
    }
    let man = Man::new(command.clone());
    std::fs::write(folder.join(man.get_filename()), page(&man, command)?)
}

fn shown_subcommands(command: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set())
}

/// The sections in the order of man-pages(7).
fn page(man: &Man, command: &clap::Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let is_group = shown_subcommands(command).next().is_some();
    if is_group {
        man.render_subcommands_section(&mut page)?;
    }
    let codes = command.get_after_help().map(ToString::to_string);
    let own_codes = codes.as_deref() == Some(EXIT_CODES);
    if !is_group {
        exit_status(if own_codes { EXIT_CODES } else { USUAL_EXIT_CODES }, &mut page)?;
    }
    section("ENVIRONMENT", &variables(command, own_codes), &mut page)?;
    section("FILES", &files(command), &mut page)?;
    if let Some(note) = codes.filter(|_| !own_codes) {
        section("NOTES", &[(String::new(), note)], &mut page)?;
    }
    if command.get_version().is_some() {
        man.render_version_section(&mut page)?;
    }
    Ok(page)
}

/// From the lines of a table in `--help`: a code, two blanks, what it says. Further lines stand below.
fn exit_status(table: &str, page: &mut dyn Write) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for line in table.lines() {
        if let Some((code, meaning)) = line.strip_prefix("  ").and_then(|row| row.split_once("  ")) {
            roff.control("TP", []);
            roff.text([bold(code)]);
            roff.text([roman(meaning)]);
        } else if !line.ends_with(':') {
            roff.control("PP", []);
            roff.text([roman(line)]);
        }
    }
    roff.to_writer(page)
}

/// Names and what each is, or nothing at all. A text without a name is a paragraph.
fn section(title: &str, entries: &[(String, String)], page: &mut dyn Write) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (name, meaning) in entries {
        if name.is_empty() {
            roff.control("PP", []);
        } else {
            roff.control("TP", []);
            roff.text([italic(name.as_str())]);
        }
        roff.text([roman(meaning.as_str())]);
    }
    roff.to_writer(page)
}

/// The variables that stand for flags, and those that the AWS SDK reads.
fn variables(command: &clap::Command, of_envelope: bool) -> Vec<(String, String)> {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let mut variables: Vec<(String, String)> = shown
        .filter_map(|arg| {
            let (variable, flag) = (arg.get_env()?.to_string_lossy(), arg.get_long()?);
            Some((variable.into_owned(), format!("In place of --{flag}")))
        })
        .collect();
    if seals(command) {
        variables.extend(SEALING_VARIABLES.map(owned));
    }
    // What inspect shows is read without a key.
    if of_envelope && command.get_name() != "inspect" {
        variables.extend(KMS_VARIABLES.map(owned));
    }
    variables
}

fn files(command: &clap::Command) -> Vec<(String, String)> {
    let of_service = if has(command, "data_dir") { SERVICE_FILES.as_slice() } else { &[] };
    let configuration = (!of_service.is_empty() || seals(command)).then_some(CONFIGURATION);
    configuration.into_iter().chain(of_service.iter().copied()).map(owned).collect()
}

/// Whether the key to seal with may stand in the configuration file.
fn seals(command: &clap::Command) -> bool {
    matches!(command.get_name(), "seal" | "reseal") && has(command, "key_id")
}

fn has(command: &clap::Command, argument: &str) -> bool {
    command.get_arguments().any(|arg| arg.get_id() == argument)
}

fn owned((name, meaning): (&str, &str)) -> (String, String) {
    (name.to_owned(), meaning.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    /// The sections of the page of a command, by its names.
    fn sections(names: &[&str]) -> Vec<String> {
        let mut command = crate::Command::command().disable_help_subcommand(true);
        command.build();
        for name in names {
            command = command.find_subcommand(name).unwrap().clone();
        }
        let text = String::from_utf8(page(&Man::new(command.clone()), &command).unwrap()).unwrap();
        text.split(".SH ").skip(1).map(str::to_owned).collect()
    }

    fn titles(sections: &[String]) -> Vec<&str> {
        sections.iter().filter_map(|section| section.lines().next()).collect()
    }

    #[test]
    fn exit_codes_have_a_section_of_their_own() {
        let seal = sections(&["seal"]);
        assert!(!titles(&seal).contains(&"EXTRA"), "{:?}", titles(&seal));
        let status = seal.iter().find(|section| section.starts_with("\"EXIT STATUS\"")).unwrap();
        assert!(status.contains("\\fB4\\fR") && status.contains("\nthe message is damaged"), "{status}");
        assert!(status.contains("\nOf several files") && !status.contains("Exit codes"), "{status}");
        for title in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "FILES"] {
            assert!(titles(&seal).contains(&title), "{title}");
        }
        assert!(
            !titles(&sections(&["inspect"])).contains(&"ENVIRONMENT"),
            "it reads a file and nothing else"
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn variables_and_files_of_the_service_are_named_where_they_count() {
        let serve = sections(&["serve"]);
        let of = |title: &str| serve.iter().find(|section| section.starts_with(title)).unwrap().as_str();
        assert!(of("ENVIRONMENT").contains("STRONGROOM_LISTEN") && of("FILES").contains("strongroom.toml"));
        assert!(of("\"EXIT STATUS\"").contains("standard error says why"));
        let group = sections(&["audit"]);
        assert!(titles(&group).contains(&"SUBCOMMANDS") && !titles(&group).contains(&"\"EXIT STATUS\""));
    }
}
