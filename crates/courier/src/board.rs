//! How each sink is, for the operator and for figures: written by the deliveries, read by the one who tells the front.

use crate::cursors::Cursor;
use crate::log::End;
use crate::sink::Taken;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use strongroom_control::{SinkNews, SinkSetting, SinkState};

/// The longest text of an error, in characters: parts of it come from the network.
const ERROR_CHARACTERS_MAX: usize = 300;

/// All sinks.
#[derive(Debug)]
pub(crate) struct Board(Mutex<Vec<Entry>>);

#[derive(Debug)]
struct Entry {
    state: SinkState,
    cursor: Cursor,
    /// Since when it has lacked records.
    behind_since: Option<Instant>,
}

impl Board {
    /// Sinks of which nothing is known but how far they are.
    pub(crate) fn new<'a>(sinks: impl Iterator<Item = (&'a SinkSetting, Cursor)>) -> Self {
        let entry = |(setting, cursor): (&SinkSetting, Cursor)| Entry {
            state: SinkState {
                name: setting.name.clone(),
                url: setting.url.clone(),
                required: setting.required,
                ..SinkState::default()
            },
            cursor,
            behind_since: None,
        };
        Self(Mutex::new(sinks.map(entry).collect()))
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<R: Default>(&self, sink: usize, change: impl FnOnce(&mut Entry) -> R) -> R {
        self.entries().get_mut(sink).map(change).unwrap_or_default()
    }

    /// Lines were read that it has not taken.
    pub(crate) fn lacks(&self, sink: usize) {
        self.change(sink, |entry| {
            entry.behind_since.get_or_insert_with(Instant::now);
        });
    }

    /// There is nothing that it has not taken.
    pub(crate) fn caught_up(&self, sink: usize) {
        self.change(sink, |entry| entry.behind_since = None);
    }

    /// It took a batch. Whether it had failed before, or never taken one.
    pub(crate) fn took(&self, sink: usize, records: usize, taken: Taken, cursor: Cursor) -> bool {
        let rejected = taken.rejected.min(records as u64);
        self.change(sink, |entry| {
            let first = entry.state.delivered + entry.state.rejected == 0;
            let news = entry.state.error.take().is_some() || first;
            entry.state.delivered += records as u64 - rejected;
            entry.state.rejected += rejected;
            entry.cursor = cursor;
            news
        })
    }

    /// A try failed. Whether the one before had not.
    pub(crate) fn failed(&self, sink: usize, error: &str) -> bool {
        self.change(sink, |entry| entry.state.error.replace(shortened(error)).is_none())
    }

    /// Whether any sink's last try failed.
    pub(crate) fn any_fails(&self) -> bool {
        self.entries().iter().any(|entry| entry.state.error.is_some())
    }

    /// What of the log could not be delivered.
    pub(crate) fn passed_over(&self, sink: usize, unreadable: u64, missed: bool) {
        self.change(sink, |entry| {
            entry.state.unreadable += unreadable;
            entry.state.missed += u64::from(missed);
        });
    }

    /// What the front is told, if this is how far the log goes.
    pub(crate) fn news(&self, end: &End) -> SinkNews {
        let state = |entry: &Entry| {
            let since = entry.behind_since.map(|since| since.elapsed().as_millis());
            SinkState {
                next: entry.cursor.next,
                segment: entry.cursor.position.segment,
                lag_records: end.last.saturating_add(1).saturating_sub(entry.cursor.next.max(1)),
                lag_bytes: end.bytes_behind(entry.cursor.position),
                behind_ms: since.map_or(0, |ms| u64::try_from(ms).unwrap_or(u64::MAX)),
                ..entry.state.clone()
            }
        };
        SinkNews { sinks: self.entries().iter().map(state).collect(), ..SinkNews::default() }
    }
}

/// One line of plain text.
fn shortened(text: &str) -> String {
    text.chars().take(ERROR_CHARACTERS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Position;

    fn board() -> Board {
        let setting = SinkSetting { name: "a".to_owned(), ..SinkSetting::default() };
        Board::new([(&setting, Cursor::default())].into_iter())
    }

    fn shown(board: &Board) -> SinkState {
        board.news(&End { last: 9, segments: vec![(1, 900)] }).sinks.remove(0)
    }

    #[test]
    fn lag_is_what_lies_behind_the_cursor() {
        let board = board();
        assert_eq!((shown(&board).lag_records, shown(&board).lag_bytes), (9, 900));
        let cursor = Cursor { position: Position { segment: 1, offset: 700 }, next: 8, through: None };
        assert!(board.took(0, 7, Taken::default(), cursor), "the first batch");
        assert!(!board.took(0, 0, Taken::default(), cursor));
        let shown = shown(&board);
        assert_eq!((shown.lag_records, shown.lag_bytes, shown.delivered), (2, 200, 7));
        assert_eq!((shown.next, shown.segment), (8, 1));
        assert_eq!(shown.behind_ms, 0);
    }

    #[test]
    fn only_a_change_is_news_for_the_log() {
        let board = board();
        assert!(board.failed(0, "no\nconnection"));
        assert!(!board.failed(0, "no connection"));
        assert_eq!(shown(&board).error.unwrap(), "no connection");
        assert!(board.took(0, 1, Taken::default(), Cursor::default()));
        assert_eq!(shown(&board).error, None);
        assert!(board.failed(0, &"x".repeat(1_000)));
        assert_eq!(shown(&board).error.unwrap().len(), ERROR_CHARACTERS_MAX);
    }

    #[test]
    fn what_is_rejected_is_not_delivered_and_no_more_than_was_sent() {
        let board = board();
        board.took(0, 7, Taken { rejected: 2 }, Cursor::default());
        assert_eq!((shown(&board).delivered, shown(&board).rejected), (5, 2));
        assert!(!board.took(0, 3, Taken { rejected: u64::MAX }, Cursor::default()));
        assert_eq!((shown(&board).delivered, shown(&board).rejected), (5, 5));
    }

    #[test]
    fn nobody_is_told_of_sinks_that_are_not_there() {
        assert!(!board().failed(5, "x"));
    }
}
