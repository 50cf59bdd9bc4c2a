//! Which processes run and how often each was started, for the front's figures.
//!
//! A process is known by its generation, which every start makes anew: whoever looks needs not be told of each start and
//! end.

use strongroom_control::ProcessFigures;

/// What was seen so far.
#[derive(Default)]
pub(crate) struct Processes {
    seen: Vec<Seen>,
}

struct Seen {
    figures: ProcessFigures,
    generation: Option<u64>,
}

impl Processes {
    /// Looks at the generations of the processes that run now. Gives everything that was seen if something has changed
    /// since the last look. A process that was never started is not among it.
    pub(crate) fn look(&mut self, now: &[(&str, Option<u64>)]) -> Option<Vec<ProcessFigures>> {
        let mut changed = false;
        for (name, generation) in now {
            changed |= self.saw(name, *generation);
        }
        changed.then(|| self.seen.iter().map(|seen| seen.figures.clone()).collect())
    }

    /// Whether that is news.
    fn saw(&mut self, name: &str, generation: Option<u64>) -> bool {
        let running = generation.is_some();
        match self.seen.iter_mut().find(|seen| seen.figures.name == name) {
            Some(seen) if seen.generation == generation => false,
            Some(seen) => {
                seen.generation = generation;
                seen.figures.running = running;
                seen.figures.starts += u64::from(running);
                true
            }
            None if running => {
                let figures = ProcessFigures { name: name.to_owned(), starts: 1, running };
                self.seen.push(Seen { figures, generation });
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_counted_and_told_once() {
        let mut processes = Processes::default();
        let mut look = |front, vault| {
            let told = processes.look(&[("front", front), ("vault", vault), ("fetcher", None)])?;
            Some(told.into_iter().map(|p| (p.name, p.starts, p.running)).collect::<Vec<_>>())
        };
        let of = |name: &str, starts, running| (name.to_owned(), starts, running);
        assert_eq!(look(None, Some(1)), Some(vec![of("vault", 1, true)]));
        assert_eq!(look(Some(2), Some(1)), Some(vec![of("vault", 1, true), of("front", 1, true)]));
        assert_eq!(look(Some(2), Some(1)), None);
        assert_eq!(look(Some(2), None), Some(vec![of("vault", 1, false), of("front", 1, true)]));
        assert_eq!(look(Some(2), Some(3)), Some(vec![of("vault", 2, true), of("front", 1, true)]));
        // Ended and started between two looks.
        assert_eq!(look(Some(4), Some(3)), Some(vec![of("vault", 2, true), of("front", 2, true)]));
    }
}
