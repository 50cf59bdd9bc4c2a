//! Shares of a recovery set on their way to the operator, behind the front's back: they are held back until the front has
//! stored the set, and join its answer; or he has them first, and the set is stored once he says that they are safe.

use crate::answer_member::with_added;
use crate::operator_socket::OperatorAnswer;
use serde_json::{Value, json};
use std::sync::mpsc::SyncSender;
use strongroom_control::CustodyNews;
use strongroom_vault_protocol::ShareText;

/// A set that the vault has proposed, whose shares the operator has, and that the front does not know of yet.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Its id in hex.
    pub(crate) set: String,
    pub(crate) shares: u8,
    pub(crate) threshold: u8,
}

impl Prepared {
    /// What the operator is told, with the shares.
    pub(crate) fn answer(&self, shares: &[ShareText]) -> Value {
        let texts: Vec<&str> = shares.iter().map(ShareText::expose).collect();
        json!({ "Set": self.set, "Shares": self.shares, "Threshold": self.threshold, "ShareTexts": texts })
    }

    /// What the front is told when it is to store the set. It does so only if the vault still proposes it.
    pub(crate) fn news(self) -> CustodyNews {
        let Self { set, shares, threshold } = self;
        CustodyNews::RecoveryCreated { set, shares, threshold }
    }
}

/// Where the front's answer is to go: to the operator, with the shares if it is a good one. If he has gone, the set is stored,
/// and `recovery remove` takes it away.
pub(crate) fn with_shares(
    operator: SyncSender<OperatorAnswer>,
    shares: Vec<ShareText>,
) -> SyncSender<OperatorAnswer> {
    with_added(operator, move |members| {
        let texts: Vec<&str> = shares.iter().map(ShareText::expose).collect();
        members.insert("ShareTexts".to_owned(), json!(texts));
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    fn answered(outcome: OperatorAnswer) -> OperatorAnswer {
        let (operator, told) = sync_channel(1);
        let shares = vec![ShareText::new("srshare1a".to_owned()), ShareText::new("srshare1b".to_owned())];
        with_shares(operator, shares).send(outcome).unwrap();
        told.recv().unwrap()
    }

    #[test]
    fn shares_join_a_good_answer_only() {
        let good = answered(Ok(json!({ "Set": "00" }))).unwrap();
        assert_eq!(good, json!({ "Set": "00", "ShareTexts": ["srshare1a", "srshare1b"] }));
        assert_eq!(answered(Err("no".to_owned())), Err("no".to_owned()));
    }
}
