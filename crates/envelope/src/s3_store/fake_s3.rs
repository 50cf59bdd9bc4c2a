//! An S3 for tests: it answers with a status, to GET with the same bytes for every object, to POST with the id of a multipart
//! upload, and notes what was asked.

use super::session::Session;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{Credentials, Region};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const UPLOAD_BEGUN: &[u8] =
    b"<InitiateMultipartUploadResult><UploadId>upload</UploadId></InitiateMultipartUploadResult>";

/// One that listens until the tests end.
pub(super) struct FakeS3 {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeS3 {
    /// `answer` makes a status of a method and a path, e.g. `PUT /bucket/key`. Its objects are empty.
    pub(super) fn start(answer: impl FnMut(&str) -> u16 + Send + 'static) -> Self {
        Self::holding(b"", answer)
    }

    /// The same with objects that hold these bytes.
    pub(super) fn holding(
        object: &'static [u8],
        mut answer: impl FnMut(&str) -> u16 + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        let answer = move |request: &str| {
            noted.lock().unwrap().push(request.to_owned());
            answer(request)
        };
        let answer = Arc::new(Mutex::new(answer));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let answer = Arc::clone(&answer);
                thread::spawn(move || {
                    serve(&connection, object, |request| {
                        let mut answer = answer.lock().unwrap();
                        (*answer)(request)
                    })
                });
            }
        });
        Self { url, asked }
    }

    /// A connection to it. A call has two attempts.
    pub(super) fn session(&self) -> Session {
        let retry = RetryConfig::standard().with_max_attempts(2);
        let config = aws_sdk_s3::Config::builder()
            .behavior_version_latest()
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .endpoint_url(self.url.as_str())
            .force_path_style(true)
            .retry_config(retry.with_initial_backoff(Duration::from_millis(1)))
            .build();
        Session::of_client(aws_sdk_s3::Client::from_conf(config)).unwrap()
    }

    /// How often something was asked.
    pub(super) fn count(&self, request: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == request).count()
    }
}

/// One request, and the end of the connection.
fn serve(connection: &TcpStream, object: &[u8], answer: impl FnOnce(&str) -> u16) -> io::Result<()> {
    let mut reader = BufReader::new(connection);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut words = first.split_ascii_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(()) };
    let mut body_bytes = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(length) = line.strip_prefix("content-length:") {
            body_bytes = length.trim().parse().unwrap();
        }
    }
    io::copy(&mut reader.by_ref().take(body_bytes), &mut io::sink())?;
    let path = target.split('?').next().unwrap_or(target);
    let status = answer(&format!("{method} {path}"));
    let body = match method {
        "GET" if status < 300 => object,
        "POST" if status < 300 => UPLOAD_BEGUN,
        _ => b"",
    };
    let mut writer = connection;
    let bytes = body.len();
    write!(writer, "HTTP/1.1 {status} said\r\ncontent-length: {bytes}\r\nconnection: close\r\n\r\n")?;
    writer.write_all(body)
}
