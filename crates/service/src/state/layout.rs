//! The keys of records in the store (docs/on-disk-format.md): ASCII, parts joined by `/`.

use super::key_store::KeyStorePlace;
use strongroom_storage::{Key, KeyError, Prefix};
use strongroom_types::{
    AccountId, AliasArn, AliasName, GrantId, KeyArn, KeyId, KeyStoreId, Region, Timestamp,
};

/// `s/acct/<account>`
pub(crate) fn account(account: &AccountId) -> Result<Key, KeyError> {
    Key::new(format!("s/acct/{account}"))
}

/// `s/gone/<account>`: the account was deleted.
pub(crate) fn gone_account(account: &AccountId) -> Result<Key, KeyError> {
    Key::new(format!("s/gone/{account}"))
}

/// `s/acct/`: every account.
pub(crate) fn accounts_prefix() -> Result<Prefix, KeyError> {
    Prefix::new("s/acct/")
}

/// `s/key/<account>/`
pub(crate) fn keys_prefix(account: &AccountId) -> Result<Prefix, KeyError> {
    Prefix::new(format!("s/key/{account}/"))
}

/// `s/ak/`: every account's.
pub(crate) fn access_keys_prefix() -> Result<Prefix, KeyError> {
    Prefix::new("s/ak/")
}

fn key_path(arn: &KeyArn) -> String {
    format!("{}/{}/{}", arn.account, arn.region, arn.key)
}

/// `s/key/<account>/<region>/<key id>`
pub(crate) fn key(arn: &KeyArn) -> Result<Key, KeyError> {
    Key::new(format!("s/key/{}", key_path(arn)))
}

/// `s/pol/<account>/<region>/<key id>`
pub(crate) fn policy(arn: &KeyArn) -> Result<Key, KeyError> {
    Key::new(format!("s/pol/{}", key_path(arn)))
}

/// Whether a record is a key's policy.
pub(super) fn is_policy(key: &Key) -> bool {
    key.as_bytes().starts_with(b"s/pol/")
}

/// `s/bk/<account>/<region>/<key id>/<seq 8 hex>`
pub(crate) fn material(arn: &KeyArn, seq: u32) -> Result<Key, KeyError> {
    Key::new(format!("s/bk/{}/{seq:08x}", key_path(arn)))
}

/// `s/count/<account>/<region>/<key id>/<seq 8 hex>`
pub(crate) fn count(arn: &KeyArn, seq: u32) -> Result<Key, KeyError> {
    Key::new(format!("s/count/{}/{seq:08x}", key_path(arn)))
}

/// `s/alias/<account>/<region>/<name>`; the name keeps its `alias/` prefix.
pub(crate) fn alias(arn: &AliasArn) -> Result<Key, KeyError> {
    Key::new(format!("s/alias/{}/{}/{}", arn.account, arn.region, arn.alias))
}

/// `s/grant/<account>/<region>/<key id>/<grant id>`
pub(crate) fn grant(arn: &KeyArn, id: &GrantId) -> Result<Key, KeyError> {
    Key::new(format!("s/grant/{}/{id}", key_path(arn)))
}

/// `s/born/<account>/<region>/<key id>`
pub(crate) fn birth(arn: &KeyArn) -> Result<Key, KeyError> {
    Key::new(format!("s/born/{}", key_path(arn)))
}

/// `s/born/`: every account's.
pub(crate) fn births_prefix() -> Result<Prefix, KeyError> {
    Prefix::new("s/born/")
}

/// Whether a record notes a key that is on its way into a token.
pub(crate) fn is_birth(key: &Key) -> bool {
    key.as_bytes().starts_with(b"s/born/")
}

/// `s/store/<account>/<region>/<id>`
pub(crate) fn key_store(place: &KeyStorePlace) -> Result<Key, KeyError> {
    Key::new(format!("s/store/{}/{}/{}", place.account, place.region, place.id))
}

