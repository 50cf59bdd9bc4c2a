//! What policies, grants and request-rate quotas cost a GenerateDataKey: a user and a key of its own for each kind of
//! evidence, taking turns.

use crate::admin::Admin;
use crate::cpu::ProcessTree;
use crate::load::{self, CONNECTIONS, Measured};
use crate::machine::{self, Cores};
use crate::report;
use crate::service::{AccessKey, Service};
use crate::wire::Target;
use crate::workload::{REQUESTS, signed};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::Path;

/// The account of everybody here.
const ACCOUNT: &str = "000000000000";

/// Statements of the long key policy.
const KEY_STATEMENTS: usize = 20;

/// Statements of the long identity policies, and of each managed policy that they are spread over.
const IDENTITY_STATEMENTS: usize = 100;
const STATEMENTS_OF_A_POLICY: usize = 20;

/// Grants on the keys that the users use by one of them; 50,000 are as many as a key can have.
const GRANTS: [(usize, Whose, &str); 5] = [
    (1, Whose::One, "1 grant on the key, the user's"),
    (10_000, Whose::One, "10,000 grants on the key, one the user's"),
    (50_000, Whose::One, "50,000 grants on the key, one the user's"),
    (50_000, Whose::All, "50,000 grants on the key, all the user's"),
    (50_000, Whose::AllAlike, "the same, constraints that all begin alike"),
];

/// Which of the grants on a key are the user's.
#[derive(Clone, Copy)]
enum Whose {
    One,
    /// Each for one object.
    All,
    /// The same, and each has one pair in common with the others that comes first.
    AllAlike,
}

/// The pair that every request has in its encryption context.
const COMMON: (&str, &str) = ("app", "bench");

/// Grants that are asked for by requests signed at one time: signatures are good for five minutes.
const GRANTS_AT_ONCE: usize = 5_000;

/// Calls a second that nobody reaches: the most that can be set.
const QUOTA_NEVER_REACHED: u32 = 1_000_000;

const QUOTA_ROW: &str = "the same, with quotas that are never reached";

/// What every call is counted by when there are quotas.
const QUOTA_SCOPES: [&str; 3] = ["account", "principal", "key"];

/// One kind of evidence.
struct Row {
    name: &'static str,
    user: AccessKey,
    key: String,
    /// Calls a second that the quotas of every scope allow; 0 for none.
    quota: u32,
    measured: Vec<Measured>,
}

impl Row {
    fn new(name: &'static str, user: AccessKey, key: String) -> Self {
        Self { name, user, key, quota: 0, measured: Vec::new() }
    }
}

/// Measures and prints.
pub(crate) fn run(binary: &Path, rounds: usize, seconds: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cores = Cores::part()?;
    let service = cores.on_server_core(|| Service::start(binary, folder.path()))?;
    let target = Target { address: service.plain, tls: None };
    let admin = Admin { root: service.root()?, target: &target };
    let mut rows = vec![default_policy(&service, &admin, "default")?];
    rows.push(Row {
        name: QUOTA_ROW,
        quota: QUOTA_NEVER_REACHED,
        ..default_policy(&service, &admin, "counted")?
    });
    rows.push(long_key_policy(&service, &admin)?);
    rows.push(long_identity_policies(&service, &admin)?);
    for (count, whose, name) in GRANTS {
        rows.push(match whose {
            Whose::One => grants(&service, &admin, count, name)?,
            Whose::All => grants_of_the_user(&service, &admin, count, false, name)?,
            Whose::AllAlike => grants_of_the_user(&service, &admin, count, true, name)?,
        });
    }
    for round in 0..rounds {
        let mut order: Vec<&mut Row> = rows.iter_mut().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for row in order {
            for scope in QUOTA_SCOPES {
                service.set_quota_per(scope, row.quota)?;
            }
            let pool = requests(row, &target)?;
            row.measured.push(load::measure(&target, pool, &ProcessTree::new(service.pid()), seconds)?);
        }
    }
    print(&cores, rounds, seconds, &rows);
    Ok(())
}

fn default_policy(service: &Service, admin: &Admin<'_>, name: &str) -> Result<Row> {
    let user = service.create_user(name)?;
    admin.put_user_policy(name, &document(&[everything()]))?;
    Ok(Row::new("default key policy, one statement for the user", user, admin.create_key(None)?))
}

/// The last statement delegates to the account, the others are about other accounts.
fn long_key_policy(service: &Service, admin: &Admin<'_>) -> Result<Row> {
    let user = service.create_user("long")?;
    admin.put_user_policy("long", &document(&[everything()]))?;
    let other = |number: usize| {
        let principal = json!({ "AWS": format!("{number:012}") });
        let actions = ["kms:GenerateDataKey", "kms:De*"];
        json!({ "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*" })
    };
    let mut statements: Vec<Value> = (1..KEY_STATEMENTS).map(other).collect();
    let root = json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") });
    statements.push(json!({ "Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*" }));
    Ok(Row::new("key policy of 20 statements", user, admin.create_key(Some(&document(&statements)))?))
}

