//! Random contexts of requests: what an action has, and now and then what it does not have.

use super::rng::Rng;
use super::world;
use crate::case::{AttestationData, Case, Facts, KeyData, On, Pairs, RequestData, WebIdentityData, Who};
use crate::oracle::keys;

pub(crate) const TAG_KEYS: [&str; 3] = ["Dept", "owner", "env"];
pub(crate) const VALUES: [&str; 9] =
    ["alice", "prod", "a*b", "", "x:y", "Team", "\u{c9}t\u{e9}", "a?${x}", "*"];
pub(crate) const NOW: u64 = 1_795_000_000;

/// Fills the context of a case whose caller, action and resource are chosen.
pub(crate) fn fill(rng: &mut Rng, case: &mut Case) {
    let mut facts = Facts::default();
    session(rng, &mut facts, &case.caller);
    surroundings(rng, &mut facts);
    if matches!(case.on, On::Key(_)) || case.action == "kms:CreateKey" {
        let mut key = key(rng);
        if matches!(case.on, On::Nothing) {
            // The key that CreateKey asks for has no aliases yet.
            key.aliases.clear();
        }
        facts.key = Some(key);
    }
    if !matches!(case.on, On::Nothing) {
        facts.resource_tags = rng.chance(60).then(|| pairs(rng));
    }
    facts.request = request(rng, &case.action);
    case.facts = facts;
}

fn session(rng: &mut Rng, facts: &mut Facts, caller: &Who) {
    facts.principal_tags = rng.chance(60).then(|| pairs(rng));
    if matches!(caller, Who::RoleSession { .. } | Who::FederatedUser { .. }) || rng.chance(20) {
        facts.token_issue_time = Some(NOW - rng.below(100_000) as u64);
        facts.mfa_present = rng.chance(60).then(|| rng.chance(50));
        facts.mfa_age_s = rng.chance(40).then(|| rng.below(4000) as u64);
        facts.federated_provider = rng.maybe(30, &world::PROVIDERS);
        facts.source_identity = rng.maybe(30, &VALUES);
        facts.web_identity = rng.chance(15).then(|| web_identity(rng));
    }
}

/// The claims of a token.
pub(crate) fn web_identity(rng: &mut Rng) -> WebIdentityData {
    let mut token = WebIdentityData {
        issuer: rng.word(&["idp.example.com", "accounts.google.com"]),
        audience: rng.word(&["app", "sts.amazonaws.com"]),
        subject: rng.word(&["repo:me/x:ref", "user-1"]),
        ..WebIdentityData::default()
    };
    if rng.chance(60) {
        token.claims.insert("amr".to_owned(), vec!["authenticated".to_owned(), "mfa".to_owned()]);
    }
    if rng.chance(40) {
        token.claims.insert("email".to_owned(), vec![rng.word(&VALUES)]);
    }
    token
}

fn surroundings(rng: &mut Rng, facts: &mut Facts) {
    facts.now = NOW + rng.below(100_000) as u64;
    facts.source_ip = rng.maybe(90, &["192.0.2.17", "10.1.2.3", "2001:db8::1", "203.0.113.255"]);
    facts.secure_transport = rng.chance(70);
    facts.user_agent = rng.maybe(50, &["aws-cli/2", "Boto3/1.40"]);
    facts.referer = rng.maybe(30, &["https://example.com/", ""]);
    facts.vpc_source_ip = rng.maybe(30, &["10.1.2.3", "10.9.9.9"]);
    facts.source_vpc = rng.maybe(30, &["vpc-1", "vpc-2"]);
    facts.source_vpce = rng.maybe(30, &["vpce-1", "vpce-2"]);
    facts.region = rng.maybe(90, &["us-east-1", "eu-west-1"]);
    if rng.chance(30) {
        facts.via_service = rng.maybe(80, &["s3.us-east-1.amazonaws.com", "ebs.us-east-1.amazonaws.com"]);
        facts.via_aws_service = rng.chance(80);
        facts.called_via = world::SERVICES[..rng.below(3)].iter().map(|s| (*s).to_owned()).collect();
        facts.source_arn =
            rng.maybe(70, &["arn:aws:s3:::bucket", "arn:aws:logs:us-east-1:111122223333:log-group:g"]);
        facts.source_account = rng.maybe(60, &world::ACCOUNTS);
    }
}

fn key(rng: &mut Rng) -> KeyData {
    let multi_region = rng.chance(30);
    KeyData {
        spec: rng.word(&["SYMMETRIC_DEFAULT", "RSA_2048", "HMAC_256"]),
        usage: rng.word(&["ENCRYPT_DECRYPT", "SIGN_VERIFY"]),
        origin: rng.word(&["AWS_KMS", "EXTERNAL"]),
        multi_region,
        multi_region_key_type: if multi_region { rng.maybe(90, &["PRIMARY", "REPLICA"]) } else { None },
        aliases: ["alias/app", "alias/Prod/db"][..rng.below(3)].iter().map(|a| (*a).to_owned()).collect(),
    }
}

