//! Development tasks: codegen, tidy, ci, soak.
fn main() {}