/// In managed policies, for an inline policy has not the room. The last statement allows, the conditions of the others
/// do not hold.
fn long_identity_policies(service: &Service, admin: &Admin<'_>) -> Result<Row> {
    let user = service.create_user("conditions")?;
    let statement = |number: usize| {
        let tenants = if number + 1 == IDENTITY_STATEMENTS { ["a*", "tenant-*"] } else { ["a*", "pay*"] };
        let condition = json!({
            "StringLike": { "kms:EncryptionContext:tenant": tenants },
            "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:user/admin/*" },
        });
        let actions = ["kms:GenerateDataKey", "kms:De*"];
        json!({ "Effect": "Allow", "Action": actions, "Resource": "*", "Condition": condition })
    };
    let statements: Vec<Value> = (0..IDENTITY_STATEMENTS).map(statement).collect();
    for (number, part) in statements.chunks(STATEMENTS_OF_A_POLICY).enumerate() {
        let (name, text) = (format!("part-{number}"), document(part).to_string());
        admin.iam("CreatePolicy", &[("PolicyName", &name), ("PolicyDocument", &text)])?;
        let arn = format!("arn:aws:iam::{ACCOUNT}:policy/{name}");
        admin.iam("AttachUserPolicy", &[("UserName", "conditions"), ("PolicyArn", &arn)])?;
    }
    Ok(Row::new("100 statements with conditions for the user", user, admin.create_key(None)?))
}

/// One of them is the user's, who has nothing else. Federated users need not exist to be given a grant.
fn grants(service: &Service, admin: &Admin<'_>, count: usize, name: &'static str) -> Result<Row> {
    let user_name = format!("granted-{count}");
    let user = service.create_user(&user_name)?;
    let key = admin.create_key(None)?;
    let grant = |grantee: String| json!({ "KeyId": key, "GranteePrincipal": grantee, "Operations": ["GenerateDataKey", "Decrypt"] });
    let others = (1..count).map(|number| format!("arn:aws:sts::{ACCOUNT}:federated-user/grantee-{number}"));
    let users = std::iter::once(format!("arn:aws:iam::{ACCOUNT}:user/{user_name}"));
    create_grants(admin, &others.chain(users).map(grant).collect::<Vec<Value>>())?;
    Ok(Row::new(name, user, key))
}

/// All of them are the user's, each for one object; a request needs the one of its own.
fn grants_of_the_user(
    service: &Service,
    admin: &Admin<'_>,
    count: usize,
    alike: bool,
    name: &'static str,
) -> Result<Row> {
    let user_name = format!("granted-all-{count}{}", if alike { "-alike" } else { "" });
    let user = service.create_user(&user_name)?;
    let key = admin.create_key(None)?;
    let grant = |number: usize| {
        let mut pairs = json!({ "object": format!("object-{number}") });
        if alike {
            pairs[COMMON.0] = json!(COMMON.1);
        }
        let constraint = json!({ "EncryptionContextSubset": pairs });
        json!({
            "KeyId": key, "GranteePrincipal": format!("arn:aws:iam::{ACCOUNT}:user/{user_name}"),
            "Operations": ["GenerateDataKey", "Decrypt"], "Constraints": constraint,
        })
    };
    create_grants(admin, &(0..count).map(grant).collect::<Vec<Value>>())?;
    Ok(Row::new(name, user, key))
}

fn create_grants(admin: &Admin<'_>, inputs: &[Value]) -> Result<()> {
    for inputs in inputs.chunks(GRANTS_AT_ONCE) {
        admin.kms("CreateGrant", inputs).context("the grants")?;
    }
    Ok(())
}

fn everything() -> Value {
    json!({ "Effect": "Allow", "Action": "kms:*", "Resource": "*" })
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn requests(row: &Row, target: &Target) -> Result<Vec<Vec<u8>>> {
    let request = |number: usize| {
        let (tenant, object) = (format!("tenant-{}", number % 1_000), format!("object-{number}"));
        let context = json!({ (COMMON.0): COMMON.1, "tenant": tenant, "object": object });
        let input = json!({ "KeyId": row.key, "KeySpec": "AES_256", "EncryptionContext": context });
        signed(&row.user, "GenerateDataKey", &input, target)
    };
    (0..REQUESTS).map(request).collect()
}

fn print(cores: &Cores, rounds: usize, seconds: u64, rows: &[Row]) {
    println!("machine: {}; {}", machine::description(), cores.text());
    println!(
        "GenerateDataKey over plain HTTP, {CONNECTIONS} kept connections, one user and one key a row, {REQUESTS} \
         different signed requests; {rounds} rounds of {seconds} s, taking turns"
    );
    println!("rate and CPU are beside the first row's of the same round: median [lowest-highest]");
    println!("{:<46} {:>8} {:>8}  {:<18} {:<18}", "", "req/s", "CPU us", "rate", "CPU");
    let Some(first) = rows.first() else { return };
    for row in rows {
        let median = |value: fn(&Measured) -> f64| report::median(row.measured.iter().map(value));
        let ratio = |value: fn(&Measured) -> f64| {
            report::spread(
                row.measured.iter().zip(&first.measured).map(|(ours, base)| value(ours) / value(base)),
            )
        };
        println!(
            "{:<46} {:>8.0} {:>8.1}  {:<18} {:<18}",
            row.name,
            median(|m| m.requests_per_second),
            median(|m| m.cpu_us),
            ratio(|m| m.requests_per_second),
            ratio(|m| m.cpu_us)
        );
    }
}