/// Some tags, or pairs of an encryption context; now and then two that differ in case only.
pub(crate) fn pairs(rng: &mut Rng) -> Pairs {
    let mut all = Pairs::new();
    for _ in 0..rng.below(4) {
        all.insert(rng.word(&TAG_KEYS), rng.word(&VALUES));
    }
    if rng.chance(5) {
        all.insert("dept".to_owned(), rng.word(&VALUES));
    }
    all
}

fn request(rng: &mut Rng, action: &str) -> RequestData {
    let stray = rng.chance(15);
    let has =
        |rng: &mut Rng, key: &str| (stray || keys::applies(&key.to_lowercase(), action)) && rng.chance(75);
    let mut r = RequestData::default();
    let text =
        |rng: &mut Rng, key: &str, list: &[&str]| if has(rng, key) { Some(rng.word(list)) } else { None };
    r.alias = text(rng, "kms:RequestAlias", &["alias/app", "alias/Prod/db"]);
    r.encryption_algorithm =
        text(rng, "kms:EncryptionAlgorithm", &["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256"]);
    r.signing_algorithm = text(rng, "kms:SigningAlgorithm", &["RSASSA_PSS_SHA_256", "ECDSA_SHA_256"]);
    r.message_type = text(rng, "kms:MessageType", &["RAW", "DIGEST"]);
    r.mac_algorithm = text(rng, "kms:MacAlgorithm", &["HMAC_SHA_256", "HMAC_SHA_512"]);
    r.key_agreement_algorithm = text(rng, "kms:KeyAgreementAlgorithm", &["ECDH"]);
    r.data_key_pair_spec = text(rng, "kms:DataKeyPairSpec", &["RSA_2048", "ECC_NIST_P256"]);
    r.policy_name = text(rng, "kms:PolicyName", &["default"]);
    r.expiration_model =
        text(rng, "kms:ExpirationModel", &["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"]);
    r.wrapping_algorithm =
        text(rng, "kms:WrappingAlgorithm", &["RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256"]);
    r.wrapping_key_spec = text(rng, "kms:WrappingKeySpec", &["RSA_2048", "RSA_4096"]);
    r.replica_region = text(rng, "kms:ReplicaRegion", &["eu-west-1", "us-west-2"]);
    r.primary_region = text(rng, "kms:PrimaryRegion", &["eu-west-1", "us-west-2"]);
    let managed = ["arn:aws:iam::111122223333:policy/limit", "arn:aws:iam::aws:policy/AdministratorAccess"];
    r.permissions_boundary = text(rng, "iam:PermissionsBoundary", &managed);
    r.policy_arn = text(rng, "iam:PolicyARN", &managed);
    let flag = |rng: &mut Rng, key: &str| if has(rng, key) { Some(rng.chance(50)) } else { None };
    r.reencrypt_on_same_key = flag(rng, "kms:ReEncryptOnSameKey");
    r.grant_is_for_aws_resource = flag(rng, "kms:GrantIsForAWSResource");
    r.bypass_policy_lockout_safety_check = flag(rng, "kms:BypassPolicyLockoutSafetyCheck");
    let days = |rng: &mut Rng, key: &str| if has(rng, key) { Some(7 + rng.below(24) as u32) } else { None };
    r.rotation_period_days = days(rng, "kms:RotationPeriodInDays");
    r.pending_window_days = days(rng, "kms:ScheduleKeyDeletionPendingWindowInDays");
    r.trailing_days_without_usage = days(rng, "kms:TrailingDaysWithoutKeyUsage");
    r.valid_to = days(rng, "kms:ValidTo").map(|days| NOW + 86_400 * u64::from(days));
    if has(rng, "kms:EncryptionContext:") {
        r.encryption_context = Some(pairs(rng));
    }
    if has(rng, "aws:RequestTag/") {
        r.tags = Some(pairs(rng));
    }
    if action == "kms:UntagResource" || stray {
        r.tag_keys = TAG_KEYS[..rng.below(4)].iter().map(|key| (*key).to_owned()).collect();
    }
    if has(rng, "kms:RecipientAttestation:ImageSha384") {
        r.attestation = Some(attestation(rng));
    }
    r
}

fn attestation(rng: &mut Rng) -> AttestationData {
    AttestationData {
        image_sha384: rng.maybe(80, &["ab12", "cd34"]),
        pcrs: [(0, "aa00"), (31, "bb31")][..rng.below(3)]
            .iter()
            .map(|(n, v)| (*n, (*v).to_owned()))
            .collect(),
        nitro_tpm_pcrs: [(4, "aa04"), (23, "bb23")][..rng.below(3)]
            .iter()
            .map(|(n, v)| (*n, (*v).to_owned()))
            .collect(),
    }
}
