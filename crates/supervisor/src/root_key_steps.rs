//! What becomes of root access keys that lie in the secrets folder: carried out one after the other, on a thread of its own. A
//! disk that stands still must not keep the supervisor's loop from what is urgent. Answers that tell of such keys
//! go behind what is still to be done, so that whoever is told of a key finds it.

use crate::operator_socket::OperatorAnswer;
use crate::{Folders, SupervisorError, root_credentials};
use std::sync::mpsc::{Sender, SyncSender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use strongroom_types::AccountId;

/// What the thread does.
enum Step {
    /// A key that was laid is valid.
    Valid { account: String, access_key_id: String },
    /// It never will be.
    Void { account: String, access_key_id: String },
    /// An account was deleted.
    Deleted { account: String },
    /// An operator is answered.
    Answer(SyncSender<OperatorAnswer>, OperatorAnswer),
}

/// The thread's other end. It ends when this is dropped.
pub(crate) struct RootKeySteps {
    steps: Sender<Step>,
    left: Arc<Left>,
}

/// How many steps are still to be done.
#[derive(Default)]
struct Left {
    count: Mutex<usize>,
    changed: Condvar,
}

impl Left {
    fn count(&self) -> MutexGuard<'_, usize> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn one_less(&self) {
        let mut count = self.count();
        *count = count.saturating_sub(1);
        self.changed.notify_all();
    }
}

impl RootKeySteps {
    /// Starts the thread. `configured` is the account that the service was started with.
    pub(crate) fn start(folders: Folders, configured: AccountId) -> Result<Self, SupervisorError> {
        let (steps, next) = channel();
        let left = Arc::<Left>::default();
        let of_the_thread = left.clone();
        let work = move || {
            while let Ok(step) = next.recv() {
                carry_out(step, &folders, &configured);
                of_the_thread.one_less();
            }
        };
        let started = thread::Builder::new().name("root-key-steps".to_owned()).spawn(work);
        let failed = |error| SupervisorError::System(format!("nobody looks after root access keys: {error}"));
        started.map_err(failed)?;
        Ok(Self { steps, left })
    }

    /// A key that was laid is valid: it takes the place of the one before.
    pub(crate) fn valid(&self, account: String, access_key_id: String) {
        self.push(Step::Valid { account, access_key_id });
    }

    /// A key that was laid will not be valid.
    pub(crate) fn void(&self, account: String, access_key_id: String) {
        self.push(Step::Void { account, access_key_id });
    }

    /// An account was deleted, and its keys with it.
    pub(crate) fn deleted(&self, account: String) {
        self.push(Step::Deleted { account });
    }

    /// Gives an operator an answer that tells of root access keys, once what came before is done.
    pub(crate) fn answer(&self, operator: SyncSender<OperatorAnswer>, answer: OperatorAnswer) {
        if *self.left.count() == 0 {
            // He may have gone.
            let _ = operator.send(answer);
        } else {
            self.push(Step::Answer(operator, answer));
        }
    }

    fn push(&self, step: Step) {
        *self.left.count() += 1;
        // The thread lives as long as this.
        if self.steps.send(step).is_err() {
            self.left.one_less();
        }
    }

    /// Waits until everything is done; whether it is.
    pub(crate) fn finish(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut count = self.left.count();
        while *count > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            count = self.left.changed.wait_timeout(count, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

fn carry_out(step: Step, folders: &Folders, configured: &AccountId) {
    match step {
        Step::Valid { account, access_key_id } => {
            let made = root_credentials::make_valid(folders, &account, &access_key_id, configured);
            if let Err(error) = made {
                tracing::error!(
                    %error,
                    access_key_id,
                    "the root access key that is valid now did not take the place of the one before: it is in the file that \
                     ends with .next in the secrets folder"
                );
            }
        }
        Step::Void { account, access_key_id } => {
            let removed = root_credentials::make_void(folders, &account, &access_key_id, configured);
            if let Err(error) = removed {
                tracing::error!(%error, access_key_id, "a root access key that is not valid could not be removed");
            }
        }
        Step::Deleted { account } => {
            if let Err(error) = root_credentials::remove(folders, &account, configured) {
                tracing::error!(%error, "the root credentials of a deleted account could not be removed");
            }
        }
        Step::Answer(operator, answer) => {
            let _ = operator.send(answer);
        }
    }
}
