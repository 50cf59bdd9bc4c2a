//! A metric with what it reads now, and how that is written down: Prometheus' text format 0.0.4, and JSON.

use serde_json::{Map, Value, json};
use std::fmt::Write;
use strongroom_types::DurationCounts;

/// What kind of number a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; starts at zero with the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How long things took, in seconds.
    Histogram,
}

impl Kind {
    /// The name in the text format.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric as the catalogue has it.
#[derive(Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it says, in one line.
    pub help: &'static str,
}

/// A number that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// A count.
    Count(u64),
    /// Anything else.
    Number(f64),
    /// Durations.
    Durations(DurationCounts),
}

impl From<bool> for Reading {
    fn from(is: bool) -> Self {
        Self::Count(is.into())
    }
}

/// A metric with everything it reads now.
#[derive(Debug)]
pub struct Family {
    metric: &'static Metric,
    samples: Vec<(Vec<String>, Reading)>,
}

impl Family {
    /// A metric that reads nothing yet.
    pub fn new(metric: &'static Metric) -> Self {
        Self { metric, samples: Vec::new() }
    }

    /// A metric without labels.
    pub fn one(metric: &'static Metric, reading: impl Into<Reading>) -> Self {
        Self { metric, samples: vec![(Vec::new(), reading.into())] }
    }

    /// A metric without labels that counts.
    pub fn count(metric: &'static Metric, count: u64) -> Self {
        Self::one(metric, Reading::Count(count))
    }

    /// One reading more; values of labels in the order of their names.
    pub fn push(&mut self, labels: &[&str], reading: impl Into<Reading>) {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        self.samples.push((labels, reading.into()));
    }

    /// The metric.
    pub fn metric(&self) -> &'static Metric {
        self.metric
    }
}

/// Prometheus' text format (prometheus.io, exposition formats, version 0.0.4).
pub fn as_text(families: &[Family]) -> String {
    let mut out = String::with_capacity(64 << 10);
    for Family { metric, samples } in families {
        let Metric { name, kind, help, .. } = metric;
        put(&mut out, format_args!("# HELP {name} {help}\n# TYPE {name} {}\n", kind.as_str()));
        for (labels, reading) in samples {
            let labels = pairs(metric, labels);
            match reading {
                Reading::Count(count) => {
                    put(&mut out, format_args!("{name}{} {count}\n", braced(&labels, "")))
                }
                Reading::Number(number) => {
                    put(&mut out, format_args!("{name}{} {number}\n", braced(&labels, "")));
                }
                Reading::Durations(counts) => histogram(&mut out, name, &labels, counts),
            }
        }
    }
    out
}

fn histogram(out: &mut String, name: &str, labels: &str, counts: &DurationCounts) {
    for (microseconds, count) in counts.cumulative() {
        let bound = format!("le=\"{}\"", seconds(microseconds.saturating_mul(1_000)));
        put(out, format_args!("{name}_bucket{} {count}\n", braced(labels, &bound)));
    }
    let count = counts.count();
    put(out, format_args!("{name}_bucket{} {count}\n", braced(labels, "le=\"+Inf\"")));
    put(out, format_args!("{name}_sum{} {}\n", braced(labels, ""), seconds(counts.nanoseconds())));
    put(out, format_args!("{name}_count{} {count}\n", braced(labels, "")));
}

