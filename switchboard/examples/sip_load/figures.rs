//! Latencies, and what a process weighs and works.

use std::time::Duration;

/// Latencies of one kind.
#[derive(Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn add(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    /// One line: how many, median, p95, p99 and the slowest.
    pub fn line(&mut self) -> String {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        let at = |share: f64| self.0.get((last as f64 * share) as usize).copied().unwrap_or_default().as_secs_f64() * 1e3;
        let (p50, p95, p99, max) = (at(0.5), at(0.95), at(0.99), at(1.0));
        format!("{} · p50 {p50:.1} ms, p95 {p95:.1}, p99 {p99:.1}, max {max:.1}", self.0.len())
    }
}

/// A process and its children.
fn family(process: u32) -> Vec<u32> {
    let mut all = vec![process];
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
        all.extend(family(child));
    }
    all
}

/// Proportional memory of a process and its children, in kB.
pub fn memory_kb(process: u32) -> f64 {
    let pss = |process: u32| -> f64 {
        let maps = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
        maps.lines().find_map(|line| line.strip_prefix("Pss:")?.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
    };
    family(process).into_iter().map(pss).sum()
}

/// Processor time of a process and its children, in seconds.
pub fn cpu_seconds(process: u32) -> f64 {
    let used = |process: u32| -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let fields: Vec<f64> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().map(|f| f.parse().unwrap_or(0.0)).collect();
        // Fields 14 and 15 of the line, in hundredths of a second.
        fields.get(11).zip(fields.get(12)).map_or(0.0, |(user, system)| (user + system) / 100.0)
    };
    family(process).into_iter().map(used).sum()
}
