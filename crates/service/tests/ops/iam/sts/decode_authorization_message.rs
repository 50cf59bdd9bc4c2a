//! DecodeAuthorizationMessage.

use super::{allow, let_alice};
use crate::scenario::{ACCOUNT, Scenario};
use strongroom_vault_protocol::TokenKind;

async fn sealed(s: &Scenario, kind: TokenKind, text: &str) -> String {
    s.vault.seal_token(kind, text.as_bytes()).await.unwrap()
}

#[tokio::test]
async fn a_message_is_read_by_its_account_with_permission() {
    let s = Scenario::start().await;
    let message =
        sealed(&s, TokenKind::AuthorizationMessage, &format!("{ACCOUNT}{{\"allowed\":false}}")).await;
    let params = [("EncodedMessage", message.as_str())];
    let ask = || s.query(&s.alice, "sts", "DecodeAuthorizationMessage", &params);
    let denied =
        format!("User: {} is not authorized to perform: sts:DecodeAuthorizationMessage", s.alice.arn);
    ask().await.refused("AccessDenied", &denied);
    let_alice(&s, &allow("sts:DecodeAuthorizationMessage", "*")).await;
    assert_eq!(ask().await.ok().get("DecodedMessage"), "{\"allowed\":false}");
}

#[tokio::test]
async fn anything_else_is_no_message() {
    let s = Scenario::start().await;
    let good = sealed(&s, TokenKind::AuthorizationMessage, &format!("{ACCOUNT}{{}}")).await;
    let foreign = sealed(&s, TokenKind::AuthorizationMessage, "999988887777{}").await;
    let grant = sealed(&s, TokenKind::Grant, &format!("{ACCOUNT}{{}}")).await;
    let cut = good[..good.len() - 1].to_owned();
    for text in ["x".to_owned(), foreign, grant, cut] {
        let answer =
            s.query(&s.root, "sts", "DecodeAuthorizationMessage", &[("EncodedMessage", &text)]).await;
        answer.refused("InvalidAuthorizationMessageException", "");
    }
    let answer = s.query(&s.root, "sts", "DecodeAuthorizationMessage", &[("EncodedMessage", &good)]).await;
    assert_eq!(answer.ok().get("DecodedMessage"), "{}", "the control");
}
