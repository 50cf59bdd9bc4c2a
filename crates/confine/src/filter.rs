//! Building and installing seccomp filters.

use crate::ConfineError;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter_all_threads, sock_filter,
};
use std::collections::BTreeMap;

const NAME: &str = "seccomp";

/// System calls by number, each with the conditions of which one must hold (none: always).
#[derive(Default)]
pub(crate) struct Calls(BTreeMap<i64, Vec<SeccompRule>>);

impl Calls {
    /// Adds calls whatever their arguments.
    pub(crate) fn with(mut self, numbers: &[libc::c_long]) -> Self {
        for number in numbers {
            self.0.insert(*number, Vec::new());
        }
        self
    }

    /// Adds a call when `argument & mask == value`.
    pub(crate) fn with_masked(
        mut self,
        number: libc::c_long,
        argument: u8,
        mask: u64,
        value: u64,
    ) -> Result<Self, ConfineError> {
        let operator = SeccompCmpOp::MaskedEq(mask);
        let rule = SeccompCondition::new(argument, SeccompCmpArgLen::Qword, operator, value)
            .and_then(|condition| SeccompRule::new(vec![condition]))
            .map_err(|e| ConfineError::at(NAME)(&e))?;
        self.0.entry(number).or_default().push(rule);
        Ok(self)
    }

    /// Adds a call when the lower half of `argument` is none of the values.
    pub(crate) fn with_none_of(
        mut self,
        number: libc::c_long,
        argument: u8,
        values: &[u64],
    ) -> Result<Self, ConfineError> {
        let other =
            |value: &u64| SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, *value);
        let conditions: Result<Vec<_>, _> = values.iter().map(other).collect();
        let rule = conditions.and_then(SeccompRule::new).map_err(|e| ConfineError::at(NAME)(&e))?;
        self.0.entry(number).or_default().push(rule);
        Ok(self)
    }
}

/// Installs a filter on every thread: `matched` for the calls, `otherwise` for all others.
pub(crate) fn install(
    calls: Calls,
    matched: SeccompAction,
    otherwise: SeccompAction,
) -> Result<(), ConfineError> {
    let failed = ConfineError::at(NAME);
    let architecture = std::env::consts::ARCH.try_into().map_err(|e| failed(&e))?;
    let filter = SeccompFilter::new(calls.0, otherwise, matched, architecture).map_err(|e| failed(&e))?;
    let program = BpfProgram::try_from(filter).map_err(|e| failed(&e))?;
    apply_filter_all_threads(&program).map_err(|e| failed(&e))
}

/// Gives every call by a number of the x32 ABI this answer. Kernels that have it take each call by a second, marked number, and
/// some by one more that older kernels take without the mark. Their architecture is that of ordinary calls, so a filter that
/// lists numbers lets them pass.
pub(crate) fn install_for_x32(answer: SeccompAction) -> Result<(), ConfineError> {
    apply_filter_all_threads(&x32_program(answer)).map_err(|e| ConfineError::at(NAME)(&e))
}

fn x32_program(answer: SeccompAction) -> BpfProgram {
    const LOAD_NUMBER: u16 = 0x20;
    const JUMP_IF_NOT_BELOW: u16 = 0x35;
    const RETURN: u16 = 0x06;
    const MARK: u32 = 0x4000_0000;
    // The numbers of its own; those of ordinary calls leave them out.
    const OWN: std::ops::Range<u32> = 512..548;
    let jump = |k, jt, jf| sock_filter { code: JUMP_IF_NOT_BELOW, jt, jf, k };
    let plain = |code, k| sock_filter { code, jt: 0, jf: 0, k };
    vec![
        plain(LOAD_NUMBER, 0),
        jump(MARK, 2, 0),
        jump(OWN.end, 2, 0),
        jump(OWN.start, 0, 1),
        plain(RETURN, answer.into()),
        plain(RETURN, SeccompAction::Allow.into()),
    ]
}