/// `s/store/`: every account's.
pub(crate) fn key_stores_prefix() -> Result<Prefix, KeyError> {
    Prefix::new("s/store/")
}

/// What an account's principals are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IamKind {
    User,
    Group,
    Role,
    /// A managed policy.
    Policy,
    /// An OpenID Connect identity provider; its name is the issuer without `https://`.
    Provider,
}

impl IamKind {
    const ALL: [Self; 5] = [Self::User, Self::Group, Self::Role, Self::Policy, Self::Provider];

    const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::Policy => "policy",
            Self::Provider => "oidc",
        }
    }
}

/// Where something of IAM lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IamPlace {
    pub(crate) account: AccountId,
    pub(crate) kind: IamKind,
    pub(crate) name: String,
}

/// `s/iam/<account>/`
pub(crate) fn iam_prefix(account: &AccountId) -> Result<Prefix, KeyError> {
    Prefix::new(format!("s/iam/{account}/"))
}

/// `s/iam/<account>/<kind>/<name>`
pub(crate) fn iam(account: &AccountId, kind: IamKind, name: &str) -> Result<Key, KeyError> {
    Key::new(format!("s/iam/{account}/{}/{name}", kind.word()))
}

/// `s/ak/<access key id>`
pub(crate) fn access_key(id: &str) -> Result<Key, KeyError> {
    Key::new(format!("s/ak/{id}"))
}

/// What has a last use.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Used {
    /// An access key of a user or root, by its id.
    AccessKey(String),
    /// A role, by its unique id: who gets the name later was never used.
    Role(String),
}

/// `s/mfa/<account>/<name>`
pub(crate) fn mfa_device(account: &AccountId, name: &str) -> Result<Key, KeyError> {
    Key::new(format!("s/mfa/{account}/{name}"))
}

/// `s/mfa/<account>/`
pub(crate) fn mfa_devices_prefix(account: &AccountId) -> Result<Prefix, KeyError> {
    Prefix::new(format!("s/mfa/{account}/"))
}

/// `s/mfa/`: every account's.
pub(crate) fn all_mfa_devices_prefix() -> Result<Prefix, KeyError> {
    Prefix::new("s/mfa/")
}

/// `s/use/ak/<access key id>`, `s/use/role/<unique id>`
pub(crate) fn last_use(used: &Used) -> Result<Key, KeyError> {
    match used {
        Used::AccessKey(id) => Key::new(format!("s/use/ak/{id}")),
        Used::Role(id) => Key::new(format!("s/use/role/{id}")),
    }
}

/// `s/used/<account>/<region>/<key id>`
pub(crate) fn key_use(arn: &KeyArn) -> Result<Key, KeyError> {
    Key::new(format!("s/used/{}", key_path(arn)))
}

/// `s/vault/keyring`
pub(crate) fn keyring() -> Result<Key, KeyError> {
    Key::new("s/vault/keyring")
}

/// `s/scrub`: there is something to be wiped from the store's file.
pub(crate) fn scrub() -> Result<Key, KeyError> {
    Key::new("s/scrub")
}

/// `s/restored`: the state was restored from a backup.
pub(crate) fn restored() -> Result<Key, KeyError> {
    Key::new("s/restored")
}

/// `s/bk/`: every account's.
pub(crate) fn materials_prefix() -> Result<Prefix, KeyError> {
    Prefix::new("s/bk/")
}

/// `s/clock`: the wall clock's high-water mark.
pub(crate) fn clock() -> Result<Key, KeyError> {
    Key::new("s/clock")
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DueKind {
    /// The key's waiting period ends.
    Delete,
    /// The key's material is rotated.
    Rotate,
}

impl DueKind {
    const fn word(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Rotate => "rotate",
        }
    }
}

/// `s/due/<unix time, 12 digits>/<kind>/<account>/<region>/<key id>`
pub(crate) fn due(at: Timestamp, kind: DueKind, arn: &KeyArn) -> Result<Key, KeyError> {
    Key::new(format!("s/due/{:012}/{}/{}", at.seconds(), kind.word(), key_path(arn)))
}

