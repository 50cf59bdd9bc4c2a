//! Which keys are asked, without asking them.

use super::*;

const HERE: &str = "arn:aws:kms:us-east-1:111122223333:key/mrk-1234";
const THERE: &str = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234";
const SINGLE: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234";

fn arn(text: &str) -> KmsKeyArn {
    KmsKeyArn::parse(text).unwrap()
}

fn related(here: Option<&str>) -> Regions {
    Regions::Related { here: here.map(str::to_owned) }
}

fn keys(list: &[&str]) -> OpenWith {
    OpenWith::Keys(list.iter().map(|key| (*key).to_owned()).collect())
}

fn asked(open_with: &OpenWith, regions: &Regions, message: &str) -> Option<Vec<String>> {
    let found = candidates(open_with, regions, &arn(message)).ok()?;
    assert!(found.iter().all(|c| c.is_answered_by(&c.key_id) || !c.key_id.starts_with("arn:")));
    Some(found.into_iter().map(|candidate| candidate.key_id).collect())
}

#[test]
fn a_replica_counts_only_where_regions_are_related() {
    assert_eq!(asked(&keys(&[HERE]), &Regions::Exact, THERE), None);
    assert_eq!(asked(&keys(&[HERE]), &related(None), THERE), Some(vec![HERE.to_owned()]));
    assert_eq!(asked(&keys(&["arn:aws:kms:us-east-1:111122223333:key/1234"]), &related(None), SINGLE), None);
}

#[test]
fn a_name_without_region_is_answered_by_a_replica_only_where_regions_are_related() {
    let answered = |name: &str, regions: &Regions, by: &str| {
        let found = candidates(&keys(&[name]), regions, &arn(THERE)).unwrap();
        found.iter().any(|candidate| candidate.is_answered_by(by))
    };
    for name in ["mrk-1234", "alias/a", "arn:aws:kms:us-east-1:111122223333:alias/a"] {
        assert!(answered(name, &related(None), HERE) && answered(name, &related(None), THERE), "{name}");
        assert!(answered(name, &Regions::Exact, THERE) && !answered(name, &Regions::Exact, HERE), "{name}");
        for other in [
            "arn:aws:kms:us-east-1:111122223333:key/mrk-1235",
            "arn:aws:kms:us-east-1:444455556666:key/mrk-1234",
            "arn:aws-cn:kms:us-east-1:111122223333:key/mrk-1234",
            SINGLE,
            "mrk-1234",
        ] {
            assert!(!answered(name, &related(None), other), "{name} {other}");
        }
    }
    assert_eq!(asked(&keys(&["mrk-1235"]), &related(None), THERE), None);
    let single = candidates(&keys(&["1234"]), &related(None), &arn(SINGLE)).unwrap();
    assert!(single[0].is_answered_by(SINGLE));
    assert!(!single[0].is_answered_by("arn:aws:kms:us-east-1:111122223333:key/1234"));
}

#[test]
fn discovery_asks_the_replica_of_the_own_region_and_no_single_region_key_of_another() {
    let any = OpenWith::Discovery(DiscoveryFilter::default());
    assert_eq!(asked(&any, &Regions::Exact, THERE), Some(vec![THERE.to_owned()]));
    assert_eq!(asked(&any, &related(Some("us-east-1")), THERE), Some(vec![HERE.to_owned()]));
    assert_eq!(asked(&any, &related(Some("us-east-1")), SINGLE), None);
    assert_eq!(asked(&any, &related(Some("eu-west-1")), SINGLE), Some(vec![SINGLE.to_owned()]));
}

#[test]
fn the_filter_holds_for_partition_and_account() {
    let filter = |partition: &str, account: &str| {
        let accounts = vec![AccountId::parse(account).unwrap()];
        OpenWith::Discovery(DiscoveryFilter { partition: Some(partition.to_owned()), accounts })
    };
    assert!(asked(&filter("aws", "111122223333"), &Regions::Exact, SINGLE).is_some());
    assert!(asked(&filter("aws-cn", "111122223333"), &Regions::Exact, SINGLE).is_none());
    assert!(asked(&filter("aws", "444455556666"), &Regions::Exact, SINGLE).is_none());
}

#[test]
fn every_configured_key_that_fits_is_a_candidate() {
    let several = keys(&["alias/a", HERE, SINGLE]);
    assert_eq!(asked(&several, &Regions::Exact, SINGLE), Some(vec!["alias/a".into(), SINGLE.into()]));
}
