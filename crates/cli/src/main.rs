//! The `strongroom` binary: one file per subcommand.
fn main() {}
