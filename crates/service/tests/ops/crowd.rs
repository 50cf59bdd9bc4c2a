//! A crowd: many callers at once, each with its own key, rights and credentials, while the rights of others change. No
//! answer and no record may be somebody else's, who may is always let in, and who may not never (threat T-22).
//!
//! `STRONGROOM_CROWD_REQUESTS` says how many requests: 20,000 without it, a million in the soak. `cast` is who calls,
//! `question` what is asked and how its answer has to be, `ledger` holds the audit log against what was asked.

mod cast;
mod ledger;
mod question;

use crate::answer::Answer;
use crate::scenario::{Scenario, policy_of, statement};
use cast::{Bystander, Cast};
use ledger::Ledger;
use question::{Expected, Question};
use serde_json::{Value, json};
use std::sync::Arc;
use strongroom_types::RequestId;

/// Requests without `STRONGROOM_CROWD_REQUESTS`.
const REQUESTS: usize = 20_000;

/// Tasks that call at the same time.
const WORKERS: usize = 64;

/// Turns of a worker before the audit log is looked at.
const TURNS: usize = 64;

/// Every so many turns a worker changes somebody's rights instead.
const CHANGE_EVERY: usize = 16;

/// What an answer says that a change overtook. The caller asks again.
const WITHDRAWN: &str = "The key or its policy changed while the request was served.";

/// How often in a row an answer may be overtaken.
const WITHDRAWN_MAX: usize = 1_000;

/// A question that was answered.
struct Asked {
    request: RequestId,
    answer: Answer,
    /// The requests before it whose answers were overtaken.
    withdrawn: Vec<RequestId>,
}

async fn ask(s: &Scenario, question: &Question) -> Asked {
    let mut withdrawn = Vec::new();
    loop {
        let signed = question.signed(s);
        let request = signed.request_id;
        let answer = s.send(&signed).await;
        if !answer.text.contains(WITHDRAWN) {
            return Asked { request, answer, withdrawn };
        }
        assert_eq!(answer.status, 500, "{}", answer.text);
        withdrawn.push(request);
        assert!(withdrawn.len() < WITHDRAWN_MAX, "{question:?} is overtaken again and again");
    }
}

/// Asks, judges the answer and enters it into the ledger.
async fn put(s: &Scenario, question: Question, ledger: &mut Ledger) -> Value {
    let asked = ask(s, &question).await;
    question.judge(asked.request, &asked.answer).unwrap();
    for request in asked.withdrawn {
        ledger.enter_withdrawn(request, question.clone());
    }
    ledger.enter(asked.request, question);
    asked.answer.body
}

/// One worker's turns of a wave.
async fn work(s: Arc<Scenario>, cast: Arc<Cast>, worker: usize, wave: usize) -> Ledger {
    let mut ledger = Ledger::default();
    for turn in wave * TURNS..(wave + 1) * TURNS {
        if turn % CHANGE_EVERY == worker % CHANGE_EVERY {
            change(&s, &cast.bystanders[worker], turn / CHANGE_EVERY, &mut ledger).await;
        }
        take_turn(&s, &cast, worker + turn, &format!("{worker}-{turn}"), &mut ledger).await;
    }
    ledger
}

/// One member asks one thing, alone or of another member's key. `name` is this turn's and no other's.
async fn take_turn(s: &Scenario, cast: &Cast, turn: usize, name: &str, ledger: &mut Ledger) {
    let members = &cast.members;
    let me = &members[turn % members.len()];
    let kind = turn / members.len();
    let other = &members[(turn + 1 + kind % (members.len() - 1)) % members.len()];
    match kind % 8 {
        0 | 1 => {
            let made = put(s, Question::encrypt(me, name), ledger).await;
            put(
                s,
                Question::decrypt(me, &made["CiphertextBlob"], name, Question::plaintext(me, name)),
                ledger,
            )
            .await;
        }
        2 | 3 => {
            let made = put(s, Question::data_key(me, name), ledger).await;
            let plaintext = made["Plaintext"].clone();
            put(s, Question::decrypt(me, &made["CiphertextBlob"], name, plaintext), ledger).await;
        }
        4 => drop(put(s, Question::encrypt_with_anothers_key(me, other, name), ledger).await),
        5 => drop(put(s, Question::decrypt_anothers(me, other), ledger).await),
        6 => drop(put(s, Question::identity(me), ledger).await),
        _ => match turn % 3 {
            0 => drop(put(s, Question::decrypt_under_another_context(me, name), ledger).await),
            1 => drop(put(s, Question::with_anothers_secret(me, other, name), ledger).await),
            _ => drop(put(s, Question::with_anothers_token(me, other, name), ledger).await),
        },
    }
}

