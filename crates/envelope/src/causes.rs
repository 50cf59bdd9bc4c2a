//! What errors of the AWS SDK may say: everything but the request, whose body can hold a data key in plain text.

use std::error::Error;

/// Where the SDK begins to print a request. It does so about an endpoint that it cannot use, for one.
const REQUEST: [&str; 3] = [" to request", "Request {", "SdkBody"];

/// An error and what is below it, on one line, without repetitions and without requests.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut causes = vec![without_request(&error.to_string())];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = without_request(&cause.to_string());
        if causes.last() != Some(&text) {
            causes.push(text);
        }
        next = cause.source();
    }
    causes.join(": ")
}

/// A service's text behind the name of its error. Not every error has one.
pub(crate) fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

fn without_request(text: &str) -> String {
    let end = REQUEST.iter().filter_map(|mark| text.find(*mark)).min().unwrap_or(text.len());
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn an_error_without_a_text_is_its_name() {
        assert_eq!((said("it is none"), said("")), (": it is none".to_owned(), String::new()));
    }

    #[test]
    fn a_request_in_an_errors_text_is_cut_off() {
        let body = r#"body: SdkBody { inner: Once(Some(b"{\"Plaintext\":\"a2V5\"}")) }"#;
        for (text, left) in [
            (
                format!("failed to apply endpoint `x` to request `Request {{ {body} }}`: no scheme"),
                "failed to apply endpoint `x`",
            ),
            (format!("cannot send Request {{ {body} }}"), "cannot send "),
            (body.to_owned(), "body: "),
            ("connection refused".to_owned(), "connection refused"),
        ] {
            assert_eq!(causes(&io::Error::other(text)), left);
        }
    }
}
