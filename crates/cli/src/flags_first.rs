//! Flags before variables, also where one setting excludes another: clap knows this order of one and the same setting only.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, FromArgMatches};

/// Arguments of which some cannot be said beside others.
pub(crate) trait Exclusive {
    /// Those that do not count, by their ids, if variables say them: a flag says something else.
    fn outdone(given: &ArgMatches) -> Vec<&'static str>;
}

/// Whether the command line itself has the argument.
pub(crate) fn is_flag(given: &ArgMatches, id: &str) -> bool {
    given.value_source(id) == Some(ValueSource::CommandLine)
}

/// Such arguments, without the variables that flags outdo.
pub(crate) struct FlagsFirst<A>(pub(crate) A);

impl<A: Args + Exclusive> FromArgMatches for FlagsFirst<A> {
    fn from_arg_matches(given: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut given.clone())
    }

    fn from_arg_matches_mut(given: &mut ArgMatches) -> Result<Self, clap::Error> {
        for id in A::outdone(given) {
            if given.value_source(id) == Some(ValueSource::EnvVariable) {
                // It can only fail for an id that there is not.
                let _ = given.try_clear_id(id);
            }
        }
        A::from_arg_matches_mut(given).map(Self)
    }

    fn update_from_arg_matches(&mut self, given: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(given)
    }
}

impl<A: Args + Exclusive> Args for FlagsFirst<A> {
    fn group_id() -> Option<clap::Id> {
        A::group_id()
    }

    fn augment_args(command: clap::Command) -> clap::Command {
        A::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        A::augment_args_for_update(command)
    }
}
