//! `strongroom status --watch`: the figures of two moments, what happened between them, and how a terminal, a pipe and a
//! program are told.

mod interval;
mod moment;
mod shown;

pub(crate) use interval::Interval;
pub(crate) use moment::Moment;
pub(crate) use shown::{line, screen};

#[cfg(test)]
mod tests;