/// Gives a bystander a right or takes it, by its identity policy or by the key's; it has effect when that is answered.
async fn change(s: &Scenario, who: &Bystander, step: usize, ledger: &mut Ledger) {
    let given = step.is_multiple_of(2);
    if step % 4 < 2 {
        let document = cast::allow("kms:Encrypt", &who.member.key.arn);
        let mut params = vec![("UserName", who.name.as_str()), ("PolicyName", "p")];
        let action = if given { "PutUserPolicy" } else { "DeleteUserPolicy" };
        if given {
            params.push(("PolicyDocument", document.as_str()));
        }
        s.query(&who.root, "iam", action, &params).await.ok();
    } else {
        let itself = [statement("Allow", &who.member.caller.arn, "kms:Encrypt")];
        let text = policy_of(who.member.account, if given { &itself } else { &[] });
        s.call(&who.root, "PutKeyPolicy", json!({ "KeyId": who.member.key.id, "Policy": text }))
            .await
            .empty();
    }
    let mut question = Question::encrypt(&who.member, &step.to_string());
    if !given {
        question.expected = Expected::denied(&who.member, "kms:Encrypt");
    }
    put(s, question, ledger).await;
}

fn wanted() -> usize {
    std::env::var("STRONGROOM_CROWD_REQUESTS").map_or(REQUESTS, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t22_no_answer_and_no_record_is_somebody_elses() {
    let s = Arc::new(Scenario::start().await);
    let cast = Arc::new(Cast::assemble(&s, WORKERS).await);
    ledger::forget(&s);
    let (wanted, mut asked, mut withdrawn) = (wanted(), 0, 0);
    for wave in 0.. {
        let start = |worker| tokio::spawn(work(s.clone(), cast.clone(), worker, wave));
        let workers: Vec<_> = (0..WORKERS).map(start).collect();
        let mut all = Ledger::default();
        for worker in workers {
            all.add(worker.await.unwrap());
        }
        all.check(&s.audit_lines()).unwrap();
        ledger::forget(&s);
        asked += all.len();
        withdrawn += all.withdrawn();
        if asked >= wanted {
            break;
        }
    }
    println!("{asked} requests by {} callers, {withdrawn} of them overtaken by a change", cast.members.len());
    assert!(withdrawn * 4 < asked, "{withdrawn} of {asked} were overtaken");
}

/// Every kind of question once for each member.
fn all_questions(cast: &Cast) -> Vec<Question> {
    let mut all = Vec::new();
    for (at, me) in cast.members.iter().enumerate() {
        let other = &cast.members[(at + 1) % cast.members.len()];
        all.extend([
            Question::encrypt(me, "control"),
            Question::data_key(me, "control"),
            Question::decrypt(me, &me.blob, cast::BEGINNING, Question::plaintext(me, cast::BEGINNING)),
            Question::encrypt_with_anothers_key(me, other, "control"),
            Question::decrypt_anothers(me, other),
            Question::identity(me),
            Question::decrypt_under_another_context(me, "control"),
            Question::with_anothers_secret(me, other, "control"),
            Question::with_anothers_token(me, other, "control"),
        ]);
    }
    all
}

/// The positive control: each answer is held against each other question, and each record against each other call.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t22_crossed_answers_and_records_are_found() {
    let s = Scenario::start().await;
    let cast = Cast::assemble(&s, 0).await;
    let questions = all_questions(&cast);
    ledger::forget(&s);
    let mut asked = Vec::new();
    for question in &questions {
        asked.push(ask(&s, question).await);
    }
    let records = ledger::records(&s.audit_lines());
    let (mut answers_crossed, mut records_crossed) = (0, 0);
    for (one, question) in questions.iter().enumerate() {
        for (other, given) in asked.iter().enumerate() {
            let judged = question.judge(asked[one].request, &given.answer);
            if one == other {
                judged.unwrap();
            } else if question::differ(question, &questions[other]) {
                judged.unwrap_err();
                answers_crossed += 1;
            }
            let Some(record) = records.get(&given.request.text()) else { continue };
            let judged = ledger::judge(question, false, record);
            if one == other {
                judged.unwrap();
            } else if question.caller.arn != questions[other].caller.arn {
                judged.unwrap_err();
                records_crossed += 1;
            }
        }
    }
    assert!(answers_crossed > 10_000 && records_crossed > 5_000, "{answers_crossed}, {records_crossed}");
    let mut ledger = Ledger::default();
    for (question, asked) in questions.iter().zip(&asked) {
        ledger.enter(asked.request, question.clone());
    }
    ledger.check(&s.audit_lines()).unwrap();
    ledger.enter(asked[0].request, questions[9].clone());
    ledger.enter(asked[9].request, questions[0].clone());
    ledger.check(&s.audit_lines()).unwrap_err();
}