/// Whether the record under a key holds wrapped material, or a PIN that the vault sealed.
pub(crate) fn holds_wrapped(key: &Key) -> bool {
    let spaces: [&[u8]; 5] = [b"s/bk/", b"s/ak/", b"s/mfa/", b"s/vault/", b"s/store/"];
    spaces.iter().any(|space| key.as_bytes().starts_with(space))
}

/// What a key of the store names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Account(AccountId),
    GoneAccount(AccountId),
    Key(KeyArn),
    Policy(KeyArn),
    Material(KeyArn, u32),
    Count(KeyArn, u32),
    Alias(AliasArn),
    Grant(KeyArn, GrantId),
    KeyStore(KeyStorePlace),
    Birth(KeyArn),
    Iam(IamPlace),
    AccessKey(String),
    MfaDevice(AccountId, String),
    Use(Used),
    KeyUse(KeyArn),
    Keyring,
    Due(u64, DueKind, KeyArn),
    Clock,
    Scrub,
    Restored,
    /// Written and read by others: the head, the format.
    Other,
}

impl Place {
    /// Reads a key of the store; `None` if it is not one of the layout.
    pub(crate) fn parse(key: &Key) -> Option<Self> {
        let text = std::str::from_utf8(key.as_bytes()).ok()?;
        let mut parts = text.splitn(3, '/');
        let (space, kind, rest) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
        if space != "s" {
            return Some(Self::Other);
        }
        Some(match kind {
            "acct" => Self::Account(AccountId::parse(rest).ok()?),
            "gone" => Self::GoneAccount(AccountId::parse(rest).ok()?),
            "key" => Self::Key(key_arn(rest)?),
            "pol" => Self::Policy(key_arn(rest)?),
            "bk" => numbered(rest).map(|(arn, seq)| Self::Material(arn, seq))?,
            "count" => numbered(rest).map(|(arn, seq)| Self::Count(arn, seq))?,
            "alias" => Self::Alias(alias_arn(rest)?),
            "grant" => {
                let (path, id) = rest.rsplit_once('/')?;
                Self::Grant(key_arn(path)?, GrantId::parse(id).ok()?)
            }
            "store" => Self::KeyStore(key_store_place(rest)?),
            "born" => Self::Birth(key_arn(rest)?),
            "iam" => Self::Iam(iam_place(rest)?),
            "ak" => Self::AccessKey(rest.to_owned()),
            "mfa" => {
                let (account, name) = rest.split_once('/')?;
                Self::MfaDevice(AccountId::parse(account).ok()?, name.to_owned())
            }
            "use" => Self::Use(used(rest)?),
            "used" => Self::KeyUse(key_arn(rest)?),
            "vault" => Self::Keyring,
            "due" => due_place(rest)?,
            "clock" => Self::Clock,
            "scrub" => Self::Scrub,
            "restored" => Self::Restored,
            _ => Self::Other,
        })
    }
}

fn key_arn(path: &str) -> Option<KeyArn> {
    let mut parts = path.split('/');
    let account = AccountId::parse(parts.next()?).ok()?;
    let region = Region::parse(parts.next()?).ok()?;
    let key = KeyId::parse(parts.next()?).ok()?;
    parts.next().is_none().then_some(KeyArn { region, account, key })
}

fn numbered(rest: &str) -> Option<(KeyArn, u32)> {
    let (path, seq) = rest.rsplit_once('/')?;
    Some((key_arn(path)?, u32::from_str_radix(seq, 16).ok()?))
}

fn iam_place(rest: &str) -> Option<IamPlace> {
    let mut parts = rest.splitn(3, '/');
    let account = AccountId::parse(parts.next()?).ok()?;
    let word = parts.next()?;
    let kind = IamKind::ALL.into_iter().find(|kind| kind.word() == word)?;
    Some(IamPlace { account, kind, name: parts.next()?.to_owned() })
}

