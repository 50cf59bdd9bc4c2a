//! One checker for each pattern of the service model; `model/overlay.toml` says which is which.

fn all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
}

fn word_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// `[0-9]{12}`
pub(crate) fn account(text: &str) -> bool {
    text.len() == 12 && all(text, |b| b.is_ascii_digit())
}

/// `^[a-zA-Z0-9:/_-]+$`
pub(crate) fn name(text: &str) -> bool {
    all(text, |b| word_byte(b) || b":/-".contains(&b))
}

/// `^[a-f0-9]+$`
pub(crate) fn lower_hex(text: &str) -> bool {
    all(text, |b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// `cluster-[2-7a-zA-Z]{11,16}`
pub(crate) fn cloud_hsm_cluster(text: &str) -> bool {
    let tail = text.strip_prefix("cluster-").unwrap_or_default();
    (11..=16).contains(&tail.len()) && all(tail, |b| b.is_ascii_alphabetic() || matches!(b, b'2'..=b'7'))
}

/// `^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$`
pub(crate) fn source_arn(text: &str) -> bool {
    let lower = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, owner, rest] = parts.as_slice() else { return false };
    *arn == "arn"
        && partition.starts_with("aws")
        && lower(partition)
        && !service.is_empty()
        && lower(service)
        && lower(region)
        && account(owner)
        && !rest.is_empty()
        && !rest.contains('\n')
}

/// `^[a-zA-Z0-9:/_\s.-]+$`
pub(crate) fn description(text: &str) -> bool {
    all(text, |b| word_byte(b) || b":/.-".contains(&b) || b.is_ascii_whitespace() || b == 0x0b)
}

/// `[\u0020-\u00FF]*`
pub(crate) fn latin_1(text: &str) -> bool {
    text.chars().all(|c| ('\u{20}'..='\u{ff}').contains(&c))
}

/// `[\w]+`
pub(crate) fn word(text: &str) -> bool {
    all(text, word_byte)
}

/// `[\u0009\u000A\u000D\u0020-\u00FF]+`
pub(crate) fn policy_text(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'))
}

/// `^[\w+=,.@:/-]+$`
pub(crate) fn principal(text: &str) -> bool {
    all(text, |b| word_byte(b) || b"+=,.@:/-".contains(&b))
}

/// `^([a-z]+-){2,3}\d+$`
pub(crate) fn region(text: &str) -> bool {
    strongroom_types::Region::parse(text).is_ok()
}

/// Three or more labels of letters, digits and hyphens.
pub(crate) fn service_principal(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    labels.len() >= 3 && labels.iter().all(|label| all(label, |b| b.is_ascii_alphanumeric() || b == b'-'))
}

/// `^[a-zA-Z0-9-_.]+$`
pub(crate) fn xks_key_id(text: &str) -> bool {
    all(text, |b| word_byte(b) || b"-.".contains(&b))
}

/// `^[A-Z2-7]+$`
pub(crate) fn base32(text: &str) -> bool {
    all(text, |b| b.is_ascii_uppercase() || matches!(b, b'2'..=b'7'))
}

/// `^[a-zA-Z0-9\/+=]+$`
pub(crate) fn base64(text: &str) -> bool {
    all(text, |b| b.is_ascii_alphanumeric() || b"/+=".contains(&b))
}

/// `^https://[a-zA-Z0-9.-]+$`
pub(crate) fn xks_endpoint(text: &str) -> bool {
    text.strip_prefix("https://")
        .is_some_and(|host| all(host, |b| b.is_ascii_alphanumeric() || b".-".contains(&b)))
}

/// A path of letters, digits, `/`, `_` and `-` that ends in `/kms/xks/v` and one or two digits.
pub(crate) fn xks_path(text: &str) -> bool {
    let Some((prefix, version)) = text.rsplit_once("/kms/xks/v") else { return false };
    let prefix_fits = prefix.is_empty()
        || (prefix.len() > 1
            && prefix.starts_with('/')
            && all(prefix, |b| word_byte(b) || b"/-".contains(&b)));
    prefix_fits && (1..=2).contains(&version.len()) && all(version, |b| b.is_ascii_digit())
}

/// `^(com|eu)\.amazonaws\.vpce\.REGION\.vpce-svc-[0-9a-z]+$`
pub(crate) fn vpc_endpoint_service(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let [top, "amazonaws", "vpce", place, service] = parts.as_slice() else { return false };
    let id = service.strip_prefix("vpce-svc-").unwrap_or_default();
    matches!(*top, "com" | "eu") && region(place) && all(id, |b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// `[\w+=,.@-]+`
pub(crate) fn entity_name(text: &str) -> bool {
    !text.is_empty() && entity_name_or_empty(text)
}

/// `[\w+=,.@-]*`
pub(crate) fn entity_name_or_empty(text: &str) -> bool {
    text.bytes().all(|b| word_byte(b) || b"+=,.@-".contains(&b))
}

/// `[\w]*`
pub(crate) fn word_or_empty(text: &str) -> bool {
    text.bytes().all(word_byte)
}

/// `[\d]*`
pub(crate) fn digits_or_empty(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// `[\w+=,.@:\/-]*`
pub(crate) fn external_id(text: &str) -> bool {
    text.bytes().all(|b| word_byte(b) || b"+=,.@:/-".contains(&b))
}

/// `[\u0020-\u00FF]+`
pub(crate) fn marker(text: &str) -> bool {
    !text.is_empty() && latin_1(text)
}

/// `\u002F[\u0021-\u007F]*`
pub(crate) fn path_prefix(text: &str) -> bool {
    text.strip_prefix('/').is_some_and(|rest| rest.bytes().all(|b| (0x21..=0x7f).contains(&b)))
}

/// `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`
pub(crate) fn path(text: &str) -> bool {
    let middle = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    text == "/" || middle.is_some_and(|middle| all(middle, |b| b.is_ascii_graphic()))
}

/// `((/[A-Za-z0-9\.,\+@=_-]+)*)/`
pub(crate) fn policy_path(text: &str) -> bool {
    let Some(middle) = text.strip_suffix('/') else { return false };
    let part = |part: &str| all(part, |b| word_byte(b) || b".,+@=-".contains(&b));
    middle.is_empty() || middle.strip_prefix('/').is_some_and(|rest| rest.split('/').all(part))
}

/// `v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`
pub(crate) fn policy_version(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else { return false };
    let (number, label) = rest.split_once('.').unwrap_or((rest, ""));
    !number.starts_with('0')
        && all(number, |b| b.is_ascii_digit())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`
pub(crate) fn role_description(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{a1}'..='\u{ff}'))
}

/// `^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`
pub(crate) fn account_alias(text: &str) -> bool {
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (3..=63).contains(&text.len()) && text.split('-').all(|part| all(part, lower))
}

/// `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`: what XML can carry.
pub(crate) fn arn_text(text: &str) -> bool {
    let fits = |c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    !text.is_empty() && text.chars().all(fits)
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`
pub(crate) fn tag_key(text: &str) -> bool {
    !text.is_empty() && tag_value(text)
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`. For letters the standard library has Unicode's Alphabetic, which adds the vowel
/// signs of Indic scripts and the like to `\p{L}`.
pub(crate) fn tag_value(text: &str) -> bool {
    text.chars().all(|c| c.is_alphabetic() || c.is_numeric() || is_separator(c) || "_.:/=+-@".contains(c))
}

/// `\p{Z}`
fn is_separator(c: char) -> bool {
    let space = matches!(
        c,
        ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    );
    space || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(checker: fn(&str) -> bool, good: &str, bad: &str) {
        assert!(checker(good), "{good}");
        assert!(!checker(bad), "{bad}");
    }

    #[test]
    fn patterns_take_and_refuse() {
        check(account, "000000000000", "00000000000");
        check(name, "alias/a:b_c-d", "alias/a b");
        check(lower_hex, "0af", "0AF");
        check(cloud_hsm_cluster, "cluster-abcdefgh234", "cluster-abcdefgh189");
        check(source_arn, "arn:aws:s3:us-east-1:111122223333:x", "arn:aws:s3");
        check(latin_1, "", "\u{100}");
        check(policy_text, "{}\n", "\u{1}");
        check(principal, "arn:aws:iam::111122223333:user/a", "a b");
        check(service_principal, "logs.us-east-1.amazonaws.com", "logs.com");
        check(xks_path, "/a/kms/xks/v1", "/kms/xks/v123");
        check(xks_endpoint, "https://a.b", "http://a.b");
        let service = "com.amazonaws.vpce.us-east-1.vpce-svc-0a";
        check(vpc_endpoint_service, service, "com.amazonaws.vpce.us.vpce-svc-0a");
    }

    fn refused(checker: fn(&str) -> bool, bad: &[&str]) {
        for text in bad {
            assert!(!checker(text), "{text:?}");
        }
    }

    #[test]
    fn names_and_paths_of_principals() {
        check(entity_name, "a_B+1=,.@-", "a b");
        refused(entity_name, &["", "\u{e9}", "a/b", "a\n"]);
        check(entity_name_or_empty, "", "a:b");
        check(word_or_empty, "", "a-b");
        check(digits_or_empty, "012345", "12345a");
        check(external_id, "", "a b");
        check(external_id, "arn:aws:iam::1:mfa/x", "a*b");
        check(marker, "a \u{ff}", "");
        check(path_prefix, "/", "");
        check(path_prefix, "/a\u{7f}", "/a b");
        check(path, "/", "");
        check(path, "/a/b/", "/a");
        refused(path, &["//", "a/", "/a b/", "/\u{7f}/"]);
        check(policy_path, "/", "");
        check(policy_path, "/a/b.c/", "/a//b/");
        refused(policy_path, &["//", "a/", "/a b/", "/a"]);
    }

    #[test]
    fn versions_aliases_and_tags() {
        check(policy_version, "v10", "v0");
        check(policy_version, "v1.a-b", "v1.a.b");
        refused(policy_version, &["", "v", "1", "v.a", "v1a"]);
        check(account_alias, "a-b-c", "a--b");
        refused(account_alias, &["ab", "-abc", "abc-", "Abc", &"a".repeat(64)]);
        check(role_description, "a\n\u{a1}", "\u{a0}");
        check(arn_text, "arn:\u{10000}", "\u{fffe}");
        refused(arn_text, &["", "\u{7f}", "\u{1}"]);
        check(tag_key, "Abteilung \u{e9}\u{3000}1_.:/=+-@", "");
        refused(tag_key, &["a*", "a,b", "a\tb", "<"]);
        check(tag_value, "", "a;b");
    }
}
