//! Where the log was closed: no record comes behind that before a start has said what it found.

use super::finding::{Finding, Place};

/// The ends that are known, each with what came behind it although nothing may have.
#[derive(Default)]
pub(super) struct Ends(Vec<End>);

struct End {
    /// How many records the log was closed with.
    size: u64,
    /// How many a start found then; without one nothing is there but these.
    found: Option<u64>,
    said: String,
    first: Option<Place>,
}

impl Ends {
    /// The log was closed with so many records, and nothing was started since.
    pub(super) fn add_last(&mut self, size: u64, said: String) {
        self.0.push(End { size, found: None, said, first: None });
    }

    /// The log was closed with so many records, and a start found more.
    pub(super) fn add_grown(&mut self, size: u64, found: u64, said: String) {
        self.0.push(End { size, found: Some(found), said, first: None });
    }

    /// The log has so many records with the one at `place`.
    pub(super) fn take(&mut self, size: u64, place: Place) {
        for end in self.0.iter_mut().filter(|end| end.size.saturating_add(1) == size) {
            end.first = Some(place);
        }
    }

    /// Whether nothing came behind an end, of a log that has `size` records.
    pub(super) fn check(self, size: u64) -> Result<(), Finding> {
        for End { size: closed, found, said, first } in self.0 {
            let added = found.unwrap_or(size).saturating_sub(closed);
            match first {
                _ if added == 0 => {}
                Some(Place { segment, line, sequence }) => {
                    return Err(Finding::Appended { segment, line, sequence, added, size: closed, said });
                }
                None => return Err(Finding::AppendedAfter { added, size: closed, said }),
            }
        }
        Ok(())
    }
}
