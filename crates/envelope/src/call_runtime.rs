//! The runtime that carries the calls of the AWS SDK for code that waits for their answers.
//!
//! In a thread of another runtime tokio panics when somebody waits, and when a runtime ends. So a call that is made there
//! waits on a thread of its own, and the runtime ends in the background. The thread that made the call is held up all the
//! same: it is for `spawn_blocking`.

use crate::keyring::KeyringError;
use std::panic::resume_unwind;
use std::thread;
use tokio::runtime::{Builder, Handle, Runtime};

/// A runtime that may be used and dropped anywhere. There is one until the drop.
pub(crate) struct CallRuntime(Option<Runtime>);

impl CallRuntime {
    /// Driven by who waits.
    pub(crate) fn of_callers() -> Result<Self, KeyringError> {
        Self::built(&mut Builder::new_current_thread())
    }

    /// With so many threads: tasks go on while nobody waits.
    pub(crate) fn of_threads(threads: usize) -> Result<Self, KeyringError> {
        Self::built(Builder::new_multi_thread().worker_threads(threads))
    }

    fn built(builder: &mut Builder) -> Result<Self, KeyringError> {
        let runtime = builder.enable_all().build().map_err(|e| KeyringError::Runtime(e.to_string()))?;
        Ok(Self(Some(runtime)))
    }

    /// The runtime itself.
    pub(crate) fn get(&self) -> &Runtime {
        match &self.0 {
            Some(runtime) => runtime,
            None => unreachable!("only the drop takes it"),
        }
    }

    /// Waits for a call.
    pub(crate) fn wait<T: Send>(&self, call: impl Future<Output = T> + Send) -> T {
        let runtime = self.get();
        if Handle::try_current().is_err() {
            return runtime.block_on(call);
        }
        let waited = thread::scope(|scope| scope.spawn(move || runtime.block_on(call)).join());
        match waited {
            Ok(answer) => answer,
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl Drop for CallRuntime {
    fn drop(&mut self) {
        let Some(runtime) = self.0.take() else { return };
        if Handle::try_current().is_ok() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Makes a runtime, waits for a call on it, and drops it.
    fn call() -> u32 {
        let runtimes = [CallRuntime::of_callers().unwrap(), CallRuntime::of_threads(1).unwrap()];
        let answer = || async {
            tokio::time::sleep(Duration::ZERO).await;
            7_u32
        };
        runtimes.iter().map(|runtime| runtime.wait(answer())).sum()
    }

    #[test]
    fn calls_are_made_outside_of_runtimes_and_inside() {
        assert_eq!(call(), 14);
        for mut outer in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            let outer = outer.build().unwrap();
            assert_eq!(outer.block_on(async { call() }), 14);
            assert_eq!(outer.block_on(async { tokio::spawn(async { call() }).await.unwrap() }), 14);
            assert_eq!(outer.block_on(async { tokio::task::spawn_blocking(call).await.unwrap() }), 14);
        }
    }
}
