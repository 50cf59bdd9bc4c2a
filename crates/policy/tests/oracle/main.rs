//! The engine against the oracle: the evaluation written twice, asked the same random questions.
//!
//! `STRONGROOM_ORACLE_CASES` says how many (a million in a release build; a hundred million in the soak),
//! `STRONGROOM_ORACLE_SEED` with which seed they begin. A difference prints its case as JSON; put it into `cases/`
//! and it is asked again ever after.

#![allow(clippy::unwrap_used, reason = "a test: what is not as it should be ends it")]

mod case;
mod compare;
mod engine_context;
mod engine_side;
mod explained;
mod generate;
mod oracle;
mod reached;
mod tally;

use case::Case;
use compare::compare;
use tally::Tally;

/// A third of the time went into the C library's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Cases per run without `STRONGROOM_ORACLE_CASES`.
const CASES: u64 = if cfg!(debug_assertions) { 20_000 } else { 1_000_000 };

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

/// What one thread found.
#[derive(Default)]
struct Found {
    tally: Tally,
    differences: Vec<String>,
}

/// Asks every `step`th seed.
fn ask(seeds: std::ops::Range<u64>, step: usize) -> Found {
    let mut found = Found::default();
    for seed in seeds.step_by(step) {
        let case = generate::case(seed);
        if let Err(difference) = compare(&case, &mut found.tally) {
            found.differences.push(format!("{difference}\n{}", case.to_json()));
            if found.differences.len() >= 3 {
                break;
            }
        }
    }
    found
}

#[test]
fn engine_equals_oracle() {
    let cases = from_environment("STRONGROOM_ORACLE_CASES", CASES);
    let first = from_environment("STRONGROOM_ORACLE_SEED", 0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all = Found::default();
    std::thread::scope(|scope| {
        let start = |thread: usize| scope.spawn(move || ask(first + thread as u64..first + cases, threads));
        let running: Vec<_> = (0..threads).map(start).collect();
        for thread in running {
            let found = thread.join().unwrap();
            all.tally.add(found.tally);
            all.differences.extend(found.differences);
        }
    });
    println!("{cases} cases\n{}", all.tally.table());
    assert!(all.differences.is_empty(), "{}", all.differences.join("\n\n"));
    reached::check(&all.tally, cases);
}

/// Cases that were a difference once, and cases that are worth keeping.
#[test]
fn kept_cases_are_equal() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/cases");
    let mut asked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let case: Case = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        if let Err(difference) = compare(&case, &mut Tally::default()) {
            panic!("{}: {difference}", path.display());
        }
        let answer = engine_side::decide(&case).unwrap();
        let allowed = matches!(answer.verdict, oracle::Verdict::Allowed(_));
        assert_eq!(Some(allowed), case.allowed, "{}", path.display());
        asked += 1;
    }
    assert!(asked > 0);
}

/// The positive control of the comparison: an answer that is turned round is noticed.
#[test]
fn turned_answer_is_a_difference() {
    let turned = (0..2_000).map(generate::case).filter(|case| {
        let mut tally = Tally::default();
        let Ok(mut answer) = engine_side::decide(case) else { return false };
        let oracle = oracle::decide(case, &mut tally);
        answer.verdict = match answer.verdict {
            oracle::Verdict::Allowed(_) => oracle::Verdict::Denied(["no resource policy allows"].into()),
            oracle::Verdict::Denied(_) => oracle::Verdict::Allowed([].into()),
        };
        compare::agree(&answer, &oracle, case).is_ok()
    });
    assert_eq!(turned.count(), 0);
}
