//! Variables that are named as this program's are and that nothing reads: most are misspelt. The configuration file refuses
//! such entries; of variables `serve` only tells, because somebody else's may be among them.

use std::collections::BTreeSet;
use std::ffi::OsString;

/// How our variables begin.
const OURS: &str = "STRONGROOM_";

/// Read, and no flag's: those of the tool and of the examples. What begins with the last is for tests.
const OTHERS: [&str; 5] = [
    "STRONGROOM_CONFIG",
    "STRONGROOM_KEY_ID",
    "STRONGROOM_S3_PROFILE",
    "STRONGROOM_DYNAMODB_PROFILE",
    "STRONGROOM_BINARY",
];
const FOR_TESTS: &str = "STRONGROOM_TEST_";

/// Those among the names that no command of the program reads, sorted.
pub(crate) fn unread(program: &clap::Command, names: impl Iterator<Item = OsString>) -> Vec<String> {
    let mut read = BTreeSet::from(OTHERS.map(str::to_owned));
    collect(program, &mut read);
    let names = names.filter_map(|name| name.into_string().ok());
    let ours = names.filter(|name| name.starts_with(OURS) && !name.starts_with(FOR_TESTS));
    let unread: BTreeSet<String> = ours.filter(|name| !read.contains(name)).collect();
    unread.into_iter().collect()
}

fn collect(command: &clap::Command, read: &mut BTreeSet<String>) {
    let variables = command.get_arguments().filter_map(clap::Arg::get_env);
    read.extend(variables.filter_map(|name| name.to_str()).map(str::to_owned));
    for subcommand in command.get_subcommands() {
        collect(subcommand, read);
    }
}

#[cfg(test)]
mod tests {
    use super::unread;
    use clap::CommandFactory as _;

    #[test]
    fn misspelt_variables_are_found_and_read_ones_are_not() {
        let names = [
            "STRONGROOM_DATADIR",
            "STRONGROOM_DATA_DIR",
            "STRONGROOM_PKCS11_PIN_FILE",
            "STRONGROOM_KEY_ID",
            "STRONGROOM_TEST_UNCONFINED",
            "PATH",
            "MY_STRONGROOM_X",
            "STRONGROOM_",
        ];
        let program = crate::Command::command();
        assert_eq!(
            unread(&program, names.into_iter().map(Into::into)),
            ["STRONGROOM_", "STRONGROOM_DATADIR"]
        );
    }
}
