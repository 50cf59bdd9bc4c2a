//! Export: each batch becomes CloudTrail log files (gzipped `{"Records":[...]}`, one for each account and Region) and a
//! manifest, in a folder or a bucket. Everything is read again and compared before the batch counts as taken, the
//! manifest comes last, and a batch that is tried again makes the same objects under the same names.

mod folder;
mod manifest;
mod objects;
mod s3;
mod s3_signature;

use crate::sink::{Batch, Sink, SinkError, Taken};
pub(crate) use folder::FolderStore;
pub(crate) use s3::S3Store;

/// Something that is stored under a name, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    /// Parts of `a-z A-Z 0-9 . _ -`, joined by `/`.
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// Where objects are stored.
pub(crate) enum Store {
    Folder(FolderStore),
    Bucket(Box<S3Store>),
}

impl Store {
    /// Stores an object in place of an older one of its name, and reads it again.
    async fn put(&self, object: &Object) -> Result<(), SinkError> {
        let found = match self {
            Self::Folder(folder) => folder.put(object).await?,
            Self::Bucket(bucket) => bucket.put(object).await?,
        };
        if found == object.content {
            return Ok(());
        }
        let text = "what is read again is not what was stored".to_owned();
        Err(SinkError::Object { name: object.name.clone(), text })
    }
}

/// The sink.
pub(crate) struct ExportSink {
    pub(crate) store: Store,
}

impl Sink for ExportSink {
    async fn deliver(&mut self, batch: &Batch) -> Result<Taken, SinkError> {
        let owned = batch.clone();
        let made = tokio::task::spawn_blocking(move || objects::of(&owned)).await;
        let inside = |e: &dyn std::fmt::Display| SinkError::Inside(e.to_string());
        let objects = made.map_err(|e| inside(&e))?.map_err(|e| inside(&e))?;
        for object in &objects {
            self.store.put(object).await?;
        }
        Ok(Taken::default())
    }
}
