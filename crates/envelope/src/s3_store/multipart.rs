//! A multipart upload: parts are made in order, sent side by side, and taken back if anything fails.

use super::attempts::Attempts;
use super::error::{StoreError, causes, is_denied, is_no_upload, store_error};
use super::objects::{WriteIf, condition_error};
use super::session::Session;
use super::under_way::PATIENCE;
use super::url::ObjectUrl;
use crate::s3::Pairs;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Length of every part but the last, in bytes. S3 takes 10,000 parts, the format 2^36 bytes: 8,192 parts.
pub(super) const PART_BYTES: usize = 8 << 20;
/// How many parts are on their way at once. Memory is this and two more, and what the allocator has not given back yet: with
/// four, one run in some thirty reached 106 MiB.
const PARTS_IN_FLIGHT: usize = 3;
/// What is waited before the upload is aborted once more. S3 says when it is gone, but not always.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1_000)];
/// The longest that taking an upload back may take in all, if S3 does not answer.
const TAKING_BACK: Duration = Duration::from_secs(30);

/// An upload that is under way.
pub(super) struct Upload<'a> {
    session: &'a Session,
    url: &'a ObjectUrl,
    id: String,
    next_number: i32,
    sending: JoinSet<Result<CompletedPart, StoreError>>,
    sent: Vec<CompletedPart>,
}

impl<'a> Upload<'a> {
    pub(super) fn begin(
        session: &'a Session,
        url: &'a ObjectUrl,
        metadata: &Pairs,
    ) -> Result<Self, StoreError> {
        let operation = "CreateMultipartUpload";
        let call = session
            .client()
            .create_multipart_upload()
            .bucket(url.bucket())
            .key(url.key())
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .set_metadata(Some(metadata.clone().into_iter().collect()));
        let uploads = session.uploads();
        let begun = async move {
            let said = call.send().await.map_err(|e| store_error(operation, &e))?;
            let id = said.upload_id.ok_or(StoreError::Answer { operation, what: "an upload id" })?;
            uploads.begun(&id, url);
            Ok::<_, StoreError>(id)
        };
        let id = session.wait(uploads.under_way().make(begun))?;
        Ok(Self { session, url, id, next_number: 1, sending: JoinSet::new(), sent: Vec::new() })
    }

    /// Hands the next part over; waits while too many are on their way.
    pub(super) fn send(&mut self, part: Vec<u8>) -> Result<(), StoreError> {
        while self.sending.len() >= PARTS_IN_FLIGHT {
            self.wait_for_one()?;
        }
        let number = self.next_number;
        self.next_number += 1;
        let call = self
            .session
            .client()
            .upload_part()
            .bucket(self.url.bucket())
            .key(self.url.key())
            .upload_id(&self.id)
            .part_number(number)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .body(ByteStream::from(part));
        let sent = async move {
            let said = call.send().await.map_err(|e| store_error("UploadPart", &e))?;
            let part = CompletedPart::builder().part_number(number).set_e_tag(said.e_tag);
            Ok::<_, StoreError>(part.set_checksum_crc32(said.checksum_crc32).build())
        };
        let under_way = self.session.uploads().under_way().clone();
        self.sending.spawn_on(async move { under_way.make(sent).await }, self.session.handle());
        Ok(())
    }

    fn wait_for_one(&mut self) -> Result<(), StoreError> {
        match self.session.wait(self.sending.join_next()) {
            Some(Ok(sent)) => self.sent.push(sent?),
            Some(Err(lost)) => return Err(StoreError::Interrupted(causes(&lost))),
            None => {}
        }
        Ok(())
    }

    /// Waits for every part that is on its way.
    pub(super) fn wait_for_all(&mut self) -> Result<(), StoreError> {
        while !self.sending.is_empty() {
            self.wait_for_one()?;
        }
        Ok(())
    }

    /// Makes the object of the parts. Nobody sees it before.
    pub(super) fn complete(&mut self, condition: WriteIf<'_>, attempts: &Attempts) -> Result<(), StoreError> {
        self.wait_for_all()?;
        self.sent.sort_by_key(CompletedPart::part_number);
        let parts =
            CompletedMultipartUpload::builder().set_parts(Some(std::mem::take(&mut self.sent))).build();
        let call = self
            .session
            .client()
            .complete_multipart_upload()
            .bucket(self.url.bucket())
            .key(self.url.key())
            .upload_id(&self.id)
            .multipart_upload(parts);
        let call = match condition {
            WriteIf::Always => call,
            WriteIf::Absent => call.if_none_match("*"),
            WriteIf::Unchanged(e_tag) => call.if_match(e_tag),
        };
        let said = self.session.wait(call.customize().interceptor(attempts.clone()).send());
        let said = said.map_err(|e| store_error("CompleteMultipartUpload", &e));
        said.map_err(|error| condition_error(self.url, condition, error))?;
        self.session.uploads().ended(&self.id);
        Ok(())
    }

    /// Takes everything back: parts that stay behind are paid for. A failure here is not reported, because what led
    /// here is.
    pub(super) fn abort(self) {
        let Self { session, url, id, mut sending, .. } = self;
        session.wait(async {
            let all = async { while sending.join_next().await.is_some() {} };
            let waited = timeout(PATIENCE, all).await;
            if waited.is_err() {
                sending.shutdown().await;
            }
            take_back(session.client(), url, &id).await;
        });
        session.uploads().ended(&id);
    }
}

/// Aborts an upload of which no part is on its way any more, again and again until S3 does not know it: what was sent of a
/// part that was cut off may be stored after the first abort, and then keeps the upload. A failure is not reported: it leaves
/// nothing to do but what a lifecycle rule of the bucket does.
pub(super) async fn take_back(client: &aws_sdk_s3::Client, url: &ObjectUrl, id: &str) {
    let aborts = async {
        for pause in [Duration::ZERO].into_iter().chain(PAUSES) {
            sleep(pause).await;
            let call = client.abort_multipart_upload().bucket(url.bucket()).key(url.key()).upload_id(id);
            let said = call.send().await.map_err(|e| store_error("AbortMultipartUpload", &e));
            if said.is_err_and(|error| is_no_upload(&error) || is_denied(&error)) {
                return;
            }
        }
    };
    let _ = timeout(TAKING_BACK, aborts).await;
}
