//! Which KMS key may wrap a store's branch keys: the specification's "AWS KMS Configuration", and one of our own. Without it, who
//! can write records would choose.

use crate::keyring::KmsKeyArn;
use crate::keyring::arn::{is_account, is_region};

/// Which KMS key may wrap a store's branch keys, and under which it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreKey {
    /// This one (`kmsKeyArn`).
    Only(KmsKeyArn),
    /// This one, also for records that name the same multi-Region key in another Region; it is called here all the same
    /// (`kmsMRKeyArn`).
    Related(KmsKeyArn),
    /// Any that a record names and that belongs to this account (twelve digits). No branch key is made under it. This is ours,
    /// not the specification's.
    InAccount(String),
    /// Any that a record names (`discovery`, `mrDiscovery`). No branch key is made under it and none gets a new version.
    Discovered(Discovery),
}

/// Which of the KMS keys that records name are used; all of them unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    region: Option<String>,
    account: Option<String>,
}

impl Discovery {
    /// Multi-Region keys are called in this Region instead of the one that the record names; `None` if it is no Region's name.
    pub fn in_region(self, region: &str) -> Option<Self> {
        is_region(region).then(|| Self { region: Some(region.to_owned()), ..self })
    }

    /// Only keys of this account; `None` if it is not twelve digits, or if an account was said before: neither of two would
    /// be what was meant.
    pub fn in_account(self, account: &str) -> Option<Self> {
        let may_be_said = self.account.is_none() && is_account(account);
        may_be_said.then(|| Self { account: Some(account.to_owned()), ..self })
    }

    fn called(&self, named: KmsKeyArn) -> Option<KmsKeyArn> {
        if self.account.as_deref().is_some_and(|account| account != named.account()) {
            return None;
        }
        match &self.region {
            Some(region) if named.is_multi_region() => named.in_region(region),
            _ => Some(named),
        }
    }
}

impl StoreKey {
    /// The KMS key that is called for a record that names this one; `None` if it must not be.
    pub(super) fn called(&self, kms_arn: &str) -> Option<KmsKeyArn> {
        let named = KmsKeyArn::parse(kms_arn)?;
        match self {
            Self::Only(key) => (*key == named).then_some(named),
            Self::Related(key) => key.is_related(&named).then(|| key.clone()),
            Self::InAccount(account) => (named.account() == account).then_some(named),
            Self::Discovered(discovery) => discovery.called(named),
        }
    }

    /// The KMS key that new branch keys are made under.
    pub(super) fn making(&self) -> Option<&KmsKeyArn> {
        match self {
            Self::Only(key) | Self::Related(key) => Some(key),
            Self::InAccount(_) | Self::Discovered(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINGLE: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234";
    const HERE: &str = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234";
    const THERE: &str = "arn:aws:kms:us-east-1:111122223333:key/mrk-1234";

    fn arn(text: &str) -> KmsKeyArn {
        KmsKeyArn::parse(text).unwrap()
    }

    fn called(key: &StoreKey, named: &str) -> Option<String> {
        key.called(named).map(|arn| arn.to_string())
    }

    #[test]
    fn the_named_key_is_called_and_its_replicas_only_where_that_is_said() {
        for (key, named, expected) in [
            (StoreKey::Only(arn(HERE)), HERE, Some(HERE)),
            (StoreKey::Only(arn(HERE)), THERE, None),
            (StoreKey::Related(arn(HERE)), HERE, Some(HERE)),
            (StoreKey::Related(arn(HERE)), THERE, Some(HERE)),
            (StoreKey::Related(arn(SINGLE)), SINGLE, Some(SINGLE)),
            (StoreKey::Related(arn(SINGLE)), "arn:aws:kms:us-east-1:111122223333:key/1234", None),
            (StoreKey::Related(arn(HERE)), "arn:aws:kms:us-east-1:444455556666:key/mrk-1234", None),
            (StoreKey::Related(arn(HERE)), "arn:aws:kms:us-east-1:111122223333:alias/mrk-1234", None),
        ] {
            assert_eq!(called(&key, named).as_deref(), expected, "{key:?} for {named}");
        }
    }

    #[test]
    fn discovery_calls_what_is_named_and_replaces_the_region_of_multi_region_keys() {
        let any = StoreKey::Discovered(Discovery::default());
        let moved = StoreKey::Discovered(Discovery::default().in_region("us-east-1").unwrap());
        for (key, named, expected) in [
            (&any, SINGLE, Some(SINGLE)),
            (&any, HERE, Some(HERE)),
            (&moved, SINGLE, Some(SINGLE)),
            (&moved, HERE, Some(THERE)),
            (&moved, THERE, Some(THERE)),
            (&any, "arn:aws:kms:eu-west-1:111122223333:alias/a", None),
            (&any, "1234", None),
        ] {
            assert_eq!(called(key, named).as_deref(), expected, "{key:?} for {named}");
        }
    }

    #[test]
    fn discovery_keeps_to_an_account_where_one_is_said() {
        let own = Discovery::default().in_account("111122223333").unwrap();
        let own = [own.clone(), own.in_region("us-east-1").unwrap()].map(StoreKey::Discovered);
        let other = THERE.replace("111122223333", "444455556666");
        for key in &own {
            assert!(called(key, THERE).is_some());
            assert_eq!(called(key, &other), None);
        }
        assert!(called(&StoreKey::Discovered(Discovery::default()), &other).is_some());
        for bad in ["", "11112222333", "1111222233334", "11112222333x"] {
            assert_eq!(Discovery::default().in_account(bad), None, "{bad}");
        }
        let said = Discovery::default().in_account("111122223333").unwrap();
        assert_eq!(said.in_account("444455556666"), None, "a second account in the place of the first");
        for bad in ["", "eu west", "eu/1"] {
            assert_eq!(Discovery::default().in_region(bad), None, "{bad}");
        }
    }

    #[test]
    fn branch_keys_are_made_under_a_named_key_only() {
        for key in [StoreKey::Only(arn(HERE)), StoreKey::Related(arn(HERE))] {
            assert_eq!(key.making(), Some(&arn(HERE)));
        }
        for key in [StoreKey::InAccount("111122223333".into()), StoreKey::Discovered(Discovery::default())] {
            assert_eq!(key.making(), None);
        }
    }
}
