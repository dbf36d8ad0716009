//! Counters and gauges in the text format of Prometheus, served at `/metrics`.
//!
//! A metric is a static name with one optional label pair besides the tenant. Values of labels come from fixed sets only, never
//! from a peer: otherwise any stranger could grow this table without bound.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

type Key = (&'static str, String);

#[derive(Debug, Default)]
struct Table {
    counters: BTreeMap<Key, u64>,
    gauges: BTreeMap<Key, i64>,
}

/// A clonable handle to the table of metrics.
#[derive(Debug, Clone, Default)]
pub struct Metrics(Arc<Mutex<Table>>);

impl Metrics {
    /// Adds one to a counter. By convention its name ends in `_total`.
    pub fn count(&self, name: &'static str, labels: &[(&'static str, &str)]) {
        let key = (name, render(labels));
        *self.table().counters.entry(key).or_default() += 1;
    }

    /// Sets a counter that is kept elsewhere to its value of this moment.
    pub fn set_counter(&self, name: &'static str, labels: &[(&'static str, &str)], value: u64) {
        self.table().counters.insert((name, render(labels)), value);
    }

    /// Sets a gauge.
    pub fn set(&self, name: &'static str, labels: &[(&'static str, &str)], value: i64) {
        self.table().gauges.insert((name, render(labels)), value);
    }

    /// Moves a gauge up or down.
    pub fn add(&self, name: &'static str, labels: &[(&'static str, &str)], by: i64) {
        *self.table().gauges.entry((name, render(labels))).or_default() += by;
    }

    /// The whole table as text.
    #[must_use]
    pub fn text(&self) -> String {
        let table = self.table();
        let mut out = String::new();
        write_family(&mut out, "counter", table.counters.iter());
        write_family(&mut out, "gauge", table.gauges.iter());
        out
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        // A panic while a number is increased leaves a valid table.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write_family<'a, V: std::fmt::Display + 'a>(out: &mut String, kind: &str, values: impl Iterator<Item = (&'a Key, V)>) {
    let mut last = "";
    for ((name, labels), value) in values {
        if *name != last {
            let _ = writeln!(out, "# TYPE {name} {kind}");
            last = name;
        }
        let _ = writeln!(out, "{name}{labels} {value}");
    }
}

fn render(labels: &[(&'static str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let mut out = String::from("{");
    for (i, (name, value)) in labels.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let _ = write!(out, "{comma}{name}=\"{value}\"");
    }
    out.push('}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_one_type_line_per_name_and_escaped_labels() {
        let metrics = Metrics::default();
        metrics.count("a_total", &[("x", "1")]);
        metrics.count("a_total", &[("x", "2\"")]);
        metrics.count("a_total", &[("x", "1")]);
        metrics.add("b", &[], 2);
        metrics.add("b", &[], -1);
        assert_eq!(metrics.text(), "# TYPE a_total counter\na_total{x=\"1\"} 2\na_total{x=\"2\\\"\"} 1\n# TYPE b gauge\nb 1\n");
    }
}
