//! Witnesses of the audit log, asked for the front (C2SP tlog-witness, `add-checkpoint`): what it says is posted, and what
//! comes back is handed to it as it is. It makes the proofs and verifies the signatures; this process only carries.

use crate::assemble::SettingError;
use crate::connection::Way;
use crate::http::{Call, exchange};
use crate::sink::SinkError;
use crate::target;
use crate::trust;
use hyper::Method;
use std::time::Duration;
use strongroom_control::{Channel, FromCourier, WitnessSaid, WitnessSetting};
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

/// The most witnesses that may be configured.
pub const WITNESSES_MAX: usize = 16;

/// Questions that may wait.
pub(crate) const QUESTIONS_MAX: usize = 16;

/// How long a witness may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// The longest answer, in bytes: some signature lines.
const ANSWER_BYTES_MAX: usize = 16 << 10;

/// The status by which a witness says that it has seen another size; its body is that.
const CONFLICT: u16 = 409;

/// What the front asks.
pub(crate) struct Question {
    /// Pairs the answer with the question.
    pub(crate) id: u64,
    /// The witness's place in the list.
    pub(crate) witness: usize,
    /// What is posted.
    pub(crate) body: String,
    /// What it is answered on.
    pub(crate) front: Channel,
}

/// Where a witness is.
#[derive(Clone)]
pub(crate) struct Witness {
    pub(crate) way: Way,
    /// The path of `add-checkpoint`.
    pub(crate) path: String,
}

/// The witness of a setting.
pub(crate) fn witness(setting: &WitnessSetting) -> Result<Witness, SettingError> {
    let (server, tls, prefix) = target::prefix(&setting.url)?;
    if setting.ca.is_some() && !tls {
        return Err(target::SinkFault::NotForIt("ca").into());
    }
    let tls = tls.then(|| trust::tls(setting.ca.as_deref(), None)).transpose()?;
    let path = format!("{}/add-checkpoint", prefix.trim_end_matches('/'));
    Ok(Witness { way: Way { server, tls }, path })
}

/// Refuses a witness that cannot be asked as it is configured; its authorities are read.
pub fn check_witness(setting: &WitnessSetting) -> Result<(), SettingError> {
    witness(setting).map(drop)
}

/// The ports that witnesses are at.
pub(crate) fn ports(settings: &[WitnessSetting]) -> Result<Vec<u16>, target::SinkFault> {
    settings.iter().map(|setting| target::prefix(&setting.url).map(|(server, ..)| server.port)).collect()
}

/// Answers the front's questions, one after the other, until nobody can ask any more.
pub(crate) async fn answer(witnesses: Vec<Witness>, mut questions: Receiver<Question>) {
    while let Some(Question { id, witness, body, front }) = questions.recv().await {
        let said = match witnesses.get(witness) {
            Some(witness) => ask(witness, body).await,
            None => WitnessSaid::Failed("it is not configured".to_owned()),
        };
        // A front that has gone, or hangs, asks again; deliveries do not wait for it.
        drop(tokio::task::spawn_blocking(move || {
            front.send(&FromCourier::Witness { id, said }, &[]).is_ok()
        }));
    }
}

async fn ask(witness: &Witness, body: String) -> WitnessSaid {
    let call = Call {
        method: Method::POST,
        target: &witness.path,
        headers: &[],
        body: body.into_bytes(),
        answer_bytes_max: Some(ANSWER_BYTES_MAX),
    };
    let answered = timeout(DEADLINE, exchange(&witness.way, call)).await;
    match answered.unwrap_or(Err(SinkError::TooSlow(DEADLINE))) {
        Ok(lines) => WitnessSaid::Signed(String::from_utf8_lossy(&lines).into_owned()),
        Err(SinkError::Status { status: CONFLICT, text, .. }) => match seen(&text) {
            Some(size) => WitnessSaid::Seen(size),
            None => WitnessSaid::Failed(format!("it answered with status {CONFLICT}{text}")),
        },
        Err(error) => WitnessSaid::Failed(error.to_string()),
    }
}

/// The size in the body of a conflict, as `http` tells it: behind a colon.
fn seen(text: &str) -> Option<u64> {
    let digits = text.strip_prefix(": ")?.trim();
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tests::server;
    use std::os::unix::net::UnixStream;
    use tokio::sync::mpsc::channel;

    /// What the front hears when it asks a witness that answers so, and what the witness was asked.
    async fn asked(answered: &'static str) -> (WitnessSaid, String, Vec<u8>) {
        let (way, served) = server(answered).await;
        let witness = Witness { way, path: "/w/add-checkpoint".to_owned() };
        let said = ask(&witness, "old 0\n\nnote".to_owned()).await;
        let (head, body) = served.await.unwrap();
        (said, head, body)
    }

    #[tokio::test]
    async fn signature_lines_sizes_and_refusals_are_told_apart() {
        let (said, head, body) = asked("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n- w AA\n").await;
        assert_eq!(said, WitnessSaid::Signed("- w AA\n".to_owned()));
        assert!(head.starts_with("post /w/add-checkpoint http/1.1\r\n"), "{head}");
        assert_eq!(body, b"old 0\n\nnote");
        let (said, ..) = asked("HTTP/1.1 409 Conflict\r\ncontent-length: 3\r\n\r\n17\n").await;
        assert_eq!(said, WitnessSaid::Seen(17));
        for answered in [
            "HTTP/1.1 409 Conflict\r\ncontent-length: 3\r\n\r\n-1\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
        ] {
            assert!(matches!(asked(answered).await.0, WitnessSaid::Failed(_)), "{answered}");
        }
    }

    #[tokio::test]
    async fn front_gets_an_answer_to_each_question() {
        let (near, far) = UnixStream::pair().unwrap();
        let (questions, queue) = channel(QUESTIONS_MAX);
        let question = Question { id: 7, witness: 3, body: String::new(), front: Channel::new(near) };
        assert!(questions.send(question).await.is_ok());
        drop(questions);
        answer(Vec::new(), queue).await;
        let heard =
            tokio::task::spawn_blocking(move || Channel::new(far).receive::<FromCourier>().unwrap().0);
        let FromCourier::Witness { id, said } = heard.await.unwrap() else { panic!("an answer") };
        assert_eq!((id, said), (7, WitnessSaid::Failed("it is not configured".to_owned())));
    }

    #[test]
    fn address_is_https_or_this_machine_and_its_path_a_prefix() {
        let of = |url: &str| {
            let setting = WitnessSetting { url: url.to_owned(), ..WitnessSetting::default() };
            (witness(&setting).map(|witness| witness.path).ok(), ports(&[setting]).ok())
        };
        assert_eq!(of("http://127.0.0.1:8080"), (Some("/add-checkpoint".to_owned()), Some(vec![8_080])));
        assert_eq!(of("http://localhost/a/b/").0, Some("/a/b/add-checkpoint".to_owned()));
        for url in
            ["http://w.example", "https://w.example/?a", "w.example", "syslog+tcp://127.0.0.1", "https://"]
        {
            assert_eq!(of(url), (None, None), "{url}");
        }
    }
}