fn key_store_place(path: &str) -> Option<KeyStorePlace> {
    let mut parts = path.split('/');
    let account = AccountId::parse(parts.next()?).ok()?;
    let region = Region::parse(parts.next()?).ok()?;
    let id = KeyStoreId::parse(parts.next()?).ok()?;
    parts.next().is_none().then_some(KeyStorePlace { account, region, id })
}

fn used(rest: &str) -> Option<Used> {
    match rest.split_once('/')? {
        ("ak", id) => Some(Used::AccessKey(id.to_owned())),
        ("role", id) => Some(Used::Role(id.to_owned())),
        _ => None,
    }
}

fn alias_arn(path: &str) -> Option<AliasArn> {
    let mut parts = path.splitn(3, '/');
    let account = AccountId::parse(parts.next()?).ok()?;
    let region = Region::parse(parts.next()?).ok()?;
    let alias = AliasName::parse(parts.next()?).ok()?;
    Some(AliasArn { region, account, alias })
}

fn due_place(rest: &str) -> Option<Place> {
    let mut parts = rest.splitn(3, '/');
    let at = parts.next()?.parse().ok()?;
    let kind = match parts.next()? {
        "delete" => DueKind::Delete,
        "rotate" => DueKind::Rotate,
        _ => return None,
    };
    Some(Place::Due(at, kind, key_arn(parts.next()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_round_trip() {
        let account = AccountId::parse("111122223333").unwrap();
        let region = Region::parse("eu-west-1").unwrap();
        let arn =
            KeyArn { region: region.clone(), account: account.clone(), key: KeyId::from_random([7; 16]) };
        let alias_arn =
            AliasArn { region, account: account.clone(), alias: AliasName::parse("alias/a/b").unwrap() };
        let store = KeyStorePlace {
            account: account.clone(),
            region: arn.region.clone(),
            id: KeyStoreId::from_random([1; 16]),
        };
        let at = Timestamp::from_millis(1_700_000_000_000);
        let grant_id = GrantId::from_random([1; 32]);
        let iam_place = |kind, name: &str| IamPlace { account: account.clone(), kind, name: name.to_owned() };
        let cases = [
            (super::account(&account), Place::Account(account.clone())),
            (gone_account(&account), Place::GoneAccount(account.clone())),
            (super::key(&arn), Place::Key(arn.clone())),
            (policy(&arn), Place::Policy(arn.clone())),
            (material(&arn, 3), Place::Material(arn.clone(), 3)),
            (count(&arn, 3), Place::Count(arn.clone(), 3)),
            (alias(&alias_arn), Place::Alias(alias_arn)),
            (grant(&arn, &grant_id), Place::Grant(arn.clone(), grant_id.clone())),
            (key_store(&store), Place::KeyStore(store)),
            (birth(&arn), Place::Birth(arn.clone())),
            (iam(&account, IamKind::User, "alice"), Place::Iam(iam_place(IamKind::User, "alice"))),
            (
                iam(&account, IamKind::Provider, "idp.example/a"),
                Place::Iam(iam_place(IamKind::Provider, "idp.example/a")),
            ),
            (access_key("AKIA1"), Place::AccessKey("AKIA1".to_owned())),
            (mfa_device(&account, "phone"), Place::MfaDevice(account.clone(), "phone".to_owned())),
            (last_use(&Used::AccessKey("AKIA1".to_owned())), Place::Use(Used::AccessKey("AKIA1".to_owned()))),
            (last_use(&Used::Role("AROA1".to_owned())), Place::Use(Used::Role("AROA1".to_owned()))),
            (key_use(&arn), Place::KeyUse(arn.clone())),
            (keyring(), Place::Keyring),
            (due(at, DueKind::Delete, &arn), Place::Due(1_700_000_000, DueKind::Delete, arn)),
            (clock(), Place::Clock),
            (scrub(), Place::Scrub),
            (restored(), Place::Restored),
        ];
        for (key, place) in cases {
            assert_eq!(Place::parse(&key.unwrap()), Some(place));
        }
    }
}