/// Seconds in decimal, exact.
fn seconds(nanoseconds: u64) -> String {
    let (whole, rest) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
    let text = format!("{whole}.{rest:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // A String takes whatever it is given.
    let _ = out.write_fmt(text);
}

/// `name="value",...` of a sample.
fn pairs(metric: &Metric, values: &[String]) -> String {
    let pair = |(name, value): (&&str, &String)| format!("{name}=\"{}\"", escaped(value));
    metric.labels.iter().zip(values).map(pair).collect::<Vec<_>>().join(",")
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// In braces, if there is anything.
fn braced(labels: &str, last: &str) -> String {
    match (labels.is_empty(), last.is_empty()) {
        (true, true) => String::new(),
        (false, false) => format!("{{{labels},{last}}}"),
        _ => format!("{{{labels}{last}}}"),
    }
}

/// An object: for each metric a list of its readings, each with its labels and `value`, or with `count`, `seconds` and
/// `at_most`, pairs of a bound in microseconds and how many took no longer.
pub fn as_json(families: &[Family]) -> Value {
    let entry = |family: &Family| {
        let readings = family.samples.iter().map(|(labels, reading)| sample(family.metric, labels, reading));
        (family.metric.name.to_owned(), Value::Array(readings.collect()))
    };
    Value::Object(families.iter().map(entry).collect())
}

fn sample(metric: &Metric, labels: &[String], reading: &Reading) -> Value {
    let labels = metric.labels.iter().zip(labels).map(|(name, value)| ((*name).to_owned(), json!(value)));
    let mut object: Map<String, Value> = labels.collect();
    match reading {
        Reading::Count(count) => drop(object.insert("value".to_owned(), json!(count))),
        Reading::Number(number) => drop(object.insert("value".to_owned(), json!(number))),
        Reading::Durations(counts) => {
            let at_most: Vec<(u64, u64)> = counts.cumulative().collect();
            object.insert("count".to_owned(), json!(counts.count()));
            object.insert("seconds".to_owned(), json!(counts.nanoseconds() as f64 / 1e9));
            object.insert("at_most".to_owned(), json!(at_most));
        }
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use strongroom_types::Durations;

    static PLAIN: Metric = Metric { name: "a_total", kind: Kind::Counter, labels: &[], help: "A." };
    static LABELLED: Metric = Metric { name: "b", kind: Kind::Gauge, labels: &["x", "y"], help: "B." };
    static TIMES: Metric = Metric { name: "c_seconds", kind: Kind::Histogram, labels: &["x"], help: "C." };

    #[test]
    fn text_is_the_format_that_prometheus_reads() {
        let mut labelled = Family::new(&LABELLED);
        labelled.push(&["one", "a \"quoted\" \\ and\nbroken"], Reading::Number(0.5));
        labelled.push(&["two", ""], true);
        let text = as_text(&[Family::count(&PLAIN, 7), labelled]);
        let wanted = "# HELP a_total A.\n# TYPE a_total counter\na_total 7\n\
                      # HELP b B.\n# TYPE b gauge\n\
                      b{x=\"one\",y=\"a \\\"quoted\\\" \\\\ and\\nbroken\"} 0.5\nb{x=\"two\",y=\"\"} 1\n";
        assert_eq!(text, wanted);
    }

    #[test]
    fn histogram_is_cumulative_and_ends_with_all() {
        let durations = Durations::default();
        durations.note(Duration::from_micros(20));
        durations.note(Duration::from_micros(50));
        durations.note(Duration::from_secs(20));
        let mut family = Family::new(&TIMES);
        family.push(&["q"], Reading::Durations(durations.counts()));
        let text = as_text(&[family]);
        for line in [
            "c_seconds_bucket{x=\"q\",le=\"0.000032\"} 1",
            "c_seconds_bucket{x=\"q\",le=\"0.000064\"} 2",
            "c_seconds_bucket{x=\"q\",le=\"8.388608\"} 2",
            "c_seconds_bucket{x=\"q\",le=\"+Inf\"} 3",
            "c_seconds_sum{x=\"q\"} 20.00007",
            "c_seconds_count{x=\"q\"} 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn json_has_the_same_readings() {
        let mut labelled = Family::new(&LABELLED);
        labelled.push(&["one", "two"], Reading::Count(3));
        let found = as_json(&[labelled, Family::count(&PLAIN, 7)]);
        assert_eq!(
            found,
            json!({ "b": [{ "x": "one", "y": "two", "value": 3 }], "a_total": [{ "value": 7 }] })
        );
    }
}
