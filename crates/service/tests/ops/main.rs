//! Every operation, driven as the listener drives it: a signed request in, an answer out.
//!
//! `ops/<family>/<operation>.rs` mirrors `src/ops`; what all operations share is beside it, one file a subject.
//! The store, the vault and the audit disk are doubles in memory; the clock moves when a test moves it.

#![allow(clippy::unwrap_used, clippy::panic)] // every function here is a test's

mod administrators;
mod alias;
mod answer;
mod audit;
mod backup;
mod births;
mod concurrent;
mod condition_keys;
mod coverage;
mod crowd;
mod custody;
mod due;
mod durability;
mod existence;
mod expired_sessions;
mod faulty_store;
mod figures;
mod full_disk;
mod grant;
mod histories;
mod iam;
mod key_sets;
mod key_store;
mod limits;
mod messages;
mod operator;
mod operators_log;
mod pages;
mod plaintext;
mod query_answer;
mod quotas;
mod release;
mod replays;
mod restart;
mod restored;
mod retention;
mod rollback;
mod rows;
mod scenario;
mod stations;
mod tags_and_aliases;
mod token_keys;
mod traces;
mod vault;

mod crypto {
    mod decrypt;
    mod encrypt;
    mod generate_data_key;
    mod generate_data_key_without_plaintext;
    mod generate_random;
    mod re_encrypt;
}

mod lifecycle {
    mod cancel_key_deletion;
    mod create_key;
    mod disable_key;
    mod enable_key;
    mod schedule_key_deletion;
    mod update_key_description;
}

mod policy {
    mod get_key_policy;
    mod list_key_policies;
    mod put_key_policy;
}

mod read {
    mod describe_key;
    mod get_key_last_usage;
    mod list_keys;
}

mod rotation {
    mod disable_key_rotation;
    mod enable_key_rotation;
    mod get_key_rotation_status;
    mod list_key_rotations;
    mod rotate_key_on_demand;
}

mod tag {
    mod list_resource_tags;
    mod tag_resource;
    mod untag_resource;
}
