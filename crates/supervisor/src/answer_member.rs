//! What the supervisor adds to the front's answer on its way to the operator, behind the front's back.

use crate::operator_socket::OperatorAnswer;
use serde_json::{Map, Value};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

/// Where the front's answer is to go: to the operator, with what is added if it is a good one.
pub(crate) fn with_added(
    operator: SyncSender<OperatorAnswer>,
    add: impl FnOnce(&mut Map<String, Value>) + Send + 'static,
) -> SyncSender<OperatorAnswer> {
    let (answer, wait) = sync_channel::<OperatorAnswer>(1);
    thread::spawn(move || {
        let Ok(mut outcome) = wait.recv() else { return };
        if let Ok(Value::Object(members)) = &mut outcome {
            add(members);
        }
        // The operator may have gone: what was done stands.
        let _ = operator.send(outcome);
    });
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_good_answer_gets_more() {
        let answered = |outcome: OperatorAnswer| {
            let (operator, told) = sync_channel(1);
            let add = |members: &mut Map<String, Value>| {
                members.insert("More".to_owned(), json!(7));
            };
            with_added(operator, add).send(outcome).unwrap();
            told.recv().unwrap()
        };
        assert_eq!(answered(Ok(json!({ "Removed": "00" }))), Ok(json!({ "Removed": "00", "More": 7 })));
        assert_eq!(answered(Err("no".to_owned())), Err("no".to_owned()));
    }
}
